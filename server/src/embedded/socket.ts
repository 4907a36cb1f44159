import { chownSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./account.ts";
import type { Home } from "./home.ts";

/** What the address of a socket holds, without its end: 107 bytes on Linux, 103 on macOS and BSD. */
const pathBytesMax = 103;
/** As PostgreSQL names it, with the longest port. */
const longestName = ".s.PGSQL.65535";

/** One of them ends a directory in PostgreSQL's list, the other one begins a quoted one. */
const listMarks = /[,"]/;

/**
 * An empty directory for the server's socket, of its account alone. What a killed server left there would look like a live one. Our lock is held.
 * Root does not make it below a directory of somebody else, who could put a link in its place meanwhile.
 * @returns null if a socket there would have too long a path, or one that PostgreSQL cannot be told, or the directory cannot be made, or the
 * system has no sockets
 */
export function makeSocketDir(home: Home, { owner }: Account): string | null {
  const dir = home.socketDir;
  const isTooLong = Buffer.byteLength(join(dir, longestName)) > pathBytesMax;
  if (process.platform === "win32" || isTooLong || listMarks.test(dir)) return null;
  if (statSync(home.ownDir).uid !== process.getuid?.()) return null;
  try {
    remove(dir);
    mkdirSync(dir, { mode: 0o700 });
    if (owner !== null) chownSync(dir, owner.uid, owner.gid);
    return dir;
  } catch {
    return null;
  }
}

/** Only what PostgreSQL made. The account owns the directory: what it put there otherwise is not followed, and keeps the directory. */
function remove(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false }) === undefined) return;
  for (const name of readdirSync(dir)) if (name.startsWith(".s.PGSQL.")) unlinkSync(join(dir, name));
  rmdirSync(dir);
}
