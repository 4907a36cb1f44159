/**
 * Figure 2: payments per second that came to their end, everything in one process. One webhook endpoint, so that each payment leaves
 * a delivery row; whether those are worked off beside it depends on the receiver.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { load } from "./load.mjs";
import { alternate } from "./pairs.mjs";
import { start, stop } from "./processes.mjs";
import { ask } from "./server.mjs";
import { startAll } from "./tillway.mjs";
import { cpuUs, peakMemoryMb, postgresCpuUs } from "./usage.mjs";

const WARM_UP_SECONDS = 2;
/** Within a webhook's 10 s; 32 at once make 3.5 a second. */
const SLOW_RECEIVER_MS = 9_000;
const DRAIN_MS = 60_000;
const receiverProgram = fileURLToPath(new URL("receiver.mjs", import.meta.url));

/** @param delivers whether the receiver answers at once, so that deliveries are worked off too and belong to the drain */
export async function measureTerminal({ options, server, pgbench, say, name, delivers }) {
  const databaseUrl = await server.createDatabase(name);
  const receiver = start(process.execPath, [receiverProgram, String(delivers ? 0 : SLOW_RECEIVER_MS)]);
  const [port] = await once(receiver.child.stdout, "data");
  const all = await startAll({ databaseUrl, directory: server.directory, name, profile: options.profile });
  try {
    await setEndpoint(all, `http://127.0.0.1:${Number(port)}/hook`);
    const one = (seconds) => runOnce({ all, databaseUrl, server, delivers, seconds, connections: options.connections });
    await one(WARM_UP_SECONDS);
    const rows = await alternate({ name, ...options, pgbench, ours: () => one(options.seconds), checkpoint: server.checkpoint, say });
    return { rows, peakMemoryMb: peakMemoryMb(all.pid) };
  } finally {
    // First the receiver: the server waits for calls under way.
    await stop(receiver);
    await stop(all);
  }
}

async function runOnce({ all, databaseUrl, server, delivers, seconds, connections }) {
  const [{ last }] = await ask(databaseUrl, "select coalesce(max(id), '') as last from payments");
  const before = { node: cpuUs(all.pid), postgres: postgresCpuUs(server.pid) };
  const startedAt = performance.now();
  const sent = await load({ port: all.port, keys: all.keys, seconds, connections });
  await drain(databaseUrl, delivers);
  const elapsedMs = performance.now() - startedAt;
  const each = (now, then) => (then === null ? null : (now - then) / sent.count);
  const used = { nodeUs: each(cpuUs(all.pid), before.node), postgresUs: each(postgresCpuUs(server.pid), before.postgres) };
  const ended = await endedSince(databaseUrl, last);
  if (ended.count !== sent.count) throw new Error(`${sent.count} payments were accepted, but ${ended.count} have succeeded`);
  return { perSecond: (ended.count * 1_000) / elapsedMs, p50Ms: ended.p50, p99Ms: ended.p99, drainMs: elapsedMs - sent.elapsedMs, ...used };
}

/** Until no job of a payment is left, nor one of a webhook where those are worked off. */
async function drain(databaseUrl, delivers) {
  const queues = delivers ? ["payment-queue", "webhook-queue"] : ["payment-queue"];
  for (const endsAt = performance.now() + DRAIN_MS; performance.now() < endsAt; await sleep(10)) {
    const [{ left }] = await ask(databaseUrl, "select exists (select from jobs where queue = any($1)) as left", [queues]);
    if (!left) return;
  }
  throw new Error(`jobs were left ${DRAIN_MS / 1_000} s after the load`);
}

/** Those younger than `last`: how many have succeeded, with a delivery each, and how long that took from their creation. */
async function endedSince(databaseUrl, last) {
  const [row] = await ask(
    databaseUrl,
    `select count(*)::int as count, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
     from (select extract(epoch from e.created_at - p.created_at)::float8 * 1000 as ms from payments p
       join events e on e.payment_id = p.id and e.type = 'payment.succeeded'
       join deliveries d on d.event_id = e.id where p.id > $1 and p.status = 'succeeded') x`,
    [last],
  );
  return row;
}

async function setEndpoint({ port, keys }, url) {
  const headers = { "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/webhook-endpoint`, { method: "PUT", headers, body: JSON.stringify({ url }) });
  if (!answer.ok) throw new Error(`the webhook endpoint was not set: ${await answer.text()}`);
}
