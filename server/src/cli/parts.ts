/** The parts that every server command starts, in the same way. */
import { MONEY_LEASE_MS, GATEWAY_MONEY_TIMEOUT_MS, WEBHOOK_LEASE_MS, WEBHOOK_TOTAL_TIMEOUT_MS } from "../core/constants.ts";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import type { Parts } from "../wire.ts";
import { startHeartbeat } from "../worker/heartbeat.ts";
import { startWorker } from "../worker/worker.ts";
import type { Running } from "./running.ts";

/** Where the API really listens: the port may have been chosen by the system. */
export async function serveApi(
  parts: Parts,
  config: Config,
  given: { readonly life: Running; readonly prepare?: (app: FastifyInstance) => void },
): Promise<number> {
  const app = parts.createApi();
  given.prepare?.(app);
  await app.listen({ host: config.host, port: config.apiPort });
  given.life.onStop(() => app.close());
  const address = app.server.address();
  return typeof address === "object" && address ? address.port : config.apiPort;
}

export function work(parts: Parts, life: Running): void {
  assertLeases();
  const worker = startWorker(parts.deps);
  life.onStop(() => worker.stop());
}

export function beat(parts: Parts, options: { readonly sweeps: boolean }, life: Running): void {
  const beating = startHeartbeat(parts.deps, parts.beat, options);
  life.onStop(() => beating.stop());
}

/** A lease that ends while its call is under way would send a second question beside it. */
function assertLeases(): void {
  const margin = 10_000;
  if (MONEY_LEASE_MS < GATEWAY_MONEY_TIMEOUT_MS + margin || WEBHOOK_LEASE_MS < WEBHOOK_TOTAL_TIMEOUT_MS + margin) {
    throw new Error("a lease must outlive the longest call by 10 s");
  }
}
