import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./run-child.ts";
import type { Child } from "./run-child.ts";
import { waitFor } from "./wait-for.ts";

/** A child's output: either where its server is, or why there is none. */
export interface ChildReport {
  readonly databaseUrl?: string;
  readonly pid?: number;
  readonly adopted?: boolean;
  readonly name?: string;
  readonly message?: string;
}

/** A Node process that started an embedded PostgreSQL. */
export interface EmbeddedChild extends Child {
  readonly report: ChildReport;
}

/** Somebody to run a child as. */
export interface UserId {
  readonly uid: number;
  readonly gid: number;
}

/** The user that owns nothing; in every passwd file. */
export const nobody: UserId = { uid: 65534, gid: 65534 };

/** True if we are root and others may read the sources, so that a child can run as nobody. */
export const canRunAsNobody = process.getuid?.() === 0 && mayRead(nobody, fileURLToPath(import.meta.url));

/** A directory whose name has a space, which everybody may pass through, and the way to end its processes and remove it. */
export function temporaryPlace(mode = 0o711, owner?: UserId): { path: string; remove: () => Promise<void> } {
  const path = mkdtempSync(join(tmpdir(), "tillway embedded "));
  chmodSync(path, mode);
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  return { path, remove: async () => await endAndRemove(path) };
}

/** Starts an embedded PostgreSQL from another process, in a process group of its own, and waits for its report. */
export async function startChild(homeDir: string, user?: UserId): Promise<EmbeddedChild> {
  const child = await runChild(new URL("embedded-child.ts", import.meta.url), { args: [homeDir], ...user });
  return { ...child, report: JSON.parse(child.line) as ChildReport };
}

/** The pid in postmaster.pid of a home; null if there is none. */
export function postmasterPid(homeDir: string): number | null {
  const file = join(homeDir, "postgres", "data", "postmaster.pid");
  return existsSync(file) ? Number(readFileSync(file, "utf8").split("\n")[0]) || null : null;
}

function mayRead(user: UserId, path: string): boolean {
  return spawnSync("test", ["-r", path], { ...user, cwd: "/" }).status === 0;
}

/** A failed test may leave a server behind; its data goes with it, so it need not be written. */
async function endAndRemove(path: string): Promise<void> {
  const pid = postmasterPid(path) ?? postmasterPid(join(path, "home"));
  if (pid !== null && isPostgres(pid)) {
    process.kill(pid, "SIGQUIT");
    await waitFor("the left server to end", () => !isPostgres(pid));
  }
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("postgres");
  } catch {
    return false;
  }
}
