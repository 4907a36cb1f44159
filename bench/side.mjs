/** A side of a comparison: a build, and a PostgreSQL of its own with the settings that build ships with, in a directory that goes away. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";

/**
 * @param label its name in tables @param root a checkout that is built
 * @returns the build, a place for files, the server's version and pid, a maker of databases, a checkpoint, and the way to remove everything
 */
export async function openSide(label, root) {
  const directory = mkdtempSync(join(tmpdir(), "tillway-bench-"));
  // As root PostgreSQL runs under another name, which must be able to pass through.
  chmodSync(directory, 0o711);
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  try {
    const { startEmbeddedPostgres } = await import(pathToFileURL(join(root, "server/dist/embedded/launcher.js")).href);
    const postgres = await startEmbeddedPostgres({ homeDir: directory, log: () => {}, syncFirstStart: false });
    let databases = 0;
    return {
      label,
      root,
      directory,
      postgresPid: postgres.pid,
      version: postgres.version,
      checkpoint: () => ask(postgres.databaseUrl, "checkpoint"),
      createDatabase: async (name) => {
        const url = new URL(postgres.databaseUrl);
        url.pathname = `/${name}_${++databases}`;
        await ask(postgres.databaseUrl, `create database ${url.pathname.slice(1)}`);
        return url.href;
      },
      dropDatabase: (url) => ask(postgres.databaseUrl, `drop database ${new URL(url).pathname.slice(1)} with (force)`),
      close: async () => {
        await postgres.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** One statement on a connection of its own. @returns its rows */
export async function ask(url, text, values) {
  const client = await connectTo(url);
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A connection; the caller ends it. */
export async function connectTo(url) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
