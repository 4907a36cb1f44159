import { fstatSync, readFileSync } from "node:fs";

const LOOK_EVERY_MS = 1_000;

/**
 * Calls `orphaned` once when nobody is left who could end this process: npm or npx started it and is gone, or whoever held the other end of
 * its standard input is. A signal to npx ends npx and its shell, not what runs in it. A daemon (`nohup … &`) lives on: its input is no pipe.
 * @returns takes it back
 */
export function watchForOrphaning(isUnderNpm: boolean, orphaned: () => void): () => void {
  const starters = startersOf(isUnderNpm);
  let isInputOpen = isPipe(0);
  const isWatched = isUnderNpm || isInputOpen;
  if (isInputOpen) {
    process.stdin.once("end", () => (isInputOpen = false));
    process.stdin.once("error", () => (isInputOpen = false));
    process.stdin.resume();
    (process.stdin as unknown as { unref?: () => void }).unref?.();
  }
  const timer = setInterval(() => {
    if (!isWatched || startersOf(isUnderNpm) === starters || (!isUnderNpm && isInputOpen)) return;
    clearInterval(timer);
    orphaned();
  }, LOOK_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    if (isPipe(0)) process.stdin.pause();
  };
}

/** Our parent, and under npm also that of its shell. */
function startersOf(isUnderNpm: boolean): string {
  return isUnderNpm ? `${process.ppid} ${parentOf(process.ppid)}` : `${process.ppid}`;
}

/** Where the system tells: Linux. */
function parentOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses and may hold blanks.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
  } catch {
    return "";
  }
}

function isPipe(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    return false;
  }
}
