import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandFor, giveTo } from "./account.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { programEnvironment } from "./environment.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { readText, writePrivately } from "./home.ts";
import type { Home } from "./home.ts";

/** The superuser of the embedded server. */
export const databaseUser = "tillway";

/** Initdb takes about a second; a minute means that it hangs. */
const initdbTimeoutMs = 60_000;
const draftPrefix = "data.new-";

/**
 * Refuses a data directory that these binaries cannot read. A missing one is fine.
 * Throws EmbeddedPostgresError.
 */
export function checkVersion(home: Home, binaries: Binaries): void {
  if (!existsSync(home.dataDir)) return;
  const found = readText(join(home.dataDir, "PG_VERSION"));
  if (found === binaries.major) return;
  if (found === null) {
    throw new EmbeddedPostgresError(`${home.dataDir} holds no PostgreSQL data: move it away, or set TILLWAY_HOME to another directory.`);
  }
  throw new EmbeddedPostgresError(
    `${home.dataDir} was written by PostgreSQL ${found}, this Tillway brings ${binaries.major}: ` +
      `dump it with the Tillway that wrote it, or set TILLWAY_HOME to a new directory, or DATABASE_URL to a PostgreSQL ${found}.`,
  );
}

/** Makes the data directory at the first start, gives it to the account, and returns the superuser's password. */
export async function prepareCluster(home: Home, binaries: Binaries, options: { account: Account; sync: boolean }): Promise<string> {
  if (!existsSync(home.dataDir)) await createCluster(home, binaries, options);
  giveTo(options.account, home.dataDir);
  return readPassword(home);
}

/** The password made at the first start. Throws EmbeddedPostgresError if its file was lost. */
export function readPassword(home: Home): string {
  const password = readText(home.passwordFile);
  if (password !== null && password !== "") return password;
  throw new EmbeddedPostgresError(
    `${home.passwordFile} is missing, so nobody can open the database beside it: put it back, or set TILLWAY_HOME to another directory.`,
  );
}

/**
 * Initdb works in a draft that is renamed when complete: an interrupted first start leaves no half of a database. The draft's name is
 * new each time, because an initdb that outlived its killed Tillway may still be writing to the last one.
 */
async function createCluster(home: Home, binaries: Binaries, options: { account: Account; sync: boolean }): Promise<void> {
  removeDrafts(home);
  const draft = join(home.ownDir, `${draftPrefix}${randomBytes(4).toString("hex")}`);
  const password = randomBytes(24).toString("base64url");
  writePrivately(home.passwordFile, `${password}\n`);
  mkdirSync(draft, { mode: 0o700 });
  // Initdb reads the password under its own account, which may not open our file; this copy goes away with the call.
  const passwordCopy = `${draft}.password`;
  writeFileSync(passwordCopy, `${password}\n`, { mode: 0o600, flag: "wx" });
  const { owner } = options.account;
  if (owner !== null) for (const path of [draft, passwordCopy]) chownSync(path, owner.uid, owner.gid);
  try {
    await runInitdb(binaries, options, { dataDir: draft, passwordFile: passwordCopy });
    renameSync(draft, home.dataDir);
  } finally {
    removeDrafts(home);
  }
}

function removeDrafts(home: Home): void {
  const drafts = readdirSync(home.ownDir).filter((name) => name.startsWith(draftPrefix));
  for (const name of drafts) rmSync(join(home.ownDir, name), { recursive: true, force: true, maxRetries: 10 });
}

function initdbArguments(paths: { dataDir: string; passwordFile: string }, sync: boolean): string[] {
  return [
    "-D",
    paths.dataDir,
    "-U",
    databaseUser,
    `--pwfile=${paths.passwordFile}`,
    "--auth=scram-sha-256",
    // One collation on every machine, so that lists sort equally everywhere.
    "--locale=C",
    "--encoding=UTF8",
    "--no-instructions",
    ...(sync ? [] : ["--no-sync"]),
  ];
}

function runInitdb(
  binaries: Binaries,
  options: { account: Account; sync: boolean },
  paths: { dataDir: string; passwordFile: string },
): Promise<void> {
  const command = commandFor(options.account, binaries.initdb, initdbArguments(paths, options.sync));
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, command.args, {
      ...options.account.identity,
      cwd: "/",
      env: programEnvironment(),
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: initdbTimeoutMs,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    child.on("error", (error) => reject(cannotRun(binaries.initdb, error.message)));
    child.on("close", (code, signal) =>
      code === 0 ? resolve() : reject(cannotRun(binaries.initdb, lastLine(output) || `ended by ${signal ?? code}`)),
    );
  });
}

function cannotRun(program: string, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`${program} failed (${reason}): mend that, or set DATABASE_URL to a PostgreSQL 15 or newer.`);
}

function lastLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error:|FATAL|version `GLIBC/.test(line)) ?? lines.at(-1) ?? "";
}
