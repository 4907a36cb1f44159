import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/** The facts that the operating system shows about a pid. */
export interface ProcessInfo {
  /** A zombie is dead but not yet collected by its parent, which in a container can take seconds. */
  readonly state: "gone" | "zombie" | "running";
  /** Differs between two processes that had the same pid one after the other; null if the system does not show it. */
  readonly startedAt: string | null;
  /** The command line, arguments separated by a space; null if the system does not show it. */
  readonly command: string | null;
  /** Its working directory; null if the system does not show it. */
  readonly directory: string | null;
}

const gone: ProcessInfo = { state: "gone", startedAt: null, command: null, directory: null };
const silent: ProcessInfo = { ...gone, state: "running" };

/** Looks a pid up: /proc on Linux, ps on other Unix systems, and only life or death on Windows. */
export function inspectProcess(pid: number): ProcessInfo {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !answersSignals(pid)) return gone;
  if (process.platform === "linux") return inspectProc(pid);
  if (process.platform === "win32") return silent;
  return inspectByPs(pid);
}

/** True while the process can still do something. */
export function isRunning(pid: number): boolean {
  return inspectProcess(pid).state === "running";
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

function inspectProc(pid: number): ProcessInfo {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the program's name in parentheses and may hold blanks; count the fields from its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    const state = fields[0] === "Z" || fields[0] === "X" ? "zombie" : "running";
    return { state, startedAt: fields[19] ?? null, command, directory: readDirectory(pid) };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as { code?: string }).code ?? "")) return gone;
    return silent;
  }
}

function readDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // Only root and the process's own user may look.
    return null;
  }
}

function inspectByPs(pid: number): ProcessInfo {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=,command=", "-p", String(pid)], { encoding: "utf8" }).trim();
    // lstart is five words: Fri Nov 21 03:14:15 2026.
    const words = line.split(/\s+/);
    const state = words[0]?.startsWith("Z") ? "zombie" : "running";
    return { state, startedAt: words.slice(1, 6).join(" "), command: words.slice(6).join(" "), directory: null };
  } catch {
    return silent;
  }
}
