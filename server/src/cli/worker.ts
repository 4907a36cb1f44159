import { parseArgs } from "node:util";
import { processEnvironment, publicUrlOf, readConfig } from "../config.ts";
import { createLog } from "../observe/log.ts";
import { checkDatabase } from "../storage/postgres/index.ts";
import { wire } from "../wire.ts";
import { beat, work } from "./parts.ts";
import { crashOnSurprise, running } from "./running.ts";
import { version } from "./version.ts";

/** A worker alone, until a signal; as many as wanted may run. The schema must be up to date (`tillway migrate`). */
export async function runWorker(argv: string[]): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const config = readConfig(processEnvironment(), "worker");
  const log = createLog({ level: config.logLevel, destination: "stdout", fields: { role: "worker" } });
  crashOnSurprise(log);
  const life = running(log);
  await checkDatabase(config.databaseUrl!);
  const parts = await wire({
    config,
    role: "worker",
    databaseUrl: config.databaseUrl!,
    masterKey: config.masterKey!,
    log,
    version: version(),
    sandbox: null,
    publicUrl: publicUrlOf(config, config.apiPort),
  });
  life.onStop(() => parts.close());
  await parts.beat();
  beat(parts, { sweeps: true }, life);
  work(parts, life);
  log.info({}, "the worker works");
  await life.untilStopped();
  return 0;
}
