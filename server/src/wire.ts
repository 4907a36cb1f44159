/** config → the parts of one process. The only file that names concrete adapters. */
import { hkdfSync } from "node:crypto";
import { createApp } from "./api/app.ts";
import type { Config } from "./config.ts";
import { createHttp } from "./connectors/http.ts";
import { describeTestToken } from "./connectors/sandbox/cards.ts";
import { createSandboxConnector } from "./connectors/sandbox/connector.ts";
import { newId } from "./core/ids.ts";
import type { HttpPort } from "./core/ports/http.ts";
import type { Log } from "./core/ports/log.ts";
import type { Heartbeat } from "./core/ports/store.ts";
import { checkWebhookUrl } from "./deliveries/webhook/guard.ts";
import { createWebhookChannel } from "./deliveries/webhook/send.ts";
import type { Deps } from "./flows/deps.ts";
import { createHealth } from "./observe/health.ts";
import { createPostgresQueue } from "./queues/postgres/queue.ts";
import { withCachedAccounts } from "./storage/cached-accounts.ts";
import { connectPostgres } from "./storage/postgres/index.ts";
import { databaseClock, type DatabaseClock } from "./system/clock.ts";
import { systemRandom } from "./system/random.ts";
import { runJob } from "./worker/run.ts";

export interface Wish {
  readonly config: Config;
  readonly role: Heartbeat["role"];
  readonly databaseUrl: string;
  readonly masterKey: Uint8Array;
  readonly log: Log;
  readonly version: string;
  /** The way to the sandbox: a far side in this process, or null for HTTP to `SANDBOX_URL`. */
  readonly sandbox: HttpPort | null;
  /** Where gateways reach our API. */
  readonly publicUrl: string;
}

export interface Parts {
  readonly deps: Deps;
  readonly clock: DatabaseClock;
  /** Says that this process lives, and takes over the database's time. */
  readonly beat: () => Promise<void>;
  readonly createApi: () => ReturnType<typeof createApp>;
  /** Closes what was opened here, after API and worker have stopped. */
  readonly close: () => Promise<void>;
}

export async function wire(wish: Wish): Promise<Parts> {
  const { config, log, version } = wish;
  const clock = databaseClock();
  const random = systemRandom();
  const storage = await connectPostgres({ databaseUrl: wish.databaseUrl, masterKey: wish.masterKey, log });
  await storage.checkKey();
  await storage.warm();
  const queue = createPostgresQueue({ databaseUrl: wish.databaseUrl, log });
  const webhooks = createWebhookChannel({ allowLoopback: config.flow.allowLoopback, version });
  const http = createHttp({ now: () => clock.now() });
  const sandbox = createSandboxConnector({
    http: wish.sandbox ?? http,
    clock,
    baseUrl: config.sandbox.url ?? "http://sandbox.internal",
    webhookBaseUrl: wish.publicUrl,
  });
  const deps: Deps = {
    store: storage.store,
    settings: withCachedAccounts(storage.settings, clock),
    clock,
    random,
    log,
    queue,
    connectors: new Map([[sandbox.name, sandbox]]),
    webhooks,
    checkUrl: (url) => checkWebhookUrl(url, { allowLoopback: config.flow.allowLoopback }),
    options: config.flow,
    runJob: (job) => runJob(deps, job),
  };
  const beat = beater(deps, clock, wish.role);
  const health = createHealth({ ping: beat, reads: storage.reads, clock, role: wish.role });
  return {
    deps,
    clock,
    beat,
    createApi: () =>
      createApp({
        flows: deps,
        reads: storage.reads,
        log,
        version,
        hashKey: derivedKey(wish.masterKey, "tillway idempotency"),
        tokenizer: sandbox.name,
        describeToken: describeTestToken,
        health: async () => {
          const ready = await health.ready();
          return { ok: ready.status !== "down", checks: ready.checks };
        },
      }),
    close: async () => {
      await queue.close();
      await webhooks.close();
      await http.close();
      await storage.close();
    },
  };
}

/** The heartbeat of this process; half of its round trip is what the database's time is older by. */
function beater(deps: Pick<Deps, "store" | "random">, clock: DatabaseClock, role: Heartbeat["role"]): () => Promise<void> {
  const startedAt = clock.now();
  const id = newId("req", startedAt, deps.random.bytes(16));
  return async () => {
    const askedAt = clock.elapsed();
    const databaseNow = await deps.store.heartbeat({ id, role, startedAt, now: clock.now() });
    clock.adjust(databaseNow, askedAt, clock.elapsed());
  };
}

/** A key of its own for each purpose, from the one master key. */
function derivedKey(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", masterKey, "", purpose, 32));
}
