import { parseArgs } from "node:util";
import { processEnvironment, publicUrlOf, readConfig } from "../config.ts";
import { createLog } from "../observe/log.ts";
import { checkDatabase } from "../storage/postgres/index.ts";
import { wire } from "../wire.ts";
import { beat, serveApi } from "./parts.ts";
import { crashOnSurprise, running } from "./running.ts";
import { version } from "./version.ts";

/** The HTTP API alone, until a signal. The schema must be up to date (`tillway migrate`). */
export async function runApi(argv: string[]): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const config = readConfig(processEnvironment(), "api");
  const log = createLog({ level: config.logLevel, destination: "stdout", fields: { role: "api" } });
  crashOnSurprise(log);
  const life = running(log);
  await checkDatabase(config.databaseUrl!);
  const parts = await wire({
    config,
    role: "api",
    databaseUrl: config.databaseUrl!,
    masterKey: config.masterKey!,
    log,
    version: version(),
    sandbox: null,
    publicUrl: publicUrlOf(config, config.apiPort),
  });
  life.onStop(() => parts.close());
  try {
    await parts.beat();
    // With no worker running, somebody must still say that nothing is being done.
    beat(parts, { sweeps: true }, life);
    const port = await serveApi(parts, config, { life });
    log.info({ host: config.host, port }, "the API listens");
  } catch (error) {
    await life.stop();
    throw error;
  }
  await life.untilStopped();
  return 0;
}
