import { existsSync } from "node:fs";
import { join } from "node:path";
import { readPassword } from "./cluster.ts";
import { databaseUrl, openServer } from "./connection.ts";
import { EmbeddedPostgresError } from "./errors.ts";
import { openHome, type Home } from "./home.ts";
import { findHolder, hasPidFile, poll, readPidFile, removePidFile, waitForEnd } from "./postmaster.ts";
import type { PidFile } from "./postmaster.ts";

/** A server found alive. */
export interface Adopted {
  readonly pid: number;
  readonly port: number;
  readonly password: string;
  readonly socketDir: string | null;
  readonly version: string;
  readonly adopted: true;
}

/** An orphan may still be recovering, or shutting down because somebody asked it to. */
const settleMs = 60_000;
/** PostgreSQL writes its pid right after it made the file. If it has no pid for this long, a power cut left it. */
const writtenMs = 1_000;

/**
 * Takes over a live server of this directory; our lock is held, so it can only be an orphan of a killed Tillway.
 * Null if there is none; a postmaster.pid that names a stranger's process, or none, is removed on the way.
 * Throws EmbeddedPostgresError if a live server of this directory does not let us in.
 */
export async function adoptServer(home: Home): Promise<Adopted | null> {
  if (!hasPidFile(home)) return null;
  const file = await poll(writtenMs, () => readPidFile(home) ?? undefined);
  if (file === undefined) {
    removePidFile(home);
    return null;
  }
  const holder = findHolder(home, file.pid);
  if (holder === "a stranger") removePidFile(home);
  // If the system shows nothing about the process, a server that answers with our password from our directory is ours.
  if (holder === "unknown" && file.status === "ready") return await enter(home, file).catch(() => null);
  return holder === "our postgres" ? await adoptLive(home, file.pid) : null;
}

/**
 * The database that a Tillway serves from this home now, by TCP, which each of them has; null if none does. For a command beside it: nothing is
 * started or changed.
 */
export function runningDatabase(homeDir: string): string | null {
  if (!existsSync(join(homeDir, "postgres"))) return null;
  const home = openHome(homeDir);
  const file = readPidFile(home);
  if (file?.status !== "ready") return null;
  const holder = findHolder(home, file.pid);
  return holder === "our postgres" || holder === "unknown"
    ? databaseUrl({ port: file.port, password: readPassword(home), socketDir: null })
    : null;
}

async function adoptLive(home: Home, pid: number): Promise<Adopted | null> {
  const settled = await poll(settleMs, () => {
    if (findHolder(home, pid) !== "our postgres") return "ended";
    const file = readPidFile(home);
    return file?.status === "ready" ? file : undefined;
  });
  if (settled === "ended") return null;
  if (settled === undefined) {
    if (await waitForEnd(pid, 0)) return null;
    throw refusal(home, pid, "does not become ready");
  }
  try {
    return await enter(home, settled);
  } catch (error) {
    throw error instanceof EmbeddedPostgresError ? error : refusal(home, pid, (error as Error).message);
  }
}

async function enter(home: Home, file: PidFile): Promise<Adopted> {
  const password = readPassword(home);
  const { dataDir, version, socketDir } = await openServer({ port: file.port, password });
  if (dataDir !== home.dataDir) throw new Error(`it serves ${dataDir}`);
  return { pid: file.pid, port: file.port, password, socketDir, version, adopted: true };
}

function refusal(home: Home, pid: number, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `A PostgreSQL (pid ${pid}) already serves ${home.dataDir} but cannot be used (${reason}): end it, then start again.`,
  );
}
