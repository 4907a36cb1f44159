/** One merchant's endpoint hangs and is owed 100,000 webhooks; another merchant's must not notice. */
import type { ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi } from "./support/merchant.ts";
import { startReceiver, eventsAt } from "./support/receiver.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

const OWED = 100_000;

it.each(sampledServers())(
  "$name: beside 100,000 due webhooks to an endpoint that hangs, a healthy one gets its own at once",
  async ({ url: serverUrl }) => {
    // Without a breaker, which would leave the dead endpoint alone after its first timeouts: lanes alone must do.
    const stage = await openStage(serverUrl, { WEBHOOK_RETRY_INTERVALS_TEST: "true" });
    const hanging: ServerResponse[] = [];
    const dead = await startReceiver((response) => void hanging.push(response));
    const healthy = await startReceiver((response) => response.writeHead(200).end());
    try {
      const unlucky = await stage.merchant(dead.url);
      const shop = await stage.merchant(healthy.url);
      const { id: paymentId } = (await unlucky.client.create(upi("success"))).json;
      await owe(stage.databaseUrl, paymentId);
      await waitFor("the lane to be full of calls that hang", () => dead.openSockets() >= 32, { timeoutMs: 30_000 });

      const ids = await Promise.all(Array.from({ length: 20 }, async () => (await shop.client.create(upi("success"))).json.id as string));
      await waitFor("all webhooks of the healthy endpoint", () => ids.every((id) => eventsAt(healthy, id).includes("payment.succeeded")), {
        timeoutMs: 30_000,
      });
      const [left] = await rowsOf(
        stage.databaseUrl,
        "select count(*)::int as n from jobs where lane in (select endpoint_id from deliveries where payment_id = $1) and run_at <= now()",
        paymentId,
      );
      expect(left!.n).toBeGreaterThan(OWED * 0.99);
      expect(dead.openSockets()).toBe(32);
    } finally {
      await dead.close();
      await stage.close();
      await healthy.close();
    }
  },
);

/** As if this payment had had that many events: deliveries of its merchant's endpoint, all due. */
async function owe(databaseUrl: string, paymentId: string): Promise<void> {
  await waitFor(
    "its first delivery",
    async () => (await rowsOf(databaseUrl, "select from deliveries where payment_id = $1", paymentId)).length > 0,
  );
  await connect(databaseUrl, async (client) => {
    // Key checks of rows that are right by construction would take most of the time.
    await client.query("set session_replication_role = replica");
    const numbered = `(select n, lpad(n::text, 26, '0') as ulid from generate_series(1000, ${OWED + 999}) n) numbers`;
    const source = `${numbered}, (select * from deliveries where payment_id = $1 limit 1) d`;
    await client.query(
      `insert into events (merchant_id, mode, id, payment_id, sequence, type, body, created_at)
       select merchant_id, mode, 'evt_' || ulid, payment_id, n, 'payment.succeeded', '{"id":"' || payment_id || '"}', created_at from ${source}`,
      [paymentId],
    );
    await client.query(
      `insert into deliveries (merchant_id, mode, id, channel, event_id, event_type, payment_id, endpoint_id, status, tries, schedule_start, next_try_at, created_at)
       select merchant_id, mode, 'dlv_' || ulid, channel, 'evt_' || ulid, event_type, payment_id, endpoint_id, 'pending', 0, 0, created_at, created_at from ${source}`,
      [paymentId],
    );
    await client.query(
      `insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, created_at)
       select 'job_' || ulid, merchant_id, mode, 'webhook-queue', 'webhook', 'dlv_' || ulid, endpoint_id, created_at, 0, created_at from ${source}`,
      [paymentId],
    );
  });
}

function rowsOf(databaseUrl: string, sql: string, ...values: unknown[]) {
  return connect(databaseUrl, async (client) => (await client.query<{ n: number }>(sql, values)).rows);
}
