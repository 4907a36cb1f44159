import { parseArgs } from "node:util";
import { processEnvironment, readConfig } from "../config.ts";
import { migrate } from "../storage/postgres/index.ts";

/** Brings the schema up to date; safe to run again and beside running processes. */
export async function runMigrate(argv: string[]): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const config = readConfig(processEnvironment(), "migrate");
  const report = await migrate(config.databaseUrl!);
  console.log(JSON.stringify(report));
  return 0;
}
