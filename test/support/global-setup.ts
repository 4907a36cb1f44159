import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../server/src/embedded/launcher.ts";
import { connect } from "./connect.ts";

/** A PostgreSQL server that tests may make databases in. */
export interface DatabaseServer {
  /** For test names, such as "PostgreSQL 18 (embedded)". */
  readonly name: string;
  /** URL of a superuser; its database is for administration only. */
  readonly url: string;
}

declare module "vitest" {
  interface ProvidedContext {
    databaseServers: DatabaseServer[];
    /** Part of every database name of this run, so that runs beside each other on one server do not meet. */
    testRunId: string;
    /** Has a file for each port that was given to a test of this run. */
    portsDirectory: string;
  }
}

/** Starts the servers of one test run. A server that cannot be started fails the run: a suite without PostgreSQL proves nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runId = randomBytes(4).toString("hex");
  const directory = mkdtempSync(join(tmpdir(), "tillway-test-"));
  // As root PostgreSQL runs under another name, which must be able to pass through.
  chmodSync(directory, 0o711);
  // One for all projects of this run, which are tested side by side.
  const portsDirectory = join(tmpdir(), `tillway-test-ports-${process.pid}`);
  project.provide("portsDirectory", portsDirectory);
  const watchdog = startWatchdog(directory, portsDirectory);
  const embedded = await startEmbeddedPostgres({ homeDir: directory, log: console.error, syncFirstStart: false });
  const servers = [{ name: `PostgreSQL ${major(embedded.version)} (embedded)`, url: embedded.databaseUrl }];
  const external = process.env.DATABASE_URL;
  if (external) servers.push({ name: `PostgreSQL ${major(await versionOf(external))} (DATABASE_URL)`, url: external });
  project.provide("databaseServers", servers);
  project.provide("testRunId", runId);
  return async () => {
    try {
      if (external) await dropDatabasesOf(external, runId);
    } finally {
      await embedded.stop();
      for (const each of [directory, portsDirectory]) rmSync(each, { recursive: true, force: true });
      watchdog.stdin?.end();
    }
  };
}

function startWatchdog(directory: string, portsDirectory: string): ChildProcess {
  const script = fileURLToPath(new URL("watchdog.mjs", import.meta.url));
  const pidFile = join(directory, "postgres", "data", "postmaster.pid");
  const watchdog = spawn(process.execPath, [script, pidFile, directory, portsDirectory], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.unref();
  return watchdog;
}

async function versionOf(url: string): Promise<string> {
  return await connect(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version ?? "";
  }).catch((error: unknown) => {
    throw new Error(`the PostgreSQL of DATABASE_URL does not answer: start it, or unset DATABASE_URL`, { cause: error });
  });
}

async function dropDatabasesOf(url: string, runId: string): Promise<void> {
  await connect(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE $1", [
      `tillway_${runId}_%`,
    ]);
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
  });
}

function major(version: string): string {
  return /^\d+/.exec(version)?.[0] ?? version;
}
