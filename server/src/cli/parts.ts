/** The commands `api`, `worker` and `migrate`, and the steps that all commands share: settings, wired parts, heartbeat. */
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { processEnvironment, readConfig, type Config, type Role } from "../config.ts";
import { connectors } from "../connectors/index.ts";
import { sealNew } from "../flows/audit/seal.ts";
import { handlers } from "../flows/jobs/handlers.ts";
import { createLog } from "../observe/log.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { openTraces, type Traces } from "../observe/traces.ts";
import { LISTEN_BACKLOG } from "../core/constants.ts";
import { newId } from "../core/ids.ts";
import type { Archive } from "../core/ports/archive.ts";
import type { Log } from "../core/ports/world.ts";
import { checkDatabase, migrate } from "../storage/postgres/index.ts";
import { wire, type Parts } from "../wire.ts";
import { startHeartbeat } from "../worker/heartbeat.ts";
import { startWorker } from "../worker/worker.ts";
import { archiveOf } from "./archive.ts";
import { chosenPort, serve, type Life } from "./running.ts";
import { version } from "./version.ts";

/** `tillway api` and `tillway worker`: one part alone over `DATABASE_URL`, until a signal. Any number of workers may run. */
export function runPart(role: "api" | "worker", argv: string[]): Promise<number> {
  parseArgs({ args: argv, options: {} });
  const settings = settingsOf(role);
  const log = createLog({ level: settings.logLevel, destination: "stdout", fields: { role } });
  return serve(log, async (life) => {
    // Links to the checkout name its port before it listens.
    const config = role === "api" ? await withPorts(settings) : settings;
    const seen = { metrics: await metricsOf(), traces: await tracesOf(config, role, log) };
    const parts = await openParts({ config, role, log, ...seen, archive: await archiveOf(config, log) });
    await keepAlive(parts, life, { works: role === "worker" });
    if (role === "api") {
      const app = parts.app();
      const checkout = parts.checkoutApp();
      const dashboard = parts.dashboardApp();
      const { host, apiPort, checkoutPort, dashboardPort } = config;
      await app.listen({ host, port: apiPort, backlog: LISTEN_BACKLOG });
      life.onStop(() => app.close());
      await checkout.listen({ host, port: checkoutPort, backlog: LISTEN_BACKLOG });
      life.onStop(() => checkout.close());
      await dashboard.listen({ host, port: dashboardPort, backlog: LISTEN_BACKLOG });
      life.onStop(() => dashboard.close());
      // The system may have chosen the port.
      const { port } = app.server.address() as AddressInfo;
      log.info({ host, port, checkout_port: checkoutPort, dashboard_port: dashboardPort }, "the API listens");
    } else {
      const worker = startWorker(parts.deps, parts.engine);
      life.onStop(() => worker.stop());
      await showMetrics(parts, config, life);
      log.info({}, "the worker works");
    }
  });
}

/** With the ports of those listeners whose addresses stand in links before they listen. */
export async function withPorts(settings: Config): Promise<Config> {
  const { host } = settings;
  const checkoutPort = await chosenPort(host, settings.checkoutPort);
  return { ...settings, checkoutPort, dashboardPort: await chosenPort(host, settings.dashboardPort) };
}

/** The figures of a process that serves: every kind of job and every connector of this program has its own. */
export function metricsOf(): Promise<Metrics> {
  return createMetrics({ jobKinds: Object.keys(handlers), connectors: Object.keys(connectors) });
}

/** Null without an endpoint: nothing of it is loaded then. */
export async function tracesOf({ tracesEndpoint: endpoint }: Config, role: Role, log: Log): Promise<Traces | null> {
  return endpoint === null ? null : openTraces({ endpoint, role, version: version(), log });
}

/** A worker listens for nobody else. */
async function showMetrics(parts: Parts, { host, metrics }: Config, life: Life): Promise<void> {
  if (metrics.port === null) return;
  const app = parts.metricsApp();
  await app.listen({ host, port: metrics.port });
  life.onStop(() => app.close());
}

/** Brings the schema up to date; safe to run again and beside running processes. */
export async function runMigrate(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { json: { type: "boolean" } } });
  const report = await migrate(settingsOf("migrate").databaseUrl!);
  const done = report.applied.length === 0 ? "nothing was to be done" : `applied: ${report.applied.join(", ")}`;
  console.log(values.json ? JSON.stringify(report) : `The schema is at version ${report.version}; ${done}.`);
  return 0;
}

/** The settings of a command. Warnings go to stderr, so that what programs read stays clean. Throws `ConfigError`. */
export function settingsOf(role: Role): Config {
  const config = readConfig(processEnvironment, role);
  for (const warning of config.warnings) console.error(`tillway: note: ${warning}`);
  return config;
}

/** The parts over `DATABASE_URL`, whose schema must be up to date. Throws `UnfitDatabase`. */
export async function openParts(part: {
  readonly config: Config;
  readonly role: "api" | "worker";
  readonly log: Log;
  readonly metrics: Metrics | null;
  readonly traces?: Traces | null;
  readonly archive?: Archive | null;
}): Promise<Parts> {
  const databaseUrl = part.config.databaseUrl!;
  await checkDatabase(databaseUrl);
  return wire({ ...part, databaseUrl, masterKey: part.config.masterKey!, version: version(), sandbox: null });
}

/**
 * Starts the heartbeat of this process. It goes on until all that is opened later has stopped; then the parts are closed. A process that works
 * also follows what was committed.
 */
export async function keepAlive(parts: Parts, life: Life, { works }: { readonly works: boolean }): Promise<void> {
  life.onStop(() => parts.close());
  await parts.beat();
  const { audit, auditMac: mac, deps } = parts;
  const sealing = { audit, mac, clock: deps.clock, token: newId("req", deps.clock.now(), deps.random.bytes(16)) };
  const beating = startHeartbeat(deps, parts.beat, works ? (signal) => sealNew(sealing, signal) : undefined);
  life.onStop(() => beating.stop());
}
