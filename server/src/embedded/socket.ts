import { chownSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "./account.ts";
import type { Home } from "./home.ts";

/** What the address of a socket holds, without its end: 107 bytes on Linux, 103 on macOS and BSD. */
const pathBytesMax = 103;
/** As PostgreSQL names it, with the longest port. */
const longestName = ".s.PGSQL.65535";

/** A list of directories ends one of them at these. */
const listMarks = /[,"]/;

/**
 * An empty directory for the server's socket, of its account alone. What a killed server left there would look like a live one. Our lock is held.
 * @returns null if a socket there would have too long a path, or one that PostgreSQL cannot be told, or the system has none
 */
export function makeSocketDir(home: Home, account: Account): string | null {
  const isTooLong = Buffer.byteLength(join(home.socketDir, longestName)) > pathBytesMax;
  if (process.platform === "win32" || isTooLong || listMarks.test(home.socketDir)) return null;
  rmSync(home.socketDir, { recursive: true, force: true });
  mkdirSync(home.socketDir, { mode: 0o700 });
  if (account.owner !== null) chownSync(home.socketDir, account.owner.uid, account.owner.gid);
  return home.socketDir;
}
