/** What the commands have in common: their settings, the wired parts, and how API and heartbeat are started. */
import { parseArgs } from "node:util";
import type { FastifyInstance } from "fastify";
import { processEnvironment, readConfig, type Config, type Listener, type Role } from "../config.ts";
import { createLog, type ProcessLog } from "../observe/log.ts";
import { checkDatabase } from "../storage/postgres/index.ts";
import { wire, type Parts } from "../wire.ts";
import { startHeartbeat } from "../worker/heartbeat.ts";
import { serve, type Life } from "./running.ts";
import { version } from "./version.ts";

/** The settings of a command. What is set in vain is said on stderr, so that what programs read stays clean. Throws `ConfigError`. */
export function settingsOf(role: Role): Config {
  const config = readConfig(processEnvironment(), role);
  for (const warning of config.warnings) console.error(`tillway: note: ${warning}`);
  return config;
}

/** What a command that serves has at hand once it is wired. */
export interface Served {
  readonly config: Config;
  readonly log: ProcessLog;
  readonly parts: Parts;
  readonly life: Life;
}

/** `tillway api` and `tillway worker`: the parts over `DATABASE_URL` and a heartbeat, then what `start` adds, until a signal. */
export function serveRole(role: "api" | "worker", argv: string[], start: (served: Served) => Promise<void>): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const config = settingsOf(role);
  const log = createLog({ level: config.logLevel, destination: "stdout", fields: { role } });
  return serve(log, async (life) => {
    const parts = await openParts(config, role, log);
    life.onStop(() => parts.close());
    await parts.beat();
    beat(parts, life);
    await start({ config, log, parts, life });
  });
}

/** The parts over `DATABASE_URL`, whose schema must be up to date. Throws `UnfitDatabase`. */
export async function openParts(config: Config, role: "api" | "worker", log: ProcessLog): Promise<Parts> {
  const databaseUrl = config.databaseUrl!;
  await checkDatabase(databaseUrl);
  return wire({ config, role, databaseUrl, masterKey: config.masterKey!, log, version: version(), sandbox: null });
}

export interface Listening {
  /** Where it really listens: the port may have been chosen by the system. */
  readonly port: number;
  close(): Promise<void>;
}

export async function listen(app: FastifyInstance, { host, listen }: Config, listener: Listener): Promise<Listening> {
  await app.listen({ host, port: listen[listener] });
  const address = app.server.address();
  return { port: typeof address === "object" && address ? address.port : listen[listener], close: () => app.close() };
}

export function beat(parts: Parts, life: Life): void {
  const beating = startHeartbeat(parts.deps, parts.beat);
  life.onStop(() => beating.stop());
}
