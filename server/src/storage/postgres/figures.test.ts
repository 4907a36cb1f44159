import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { connect } from "../../../../test/support/connect.ts";
import { newScope, stored } from "../conformance/rows.testing.ts";

describe.each(databaseServers())("the figures of the work that waits, on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => void (storage = await postgresStorage(url)));
  afterAll(() => storage.close());

  it("count what is due, held and planned, over all lanes, and say how old the oldest is", async () => {
    expect(await storage.figures(Date.now())).toMatchObject({ openCases: {}, queues: [{ jobs: 0, due: 0, oldestDueAt: null }, {}, {}] });
    // One lane for each merchant.
    for (let n = 0; n < 4; n++) await stored(storage.store, newScope(), { status: "pending" });
    await connect(storage.databaseUrl, async (client) => {
      const lanes = (await client.query<{ lane: string }>("select lane from jobs order by lane")).rows.map(({ lane }) => lane);
      await client.query("update jobs set run_at = '2026-01-01T00:00:07Z'");
      await client.query("update jobs set run_at = '2026-01-01T00:00:05Z' where lane = $1", [lanes[2]]);
      await client.query("update jobs set run_at = '2026-01-01T01:00:00Z', lease_token = 'x' where lane = $1", [lanes[0]]);
    });
    const at = Date.parse("2026-01-01T00:00:10Z");
    const { queues } = await storage.figures(at);
    expect(queues).toContainEqual({ queue: "payment-queue", jobs: 4, due: 3, oldestDueAt: at - 5_000 });
    expect(queues).toContainEqual({ queue: "webhook-queue", jobs: 0, due: 0, oldestDueAt: null });
    expect(await storage.figures(at - 6_000)).toMatchObject({
      queues: expect.arrayContaining([expect.objectContaining({ due: 0, jobs: 4 })]),
    });
  });

  it("say when a worker was last seen, not an API, and whose sums have waited longest", async () => {
    expect(await storage.figures(Date.now())).toMatchObject({ workerSeenAt: null, analyticsTurnAt: null });
    const at = Date.parse("2026-01-01T00:00:00Z");
    await connect(storage.databaseUrl, async (client) => {
      await client.query(`insert into processes (id, role, started_at, seen_at)
        values ('prc_1', 'api', '2026-01-01', '2026-01-01T00:00:09Z'), ('prc_2', 'worker', '2026-01-01', '2026-01-01T00:00:05Z')`);
      await client.query(`insert into merchants (id, name, email, created_at) values ('mer_sums', 'Shop', 'a@example.com', '2026-01-01')`);
      await client.query(`insert into analytics_marks (merchant_id, mode, turn_at, version, committed, event_id, delivery_committed, delivery_id)
        select 'mer_sums', mode, turn_at::timestamptz, 1, '0', '', '0', '' from
          (values ('test', '-infinity'), ('live', '2026-01-01T00:00:07Z')) m (mode, turn_at)`);
    });
    expect(await storage.figures(at)).toMatchObject({ workerSeenAt: at + 5_000, analyticsTurnAt: at + 7_000 });
  });

  it("are answered in a moment with 300,000 jobs planned for later", async () => {
    await connect(storage.databaseUrl, async (client) => {
      await client.query(`insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, created_at)
        select 'job_' || n, 'mer_1', 'test', 'payment-queue', 'expire', 'pay_' || n, 'mer_' || n % 50, '2027-01-01', 0, '2026-01-01'
        from generate_series(1, 300000) n`);
    });
    const from = performance.now();
    const { queues } = await storage.figures(Date.parse("2026-01-01T00:00:10Z"));
    expect(queues[0]).toMatchObject({ jobs: 100_000, due: 3 });
    // A statement of ours is ended after 2 s: this is a bound for a loaded machine.
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it("show the connections in use", async () => {
    const asked = Promise.all([storage.ping(), storage.ping()]);
    expect(storage.pools()).toMatchObject({ hot: { busy: 2, waiting: 0 } });
    await asked;
    expect(storage.pools().hot).toMatchObject({ busy: 0, waiting: 0 });
  });
});
