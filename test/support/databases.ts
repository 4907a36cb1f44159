import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { connect } from "./connect.ts";
import type { DatabaseServer } from "./global-setup.ts";
import { sampleOr } from "./how-much.ts";

/** A database of one test or one test file. */
export interface FreshDatabase {
  readonly url: string;
  /** Ends open connections and removes the database. */
  drop(): Promise<void>;
}

/** A template of databases; it is built once per run and server, then copied. */
export interface Template {
  /** Names the content: two templates of one name must be equal. */
  readonly name: string;
  /** Fills an empty database, e.g. with the migrations, and closes its connections. */
  readonly build: (url: string) => Promise<void>;
}

/** The servers to test on: the embedded PostgreSQL 18 always, and the one of DATABASE_URL if it is set. */
export function databaseServers(): DatabaseServer[] {
  return inject("databaseServers");
}

/**
 * Of what asks nothing of a server that another version answers otherwise, or takes long: the sample is run on one server, that of `DATABASE_URL` if
 * it is set.
 */
export function sampledServers(): DatabaseServer[] {
  return sampleOr(databaseServers().slice(-1), databaseServers());
}

/** Makes a database with a name of its own: empty, or a copy of the template. */
export async function freshDatabase(serverUrl: string, template?: Template): Promise<FreshDatabase> {
  const name = `tillway_${inject("testRunId")}_${randomBytes(6).toString("hex")}`;
  const source = template === undefined ? "template0" : await ensureTemplate(serverUrl, template);
  await connect(serverUrl, async (client) => await create(client, name, source));
  const drop = async (): Promise<void> => {
    await connect(serverUrl, async (client) => await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`));
  };
  return { url: withDatabase(serverUrl, name), drop };
}

const built = new Map<string, Promise<string>>();

function ensureTemplate(serverUrl: string, template: Template): Promise<string> {
  const key = `${serverUrl} ${template.name}`;
  const known = built.get(key) ?? buildTemplate(serverUrl, template);
  built.set(key, known);
  return known;
}

/** Test files run in parallel processes: an advisory lock lets one of them build while the others wait. */
async function buildTemplate(serverUrl: string, template: Template): Promise<string> {
  const name = `tillway_${inject("testRunId")}_template_${createHash("sha256").update(template.name).digest("hex").slice(0, 12)}`;
  await connect(serverUrl, async (client) => {
    await client.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
    if (rowCount) return;
    // Built under another name, so that a build that failed half way is never copied.
    const draft = `${name}_draft`;
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(draft)} WITH (FORCE)`);
    await create(client, draft, "template0");
    await template.build(withDatabase(serverUrl, draft));
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(draft)} RENAME TO ${pg.escapeIdentifier(name)}`);
  });
  return name;
}

/** The same encoding and sort order on every server, whatever its own defaults are. */
async function create(client: pg.Client, name: string, template: string): Promise<void> {
  const locale = template === "template0" ? "ENCODING 'UTF8' LOCALE 'C'" : "";
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)} ${locale}`);
}

/** The address of another database on the same server, which need not be there. */
export function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
