import { chmodSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The files and directories of the embedded PostgreSQL. */
export interface Home {
  /** Absolute, without symbolic links, as PostgreSQL reports it too. */
  readonly dir: string;
  readonly lockFile: string;
  readonly dataDir: string;
  /** `postgres/` in the home: ours, not the account's that PostgreSQL runs under. */
  readonly ownDir: string;
  readonly passwordFile: string;
  readonly portFile: string;
  /** Of the server's socket: made anew with each start, for the account that PostgreSQL runs under alone. */
  readonly socketDir: string;
  readonly logFile: string;
}

/** A log above this size is put aside at the next start; two of them are kept. */
const maxLogBytes = 10 * 1024 * 1024;

/** Makes missing directories. Throws the errors of the file system. */
export function openHome(homeDir: string): Home {
  makeDirectory(resolve(homeDir));
  const dir = realpathSync(homeDir);
  const own = join(dir, "postgres");
  makeDirectory(own);
  return {
    dir,
    lockFile: join(own, "lock"),
    dataDir: join(own, "data"),
    ownDir: own,
    passwordFile: join(own, "password"),
    portFile: join(own, "port"),
    socketDir: join(own, "socket"),
    logFile: join(own, "log"),
  };
}

/** Opens the log for appending. Lines that PostgreSQL writes from now on begin at the offset. */
export function openLog(home: Home): { descriptor: number; offset: number } {
  const size = statSync(home.logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) renameSync(home.logFile, `${home.logFile}.1`);
  return { descriptor: openSync(home.logFile, "a", 0o600), offset: size > maxLogBytes ? 0 : size };
}

/** The log since the offset. */
export function readLog(home: Home, offset: number): string {
  return readFileSync(home.logFile).subarray(offset).toString("utf8");
}

/** Replaces a small file at once, readable for its owner only. */
export function writePrivately(file: string, content: string): void {
  draftPrivately(file, content)();
}

/** The same in two steps: what can fail comes first. @returns puts the text in its place */
export function draftPrivately(file: string, content: string): () => void {
  const draft = `${file}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  // The mode above counts only for a file that did not exist.
  chmodSync(draft, 0o600);
  return () => renameSync(draft, file);
}

/** The text of a small file without its line end; null if there is none. */
export function readText(file: string): string | null {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}

/**
 * Makes the directory and its missing parents, for this user only. Root's directories may be passed through (not listed), because PostgreSQL
 * then runs under another name; each file guards itself. An existing directory stays as it is.
 */
export function makeDirectory(dir: string): void {
  if (existsSync(dir) && statSync(dir).isDirectory()) return;
  if (!existsSync(dirname(dir))) makeDirectory(dirname(dir));
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  mkdirSync(dir, { mode });
  chmodSync(dir, mode);
}
