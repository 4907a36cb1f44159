/** R: what PostgreSQL does with a fixed statement for one payment, measured by pgbench. Faster SQL of ours leaves it as it is. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./processes.mjs";
import { ask } from "./side.mjs";

const DEBIAN = "/usr/lib/postgresql";
const schema = readFileSync(new URL("reference/schema.sql", import.meta.url), "utf8");
const script = fileURLToPath(new URL("reference/payment.sql", import.meta.url));
const SECONDS = 2;

/** pgbench on the PATH, or where Debian keeps it; null if there is none. */
export function findPgbench() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...versions.map((version) => join(DEBIAN, version, "bin"))];
  return folders.map((folder) => join(folder, "pgbench")).find((file) => existsSync(file)) ?? null;
}

/** @param side nothing but R runs there. @returns a function that runs R on empty tables and returns payments per second */
export async function prepareReference(file, side) {
  const databaseUrl = await side.createDatabase("reference");
  await ask(databaseUrl, schema);
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const env = {
    ...process.env,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: pathname.slice(1),
  };
  const args = ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", String(SECONDS), "-D", "n=1000000000", "-f", script];
  return async () => {
    await ask(databaseUrl, "truncate r_idempotency, r_payments, r_events, r_jobs");
    await ask(databaseUrl, "checkpoint");
    const output = await run(file, args, { env });
    // What it has written goes to the disk now, not while a build runs.
    await ask(databaseUrl, "checkpoint");
    const failed = Number(/failed transactions: (\d+)/.exec(output)?.[1] ?? 0);
    const perSecond = Number(/^tps = ([\d.]+)/m.exec(output)?.[1]);
    if (failed > 0 || !(perSecond > 0)) throw new Error(`pgbench wrote nothing usable:\n${output}`);
    return perSecond;
  };
}
