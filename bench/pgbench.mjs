/** P: what PostgreSQL does with our accept statement for one payment, told by pgbench on the same server. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { openDatabase } from "../server/dist/storage/postgres/connect.js";
import { acceptScript } from "./accept-statement.mjs";
import { run } from "./processes.mjs";

const DEBIAN = "/usr/lib/postgresql";

/** On the PATH, or where Debian keeps it; null where there is none. */
export function findPgbench() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...versions.map((version) => join(DEBIAN, version, "bin"))];
  return folders.map((folder) => join(folder, "pgbench")).find((file) => existsSync(file)) ?? null;
}

/** @returns a function that runs for some seconds and tells payments per second */
export async function preparePgbench(file, { databaseUrl, merchantId, body, directory }) {
  const scriptFile = join(directory, "accept.sql");
  const url = new URL(databaseUrl);
  const env = {
    ...process.env,
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
    PGOPTIONS: await sessionSettings(databaseUrl),
  };
  return async (seconds) => {
    // Anew for each run, since the times and the beginnings of the ids are those of its start.
    const { script, constants } = await acceptScript(merchantId, body);
    writeFileSync(scriptFile, script);
    const variables = Object.entries(constants).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
    const output = await run(file, ["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", String(seconds), "-f", scriptFile, ...variables], {
      env,
    });
    const failed = Number(/failed transactions: (\d+)/.exec(output)?.[1] ?? 0);
    const tps = Number(/^tps = ([\d.]+)/m.exec(output)?.[1]);
    if (failed > 0 || !(tps > 0)) throw new Error(`pgbench wrote nothing usable:\n${output}`);
    return tps;
  };
}

/** The settings that the server's own connections ask for, as they ask for them. */
async function sessionSettings(databaseUrl) {
  const database = openDatabase({ databaseUrl, log: console, size: 1, hot: true });
  try {
    const text = "select name, setting from pg_settings where source = 'client' and name not in ('application_name', 'client_encoding')";
    const rows = await database.query({ name: "settings", text }, []);
    return rows.map(({ name, setting }) => `-c ${String(name)}=${String(setting).replaceAll(/[\\ ]/g, "\\$&")}`).join(" ");
  } finally {
    await database.close();
  }
}
