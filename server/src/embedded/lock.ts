import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { randomBytes } from "node:crypto";
import { EmbeddedPostgresError } from "./errors.ts";
import { inspectProcess } from "./processes.ts";

/** A held lock. */
export interface Lock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string | null;
  readonly host: string;
}

/** The holder touches its lock this often, because processes in another container cannot see its pid. */
const heartbeatMs = 5_000;
/** Three missed heartbeats: a holder on another host is taken for dead. */
const silentMs = 15_000;
/** The errors of systems whose file system has no hard links. The draft was written beside it, so none of these is about rights. */
const noHardLinks: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EISDIR"]);
/** More rounds than there can be Tillways racing for one dead lock. */
const maxRounds = 20;

/**
 * Takes the lock that keeps a second Tillway away from the same home. The lock of a dead process is taken over.
 * Throws EmbeddedPostgresError if another live Tillway holds it, or if the file system cannot keep a lock.
 * @param link for tests: not every file system has hard links
 */
export function acquireLock(file: string, homeDir: string, link: typeof linkSync = linkSync): Lock {
  const mine = JSON.stringify({ pid: process.pid, startedAt: inspectProcess(process.pid).startedAt, host: hostname() });
  for (let round = 0; round < maxRounds; round += 1) {
    if (createExclusively(file, mine, link)) return hold(file, mine);
    const theirs = readIfThere(file);
    if (theirs === null) continue;
    const holder = parseHolder(theirs);
    if (holder !== null && isHeld(holder, file)) throw new EmbeddedPostgresError(refusal(holder, homeDir));
    removeDeadLock(file, theirs);
  }
  throw new EmbeddedPostgresError(
    `The lock ${file} keeps changing hands: end the other Tillway, or set TILLWAY_HOME to another directory.`,
  );
}

/** Written aside and linked, so that nobody ever reads half a lock, and only one of many gets the name. */
function createExclusively(file: string, content: string, link: typeof linkSync): boolean {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
  try {
    link(draft, file);
    return true;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (code === "EEXIST") return false;
    if (!noHardLinks.has(code)) throw error;
    throw new EmbeddedPostgresError(
      `${dirname(file)} lies on a file system without hard links (${code}), such as exFAT or a network share: set TILLWAY_HOME to a directory on a local disk.`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

function hold(file: string, mine: string): Lock {
  const heartbeat = setInterval(() => touch(file), heartbeatMs);
  heartbeat.unref();
  return {
    release: () => {
      clearInterval(heartbeat);
      if (readIfThere(file) === mine) rmSync(file, { force: true });
    },
  };
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // The home was removed under us, so no process reads the heartbeat any more.
  }
}

function isHeld(holder: Holder, file: string): boolean {
  if (holder.host !== hostname()) return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < silentMs;
  const found = inspectProcess(holder.pid);
  if (found.state !== "running") return false;
  // The same pid with another start is another process: the holder died and its number was given away.
  return found.startedAt === null || holder.startedAt === null || found.startedAt === holder.startedAt;
}

function refusal(holder: Holder, homeDir: string): string {
  const where = holder.host === hostname() ? "" : ` on ${holder.host} (if that one is dead, wait ${silentMs / 1000} s)`;
  return `Another Tillway (pid ${holder.pid}${where}) uses ${homeDir}: end it, or set TILLWAY_HOME to another directory.`;
}

/** Moved aside first: if a third process took the name meanwhile, it is given back instead of deleted. */
function removeDeadLock(file: string, expected: string): void {
  const aside = `${file}.${process.pid}.${randomBytes(4).toString("hex")}.dead`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return;
    throw error;
  }
  if (readIfThere(aside) !== expected) linkBack(aside, file);
  rmSync(aside, { force: true });
}

function linkBack(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return null;
    throw error;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    // A power cut can leave an empty file behind; nobody holds it.
    return null;
  }
}
