/** A PostgreSQL of the bench's own: the embedded one, with the settings it is shipped with, in a directory that goes away. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../server/dist/embedded/launcher.js";

/** @returns the place for files, the server's version and pid, a maker of databases, a checkpoint, and the way to leave nothing behind */
export async function startServer() {
  const directory = mkdtempSync(join(tmpdir(), "tillway-bench-"));
  // As root PostgreSQL runs under another name, which must be able to pass through.
  chmodSync(directory, 0o711);
  try {
    const postgres = await startEmbeddedPostgres({ homeDir: directory, log: () => {}, syncFirstStart: false });
    return {
      directory,
      pid: postgres.pid,
      version: postgres.version,
      url: postgres.databaseUrl,
      checkpoint: () => ask(postgres.databaseUrl, "checkpoint"),
      createDatabase: (name) => createDatabase(postgres.databaseUrl, name),
      stop: async () => {
        await postgres.stop();
        rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
    throw error;
  }
}

/** One statement on a connection of its own. */
export async function ask(url, text, values = []) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function createDatabase(serverUrl, name) {
  await ask(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
