/** Checks of PostgreSQL and of the master key that belongs to it. */
import type { Config, Role } from "../../config.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { runningDatabase } from "../../embedded/adopt.ts";
import { createLog } from "../../observe/log.ts";
import { connectionsOfProcess, connectPostgres, inspectDatabase, OLDEST_MAJOR, type DatabaseFacts } from "../../storage/postgres/index.ts";
import { explain } from "../explain.ts";
import { HomeError, knownMasterKey } from "../home.ts";
import { fail, ok, warn, type Finding } from "./finding.ts";

/** A receiver refuses a webhook whose time is further away than this from its own (Standard Webhooks). */
const CLOCK_FAIL_MS = 300_000;
const CLOCK_WARN_MS = 2_000;
/** An API and a worker, and one of each during a deployment. */
const PROCESSES_COMFORTABLE = 4;

export async function databaseFindings(config: Config): Promise<Finding[]> {
  const url = config.databaseUrl ?? runningDatabase(config.homeDir);
  if (url === null) return [ok("database", "`tillway all` starts its own PostgreSQL in the home"), ...keyFileFindings(config.homeDir)];
  try {
    const facts = await inspectDatabase(url);
    const isOwn = config.databaseUrl === null;
    const found = [
      serverFinding(facts),
      ...rightsFindings(facts),
      ...schemaFindings(facts, config.role),
      roomFinding(facts),
      clockFinding(facts),
    ];
    return [...found, ...(await keyFindings(config, url, facts)), ...(isOwn ? keyFileFindings(config.homeDir) : [])];
  } catch (error) {
    // "message. Cure." as the other commands say it.
    const line = explain(error, "doctor")
      .text.replace(/^tillway: /, "")
      .split("\n")[0]!;
    return [fail("database", line, "Then run `tillway doctor` again: what it keeps is not checked yet.")];
  }
}

function serverFinding({ major, encoding, database, role, synchronousCommit, isReadOnly }: DatabaseFacts): Finding {
  if (major < OLDEST_MAJOR) return fail("database", `PostgreSQL ${major} is too old`, `Use PostgreSQL ${OLDEST_MAJOR} or newer.`);
  if (encoding !== "UTF8") return fail("database", `${database} has the encoding ${encoding}`, "Create it with encoding UTF8.");
  if (synchronousCommit === "off")
    return fail("database", "the server runs with synchronous_commit=off: acknowledged payments could be lost", "Turn it on.");
  if (isReadOnly) return fail("database", `${database} takes no writes`, "Let DATABASE_URL name the primary, and no standby.");
  return ok("database", `PostgreSQL ${major}, database ${database} as ${role}`);
}

function rightsFindings({ role, mayCreateTables, closedTables, schemaVersion, knownVersion }: DatabaseFacts): Finding[] {
  const cure = (what: string) => `Let ${role} own the database, or grant it ${what}.`;
  if (closedTables.length > 0)
    return [
      fail("rights", `${role} may not read and write ${closedTables.slice(0, 5).join(", ")}`, cure("SELECT, INSERT, UPDATE and DELETE")),
    ];
  if (!mayCreateTables && (schemaVersion ?? 0) < knownVersion)
    return [fail("rights", `${role} may not create tables, so it cannot migrate`, cure("CREATE on the schema public"))];
  return [ok("rights", `${role} may read, write${mayCreateTables ? " and migrate" : ""}`)];
}

function schemaFindings({ schemaVersion, knownVersion, oldestProgram, closedTables }: DatabaseFacts, role: Role): Finding[] {
  const version = schemaVersion ?? 0;
  // The version stands in a table too.
  if (closedTables.length > 0) return [];
  if (version === knownVersion) return [ok("migrations", `schema ${version} is the newest`)];
  if (version > knownVersion && oldestProgram <= knownVersion)
    return [
      warn(
        "migrations",
        `schema ${version} is that of a newer program; this one, of ${knownVersion}, works on it`,
        "Use the newer program again once you can.",
      ),
    ];
  if (version > knownVersion)
    return [fail("migrations", `the database has schema ${version}, this program knows up to ${knownVersion}`, "Use the newer program.")];
  if (role === "all") return [ok("migrations", `schema ${version}; the start brings it to ${knownVersion}`)];
  return [fail("migrations", `the database has schema ${version}, this program needs ${knownVersion}`, "Run `tillway migrate`.")];
}

function roomFinding({ connectionsMax, connectionsOpen }: DatabaseFacts): Finding {
  const more = Math.floor((connectionsMax - connectionsOpen) / connectionsOfProcess);
  const text = `${connectionsOpen} of ${connectionsMax} connections are open; each API or worker opens ${connectionsOfProcess}, so ${more} more can start`;
  const cure = `Raise max_connections to ${connectionsOpen + PROCESSES_COMFORTABLE * connectionsOfProcess} or more, or run fewer processes.`;
  if (more < 1) return fail("connections", text, cure);
  return Math.floor(connectionsMax / connectionsOfProcess) < PROCESSES_COMFORTABLE
    ? warn("connections", text, cure)
    : ok("connections", text);
}

function clockFinding({ clockOffsetMs, roundTripMs }: DatabaseFacts): Finding {
  const offset = Math.abs(clockOffsetMs);
  const text = `the database's clock is ${offset} ms ${clockOffsetMs < 0 ? "behind" : "ahead of"} this machine's, give or take ${Math.ceil(roundTripMs / 2)}`;
  const cure = "Let both follow a time server (NTP). Tillway takes the database's time.";
  if (offset > CLOCK_FAIL_MS) return fail("clock", `${text}: receivers would refuse webhooks as too old or too new`, cure);
  return offset > CLOCK_WARN_MS ? warn("clock", text, cure) : ok("clock", text);
}

/** Whether the key opens what is stored. Only the tables of a schema that this program knows can be asked. */
async function keyFindings({ masterKey, homeDir }: Config, databaseUrl: string, facts: DatabaseFacts): Promise<Finding[]> {
  const key = masterKey ?? readKey(homeDir);
  if (!(key instanceof Uint8Array) || facts.schemaVersion !== facts.knownVersion || facts.closedTables.length > 0) return [];
  const log = createLog({ level: "silent", destination: "stderr" });
  const storage = await connectPostgres({ databaseUrl, masterKey: key, log, onlyLooks: true });
  try {
    await storage.openRoot(true);
    return [ok("master key", "it opens what this database keeps sealed")];
  } catch (error) {
    // Where the database does not answer, or is a standby, nothing is known of the key.
    if (error instanceof StoreUnavailable) return [];
    return [fail("master key", (error as Error).message, "Put the old key back: without it the sealed secrets are lost.")];
  } finally {
    await storage.close();
  }
}

function keyFileFindings(homeDir: string): Finding[] {
  const key = readKey(homeDir);
  if (key === null) return [ok("master key", "made at the first start, in the home")];
  return key instanceof Uint8Array
    ? [ok("master key", "64 hex digits in the home")]
    : [fail("master key", key.message, "Put the old file back.")];
}

function readKey(homeDir: string): Uint8Array | HomeError | null {
  try {
    return knownMasterKey(homeDir);
  } catch (error) {
    if (error instanceof HomeError) return error;
    return new HomeError(`master-key cannot be read: ${(error as Error).message}.`);
  }
}
