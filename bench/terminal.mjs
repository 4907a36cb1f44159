/**
 * Payments that came to their end, everything in one process. One webhook endpoint, so that each payment leaves a delivery;
 * the receiver decides if those are delivered meanwhile.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { send } from "./load.mjs";
import { start, stop } from "./processes.mjs";
import { ask, connectTo } from "./side.mjs";
import { startAll } from "./tillway.mjs";
import { peakMemoryMb, startMeter } from "./usage.mjs";

/** Within a webhook's 10 s; 32 at once make 3.5 a second. */
const SLOW_RECEIVER_MS = 9_000;
const DRAIN_MS = 60_000;
const receiverProgram = fileURLToPath(new URL("receiver.mjs", import.meta.url));

/**
 * @param delivers true: the receiver answers at once, and a payment is done when its webhook was answered 2xx and that is stored
 * @returns `run(load)`, the most memory the process took, and `close`
 */
export async function startTerminal(side, { profile, emptyStats, delivers }) {
  const databaseUrl = await side.createDatabase(delivers ? "delivered" : "terminal");
  const receiver = start(process.execPath, [receiverProgram, String(delivers ? 0 : SLOW_RECEIVER_MS)]);
  const [port] = await once(receiver.child.stdout, "data");
  const all = await startAll(side, { databaseUrl, profile });
  await setEndpoint(all, `http://127.0.0.1:${Number(port)}/hook`);
  if (emptyStats) await ask(databaseUrl, "vacuum analyze");
  const database = await connectTo(databaseUrl);
  return {
    run: (load) => runOnce({ all, database, postgresPid: side.postgresPid, delivers, mayBeLate: emptyStats !== undefined }, load),
    peakMemoryMb: () => peakMemoryMb(all.pid),
    close: async () => {
      await database.end();
      // First the receiver: the server waits for calls under way.
      await stop(receiver);
      await stop(all);
      await side.dropDatabase(databaseUrl);
    },
  };
}

/** @param mayBeLate true: a backlog that is not worked off in time is a figure as well, not an error */
async function runOnce({ all, database, postgresPid, delivers, mayBeLate }, load) {
  await drain(database, delivers);
  const [{ last }] = (await database.query("select coalesce(max(id), '') as last from payments")).rows;
  const used = startMeter({ nodePid: all.pid, postgresPid });
  const startedAt = performance.now();
  const sent = await send(all, load);
  const drained = await drain(database, delivers);
  if (!drained && !mayBeLate) throw new Error(`jobs were left ${DRAIN_MS / 1_000} s after the load`);
  const elapsedMs = performance.now() - startedAt;
  const cpu = used(sent.count);
  const ended = await endedSince(database, last, delivers);
  if (drained && ended.count !== sent.count)
    throw new Error(`${sent.count} payments were accepted, but ${ended.count} have come to their end`);
  return { count: sent.count, perSecond: (ended.count * 1_000) / elapsedMs, p50Ms: ended.p50, p99Ms: ended.p99, ...cpu };
}

/** Waits until no job of a payment is left, nor one of a webhook if those are worked off. False if some are left after a minute. A sweep is always planned. */
export async function drain(database, delivers) {
  const queues = delivers ? ["payment-queue", "webhook-queue"] : ["payment-queue"];
  for (const endsAt = performance.now() + DRAIN_MS; performance.now() < endsAt; await sleep(20)) {
    const { rows } = await database.query("select exists (select from jobs where queue = any($1) and kind <> 'sweep') as left", [queues]);
    if (!rows[0].left) return true;
  }
  return false;
}

/** The payments younger than `last`: how many have ended with a delivery each, and how long that took from their creation. */
async function endedSince(database, last, delivers) {
  const { rows } = await database.query(
    `select count(*)::int as count, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
     from (select extract(epoch from case when $2 then d.finished_at else e.created_at end - p.created_at)::float8 * 1000 as ms
       from payments p join events e on e.payment_id = p.id and e.type = 'payment.succeeded' join deliveries d on d.event_id = e.id
       where p.id > $1 and p.status = 'succeeded' and (d.status = 'succeeded' or not $2)) x`,
    [last, delivers],
  );
  return rows[0];
}

async function setEndpoint({ port, keys }, url) {
  const headers = { "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/webhook-endpoint`, { method: "PUT", headers, body: JSON.stringify({ url }) });
  if (!answer.ok) throw new Error(`the webhook endpoint was not set: ${await answer.text()}`);
}
