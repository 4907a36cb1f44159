import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveOf } from "../../../server/src/cli/archive.ts";
import { metricsOf, tracesOf } from "../../../server/src/cli/parts.ts";
import { checkoutUrlOf, readConfig } from "../../../server/src/config.ts";
import { createHttp } from "../../../server/src/net/http.ts";
import { setEndpoint } from "../../../server/src/flows/setup/endpoint.ts";
import { createMerchant, type CreatedMerchant } from "../../../server/src/flows/setup/merchant.ts";
import { startGatewayServer, startSandbox } from "../../../sandbox/src/index.ts";
import { createLog } from "../../../server/src/observe/log.ts";
import { machineClock } from "../../../server/src/system/clock.ts";
import { wire, type Parts } from "../../../server/src/wire.ts";
import { startHeartbeat } from "../../../server/src/worker/heartbeat.ts";
import { startWorker } from "../../../server/src/worker/worker.ts";
import { migratedDatabase } from "../../support/migrated-database.ts";
import { Merchant } from "./merchant.ts";
import { freePort } from "./ports.ts";
import { sandboxAccount } from "../../../server/src/connectors/sandbox/index.ts";

/** A Tillway in this process with API, worker and a sandbox behind real HTTP, over a database of its own. */
export interface Stage {
  readonly url: string;
  /** Of the checkout's listener. */
  readonly checkoutUrl: string;
  readonly sandboxUrl: string;
  readonly databaseUrl: string;
  readonly parts: Parts;
  /** The log, line by line, as a process would write it. */
  readonly log: string[];
  /** A new merchant; with a URL it gets webhooks there. */
  merchant(webhookUrl?: string): Promise<StageMerchant>;
  close(): Promise<void>;
}

export interface StageMerchant {
  readonly client: Merchant;
  readonly created: CreatedMerchant;
  /** Of its endpoint; empty if it has none. */
  readonly webhookSecret: string;
}

/** @param environment settings as a user would give them, `{database}` is the name of its own; without any, the sandbox's bank takes no time and approves */
export async function openStage(serverUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const stops: (() => unknown)[] = [];
  const onStop = (stop: () => unknown): void => void stops.push(stop);
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const database = await migratedDatabase(serverUrl);
    onStop(() => database.drop());
    const { parts, log, url, checkoutUrl, sandboxUrl } = await start(database.url, ofDatabase(environment, database.url), onStop);
    const merchant = (webhookUrl?: string) => newMerchant(parts, url, webhookUrl);
    return { url, checkoutUrl, sandboxUrl, databaseUrl: database.url, parts, log, close, merchant };
  } catch (error) {
    await close();
    throw error;
  }
}

function ofDatabase(environment: Readonly<Record<string, string>>, databaseUrl: string): Readonly<Record<string, string>> {
  const name = new URL(databaseUrl).pathname.slice(1);
  return Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, value.replace("{database}", name)]));
}

async function start(databaseUrl: string, environment: Readonly<Record<string, string>>, onStop: (stop: () => unknown) => void) {
  const log: string[] = [];
  const writer = createLog({ level: "info", destination: { write: (line) => void log.push(line) } });
  const ports = { API_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()), DASHBOARD_PORT: "0" };
  const given = { ...ports, SANDBOX_DELAY_MS: "0", SANDBOX_SUCCESS_RATE: "1", ...environment };
  const sandbox = await serveSandbox(given, onStop);
  const config = readConfig({ ...given, DATABASE_URL: databaseUrl, SANDBOX_URL: sandbox.url, TILLWAY_MASTER_KEY: "07".repeat(32) }, "all");
  const publicUrl = `http://127.0.0.1:${config.apiPort}`;
  const parts = await wire({
    config,
    role: "all",
    databaseUrl,
    masterKey: config.masterKey!,
    log: writer,
    version: "0",
    sandbox: null,
    metrics: await metricsOf(),
    traces: await tracesOf(config, "all", writer),
    archive: await archiveOf(config, writer),
  });
  onStop(() => parts.close());
  await parts.beat();
  const heartbeat = startHeartbeat(parts.deps, parts.beat);
  onStop(() => heartbeat.stop());
  const worker = startWorker(parts.deps, parts.engine);
  onStop(() => worker.stop());
  const app = parts.app();
  onStop(() => app.close());
  await app.listen({ host: config.host, port: config.apiPort });
  const checkout = parts.checkoutApp();
  onStop(() => checkout.close());
  await checkout.listen({ host: config.host, port: config.checkoutPort });
  // Ended first: a call that hangs at the gateway would hold the worker for as long as a call may take.
  onStop(sandbox.hangUp);
  return { parts, log, url: publicUrl, checkoutUrl: checkoutUrlOf(config), sandboxUrl: sandbox.url };
}

async function serveSandbox(environment: Readonly<Record<string, string>>, onStop: (stop: () => unknown) => void) {
  const directory = mkdtempSync(join(tmpdir(), "tillway journey "));
  onStop(() => rmSync(directory, { recursive: true, force: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const http = createHttp();
  onStop(() => http.close());
  const settings = { ...readConfig(environment, "gateway").sandbox.settings, publicUrl: url };
  const farSide = await startSandbox({ settings, clock: machineClock(), http, journalPath: join(directory, "journal.jsonl") });
  onStop(() => farSide.close());
  const server = await startGatewayServer(farSide, { port });
  return { url, hangUp: () => server.close() };
}

let merchants = 0;

async function newMerchant(parts: Parts, url: string, webhookUrl?: string): Promise<StageMerchant> {
  const created = await createMerchant(parts.deps, { name: "Shop", email: `shop-${++merchants}@merchant.example` }, sandboxAccount);
  const scope = { merchantId: created.merchantId, mode: "test" } as const;
  const set = webhookUrl === undefined ? null : await setEndpoint(parts.deps, scope, { url: webhookUrl });
  return { client: new Merchant(url, created), created, webhookSecret: set?.endpoint.secret ?? "" };
}
