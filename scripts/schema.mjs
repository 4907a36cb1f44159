// Writes server/src/storage/postgres/schema.sql from the migrations, or with --check compares: exits 1 if they differ.
// Needs a build (npm run build). On the server of DATABASE_URL it makes a database of its own for a moment; without one it starts an
// embedded PostgreSQL.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "../server/dist/embedded/launcher.js";
import { migrate } from "../server/dist/storage/postgres/migrate.js";
import { dumpSchema, schemaDrift } from "../server/dist/storage/postgres/schema.js";

const file = new URL("../server/src/storage/postgres/schema.sql", import.meta.url);
const server = process.env.DATABASE_URL ? { databaseUrl: process.env.DATABASE_URL, stop: async () => undefined } : await startOwn();
const serverUrl = server.databaseUrl;
const name = `tillway_schema_${randomBytes(6).toString("hex")}`;
const url = new URL(serverUrl);
url.pathname = `/${name}`;
await onServer(`create database ${name} template template0 encoding 'UTF8' locale 'C'`);
try {
  await migrate(url.href);
  const schema = await dumpSchema(url.href);
  if (process.argv.includes("--check")) {
    const drift = schemaDrift(await readFile(file, "utf8"), schema);
    for (const line of drift) console.error(`schema: ${line}`);
    if (drift.length > 0) console.error("schema: schema.sql is not what the migrations make. Run: node scripts/schema.mjs");
    process.exitCode = drift.length > 0 ? 1 : 0;
  } else {
    await writeFile(file, schema);
    console.log("schema: wrote server/src/storage/postgres/schema.sql");
  }
} finally {
  await onServer(`drop database if exists ${name} with (force)`);
  await server.stop();
}

async function startOwn() {
  const directory = mkdtempSync(join(tmpdir(), "tillway-schema-"));
  // As root PostgreSQL runs under another name, which must be able to pass through.
  chmodSync(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ homeDir: directory, log: () => undefined, syncFirstStart: false });
  const stop = async () => {
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  return { databaseUrl: postgres.databaseUrl, stop };
}

/** @param {string} sql */
async function onServer(sql) {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}
