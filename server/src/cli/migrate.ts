import { parseArgs } from "node:util";
import { migrate } from "../storage/postgres/index.ts";
import { settingsOf } from "./parts.ts";

/** Brings the schema up to date; safe to run again and beside running processes. */
export async function runMigrate(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { json: { type: "boolean" } } });
  const report = await migrate(settingsOf("migrate").databaseUrl!);
  const done = report.applied.length === 0 ? "nothing was to be done" : `applied: ${report.applied.join(", ")}`;
  console.log(values.json ? JSON.stringify(report) : `The schema is at version ${report.version}; ${done}.`);
  return 0;
}
