import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { processEnvironment, publicUrlOf, readConfig } from "../config.ts";
import { acquireLock } from "../embedded/lock.ts";
import { createHttp } from "../connectors/http.ts";
import { startFarSide } from "../gateways/host.ts";
import { startGatewayServer } from "../gateways/server.ts";
import { createLog } from "../observe/log.ts";
import { databaseClock } from "../system/clock.ts";
import { UsageError } from "./explain.ts";
import { crashOnSurprise, running } from "./running.ts";
import { sandboxNotes, sandboxSettings, toldOnTheCommandLine } from "./sandbox-settings.ts";

/** `gateway sandbox`: the simulated gateway as a process of its own, with its journal in a file. */
export async function runGateway(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { port: { type: "string" }, journal: { type: "string" }, mock: { type: "string" }, flaky: { type: "string" } },
  });
  if (positionals[0] !== "sandbox") throw new UsageError("name the gateway: tillway gateway sandbox");
  const config = readConfig(processEnvironment(), "gateway");
  const port = values.port === undefined ? config.sandbox.port : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(`--port is ${values.port}, which is not a port from 0 to 65535`);
  const settings = toldOnTheCommandLine(sandboxSettings(config, publicUrlOf({ publicUrl: null, host: config.host }, port)), values);
  const journalPath = values.journal ?? join(config.homeDir, "sandbox", "journal.jsonl");
  mkdirSync(dirname(journalPath), { recursive: true });
  const lock = acquireLock(`${journalPath}.lock`, dirname(journalPath));
  const log = createLog({ level: config.logLevel, destination: "stderr", fields: { role: "gateway" } });
  crashOnSurprise(log);
  const life = running(log);
  life.onStop(async () => lock.release());
  const http = createHttp();
  const farSide = await startFarSide({ settings, clock: databaseClock(), http, journalPath });
  life.onStop(() => http.close());
  life.onStop(() => farSide.close());
  const server = await startGatewayServer(farSide, { port, host: config.host });
  life.onStop(() => server.close());
  console.log(`The sandbox gateway listens on http://${config.host}:${server.port}; its journal is ${journalPath}`);
  for (const note of sandboxNotes(settings)) console.log(note);
  await life.untilStopped();
  return 0;
}
