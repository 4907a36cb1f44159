import { join } from "node:path";
import { parseArgs } from "node:util";
import { isLoopbackHost, publicUrlOf } from "../config.ts";
import { makeDirectory } from "../embedded/home.ts";
import { startGatewayServer } from "@tillway/sandbox";
import { createLog } from "../observe/log.ts";
import { UsageError } from "./explain.ts";
import { settingsOf } from "./parts.ts";
import { chosenPort } from "./port.ts";
import { serve } from "./running.ts";
import { openSandbox } from "./sandbox.ts";

/** `gateway sandbox`: the simulated gateway as a process of its own, with its journal in a file. */
export async function runGateway(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { port: { type: "string" }, journal: { type: "string" }, mock: { type: "string" }, flaky: { type: "string" } },
  });
  if (positionals.join(" ") !== "sandbox") throw new UsageError("name the gateway: tillway gateway sandbox");
  const config = settingsOf("gateway");
  const wanted = values.port === undefined ? config.sandbox.port : portOf(values.port);
  const log = createLog({ level: config.logLevel, destination: "stderr", fields: { role: "gateway" } });
  return serve(log, async (life) => {
    const port = await chosenPort(config.host, wanted);
    if (values.journal === undefined) makeDirectory(config.homeDir);
    const journalPath = values.journal ?? join(config.homeDir, "sandbox", "journal.jsonl");
    const publicUrl = publicUrlOf({ host: config.host, publicUrl: null }, port);
    const farSide = await openSandbox(config, { journalPath, publicUrl, options: values }, life);
    const server = await startGatewayServer(farSide, { port, host: config.host });
    life.onStop(() => server.close());
    console.log(`The sandbox gateway listens on ${publicUrl}; its journal is ${journalPath}`);
    if (!isLoopbackHost(config.host)) console.log(OPEN_WARNING);
  });
}

const OPEN_WARNING = `Warning: HOST lets other machines reach the sandbox. It is a test double without a guard: whoever reaches it may register an
account with a webhook address of their choice, which is then called from here. Keep it in a network of its own. GET /journal is answered on
this machine only.`;

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--port is ${JSON.stringify(text)}, which is not a port from 0 (the system chooses) to 65535.`);
}
