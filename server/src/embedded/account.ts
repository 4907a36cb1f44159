import { spawnSync } from "node:child_process";
import { lchownSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { programEnvironment } from "./environment.ts";
import { EmbeddedPostgresError } from "./errors.ts";

/** The account that PostgreSQL runs under, since it refuses to run as root. */
export interface Account {
  /** uid and gid for `spawn`; empty if it runs as ourselves. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Program and arguments to put before the command; empty if none is needed. */
  readonly wrapper: readonly string[];
  /** Who must own the data directory; null if it is ours anyway. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

/** The files that the account must be able to reach. */
export interface Surroundings {
  /** Programs and libraries that it reads and executes. */
  readonly programs: readonly string[];
  readonly dataDir: string;
}

/** The facts about our process; a parameter so that tests can pose as another user. */
export interface Self {
  readonly uid: number | null;
  readonly gid: number;
  readonly hasName: boolean;
  readonly canUnshare: () => boolean;
}

/** Runs a command in a user namespace in which our name is nobody: not root by name, but with our own rights on files. */
const unshareAsNobody = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] as const;
const ourselves: Account = { identity: {}, wrapper: [], owner: null };

/**
 * Chooses the account. An ordinary user runs PostgreSQL under their own name. Root runs it as the owner of the data, at first as nobody;
 * if that user cannot reach the files, in a user namespace. Throws EmbeddedPostgresError if neither works.
 */
export function chooseAccount(around: Surroundings, self: Self = thisProcess()): Account {
  if (self.uid === null) return ourselves;
  if (self.uid !== 0) return self.hasName ? ourselves : inNamespace(self, `The user id ${self.uid} has no name in /etc/passwd`);
  const owner = ownerOfData(around.dataDir);
  if (owner === null) return inNamespace(self, "PostgreSQL does not run as root, and there is no user nobody");
  const barrier = [...around.programs, dirname(around.dataDir)].map((path) => findBarrier(path, owner)).find((path) => path !== null);
  if (barrier === undefined) return { identity: owner, wrapper: [], owner };
  return inNamespace(self, `PostgreSQL does not run as root, and the user ${owner.uid} may not enter ${barrier}`);
}

/**
 * Makes the account the owner of all files in the data directory: root may have used another account before, or put back files from a
 * copy under its own name.
 */
export function giveTo(account: Account, dataDir: string): void {
  if (account.owner !== null) giveTree(dataDir, account.owner);
}

/** Program and arguments for `spawn` under this account. */
export function commandFor(account: Account, program: string, args: readonly string[]): { file: string; args: string[] } {
  const [file = program, ...rest] = [...account.wrapper, program, ...args];
  return { file, args: rest };
}

/** This process's own identity. */
export function thisProcess(): Self {
  return { uid: process.getuid?.() ?? null, gid: process.getgid?.() ?? 0, hasName: hasName(), canUnshare };
}

function inNamespace(self: Self, reason: string): Account {
  if (self.canUnshare()) return { identity: {}, wrapper: unshareAsNobody, owner: { uid: self.uid ?? 0, gid: self.gid } };
  throw new EmbeddedPostgresError(
    `${reason}: run Tillway as an ordinary user, or set TILLWAY_HOME to a directory that everybody may enter (such as one under /var/lib), or set DATABASE_URL.`,
  );
}

function hasName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

function canUnshare(): boolean {
  const [file, ...args] = unshareAsNobody;
  return spawnSync(file, [...args, "true"], { cwd: "/", env: programEnvironment(), stdio: "ignore", timeout: 5_000 }).status === 0;
}

/** Existing data keeps its owner, so that root may start once the server that an ordinary user starts every day. */
function ownerOfData(dataDir: string): { uid: number; gid: number } | null {
  const found = statSync(dataDir, { throwIfNoEntry: false });
  if (found !== undefined && found.uid !== 0) return { uid: found.uid, gid: found.gid };
  return nobody();
}

function nobody(): { uid: number; gid: number } | null {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  if (line === undefined) return null;
  const [, , uid, gid] = line.split(":");
  // macOS writes nobody as -2; the kernel wants it unsigned.
  return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

/** The first directory on the way (or the file itself) that this user may not read and enter; null when the way is free. */
function findBarrier(path: string, user: { uid: number; gid: number }): string | null {
  const above = dirname(path) === path ? null : findBarrier(dirname(path), user);
  if (above !== null) return above;
  const { mode, uid, gid } = statSync(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  return ((mode >> shift) & 0o1) === 0o1 ? null : path;
}

function giveTree(path: string, owner: { uid: number; gid: number }): void {
  const found = lstatSync(path);
  if (found.isDirectory()) for (const name of readdirSync(path)) giveTree(join(path, name), owner);
  if (found.uid !== owner.uid) lchownSync(path, owner.uid, owner.gid);
}
