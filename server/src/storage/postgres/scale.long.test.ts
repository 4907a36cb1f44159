/** That work stays proportional to what is asked for: in a crowded lane, and in the first minute of an empty database. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { jobIdOf } from "../../core/ids.ts";
import { attempt, creation, delivery, event, exchange, id, job, moving, newScope, T0 } from "../conformance/rows.testing.ts";

for (const server of sampledServers()) {
  describe(`scale: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(() => storage.close());

    test("100,000 due jobs in one lane: claims stay quick, and a healthy lane beside it is served", { timeout: 120_000 }, async () => {
      await connect(storage.databaseUrl, (client) =>
        client.query(
          `insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, created_at)
           select 'job_' || lpad(n::text, 26, '0'), 'mer_1', 'test', 'webhook-queue', 'webhook', 'dlv_' || n, 'dead', to_timestamp($1::float8 / 1000) - n * interval '1 ms', 0, to_timestamp(0)
           from generate_series(1, 100000) n`,
          [T0],
        ),
      );
      const scope = newScope();
      const healthy = Array.from({ length: 40 }, () =>
        job(scope, { subject: id("dlv"), queue: "webhook-queue", kind: "webhook", lane: "healthy" }),
      );
      await storage.store.commit({ ...scope, jobs: { insert: healthy } });
      const lanes: string[] = [];
      let quickestMs = Infinity;
      for (let n = 0, cursor = ""; n < 10; n++) {
        const startedAt = performance.now();
        const claimed = await storage.store.claim({
          queue: "webhook-queue",
          now: T0,
          leaseUntil: T0 + 60_000,
          token: `t${n}`,
          limit: 64,
          perLane: 32,
          room: new Map(),
          cursor,
        });
        quickestMs = Math.min(quickestMs, performance.now() - startedAt);
        cursor = claimed.cursor;
        lanes.push(...claimed.jobs.map((row) => row.lane));
      }
      expect(lanes.slice(0, 64).filter((lane) => lane === "healthy")).toHaveLength(32);
      expect(lanes.filter((lane) => lane === "healthy")).toHaveLength(40);
      expect(lanes.filter((lane) => lane === "dead")).toHaveLength(320);
      // It takes 2 ms; reading the lane as a whole takes 100 ms and more.
      expect(quickestMs).toBeLessThan(40);
    });

    test(
      "in an empty database that nobody has analyzed, payments are found by key and not by reading all of the merchant's",
      { timeout: 120_000 },
      async () => {
        const fresh = await postgresStorage(server.url);
        try {
          await connect(fresh.databaseUrl, (client) => client.query("select set_config('x.y', '', false)"));
          const scope = newScope();
          const waves = 20;
          for (let wave = 0; wave < waves; wave++) await payMany(fresh, scope, 50);
          await fresh.store.heartbeat({ id: "last", role: "all", startedAt: T0, now: T0 });
          const read = await waitFor("the figures of all connections", () => rowsRead(fresh.databaseUrl, 50 * waves));
          // A handful of probes for each payment and table; reading along the merchant would be hundreds.
          for (const { table, perPayment } of read) expect(perPayment, table).toBeLessThan(30);
        } finally {
          await fresh.close();
        }
      },
    );

    /** Payments from creation to a delivery, as the loop writes them. */
    async function payMany({ store }: TestStorage, scope: ReturnType<typeof newScope>, count: number): Promise<void> {
      await Promise.all(
        Array.from({ length: count }, async () => {
          const made = creation(scope, { key: id("key") });
          await store.create(made);
          const jobId = jobIdOf(made.payment.id);
          const held = (await store.take(jobId, T0, T0 + 40_000, "t"))!;
          const first = attempt(made.payment);
          const begin = moving(
            made.payment,
            { status: "processing", attempt: 1 },
            {
              job: { id: jobId, token: held.leaseToken! },
              attempts: { insert: [first] },
              jobs: { move: [{ id: jobId, kind: "ask", release: false }] },
            },
          );
          expect(await store.commit(begin)).toBe("applied");
          const { payment } = (await store.load(scope, made.payment.id))!;
          const told = event({ ...payment, sequence: 2 }, { closes: "charge" });
          const owed = delivery(told, "whe_1");
          const settle = moving(
            payment,
            { status: "failed", sequence: 2 },
            {
              attempts: { update: [{ ...first, status: "declined", closedAt: T0 }] },
              exchanges: [exchange(first)],
              events: [told],
              deliveries: { insert: [owed] },
              jobs: { insert: [job(scope, { subject: owed.id, queue: "webhook-queue", kind: "webhook" })], remove: [jobId] },
            },
          );
          expect(await store.commit(settle)).toBe("applied");
        }),
      );
    }
  });
}

/** Index entries and table rows read per payment; undefined while the figures of some connection are still to come. */
async function rowsRead(databaseUrl: string, payments: number): Promise<{ table: string; perPayment: number }[] | undefined> {
  const { rows } = await connect(databaseUrl, (client) =>
    client.query(
      `select t.relname as table, t.n_tup_ins::int as inserted, (coalesce(t.seq_tup_read, 0) + coalesce(sum(i.idx_tup_read), 0))::float8 / $1 as "perPayment"
       from pg_stat_user_tables t left join pg_stat_user_indexes i on i.relid = t.relid
       where t.relname in ('payments', 'attempts', 'events', 'deliveries', 'exchanges', 'jobs') group by t.relid, t.relname, t.n_tup_ins, t.seq_tup_read`,
      [payments],
    ),
  );
  const complete = rows.every((row) => row.inserted >= payments);
  return complete ? rows : undefined;
}
