/** The rollup says what a count over all rows says, whoever repeats it and wherever it is interrupted. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rebuildAnalytics } from "../../server/src/flows/upkeep/rebuild-analytics.ts";
import { rollUpAnalytics } from "../../server/src/flows/upkeep/analytics.ts";
import type { Analytics } from "../../server/src/core/ports/analytics.ts";
import { openDatabase } from "../../server/src/storage/postgres/connect.ts";
import { analyticsOf } from "../../server/src/storage/postgres/analytics.ts";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { card, upi, type Json, type Merchant } from "./support/merchant.ts";
import { run } from "./support/program.ts";
import { startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const PAYMENTS = 60;

describe.each(sampledServers())("figures over time on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let receiver: Receiver;
  let shop: Merchant;
  let merchantId: string;
  beforeAll(async () => {
    stage = await openStage(serverUrl);
    receiver = await startReceiver((response) => response.writeHead(200).end());
    const made = await stage.merchant(receiver.url);
    shop = made.client;
    merchantId = made.created.merchantId;
  });
  afterAll(async () => {
    await stage?.close();
    await receiver?.close();
  });

  const rows = (text: string) => connect(stage.databaseUrl, async (client) => (await client.query(text)).rows as Json[]);
  const ofShop = (table: string) => `${table} where merchant_id = '${merchantId}'`;

  /** Of a random kind, as far as it comes. */
  async function payment(n: number): Promise<void> {
    const amount = 100 + Math.floor(Math.random() * 10_000);
    const kind = Math.floor(Math.random() * 6);
    if (kind === 0) return void (await shop.create(card("4000000000000002", { amount })));
    if (kind === 1) return void (await shop.create(card("4111111111111111", { amount, currency: n % 2 ? "INR" : "EUR" })));
    if (kind === 2)
      return void (await shop.post(`/v1/payments/${(await shop.create(card("4111111111111111", { confirm: false }))).json.id}/cancel`));
    const { json } = await shop.create(upi("success", { amount, capture_method: kind === 3 ? "automatic" : "manual", confirm: true }));
    await waitFor("an outcome", async () => ["succeeded", "authorized"].includes((await shop.payment(json.id)).status));
    if (kind === 3) await shop.post("/v1/refunds", { payment_id: json.id, amount: 50 });
    if (kind === 4) await shop.post(`/v1/payments/${json.id}/capture`, { amount: 60, final: n % 2 === 0 });
    if (kind === 5) await shop.post(`/v1/payments/${json.id}/cancel`);
  }

  const counted = async (): Promise<Json[]> =>
    rows(`select what, currency, outcome, sum(count)::int as count, sum(amount)::int as amount from ${ofShop("analytics")}
      and what <> 'latency' group by 1, 2, 3 order by 1, 2, 3`);
  /** All of them are to be counted again. */
  const forget = async (): Promise<void> => {
    await rows("delete from analytics");
    await rows("delete from analytics_owed");
    await rows(
      "update analytics_marks set version = version + 1, committed = '0', event_id = '', delivery_committed = '0', delivery_id = '', up_to = null",
    );
  };
  /** Straight from the rows of money. */
  const brute = async (): Promise<Json[]> =>
    rows(`select * from (
      select 'attempt' as what, currency, status as outcome, count(*)::int as count, sum(amount)::int as amount from ${ofShop("attempts")} and operation = 'charge' group by 2, 3
      union all select 'captured', currency, '', count(*)::int, sum(amount)::int from ${ofShop("attempts")} and operation in ('charge', 'capture') and status = 'succeeded' group by 2
      union all select 'payment', currency, case when amount_authorized = 0 then status when amount_captured = amount_authorized and capture_method = 'automatic' then 'succeeded' else 'authorized' end,
        count(*)::int, sum(amount)::int from ${ofShop("payments")} group by 2, 3
      union all select 'refunded', currency, '', count(*)::int, sum(amount)::int from ${ofShop("refunds")} and status = 'succeeded' group by 2
      union all select 'webhook', '', status, count(*)::int, 0 from ${ofShop("deliveries")} group by 3) t order by 1, 2, 3`);

  it(
    "equal a count over all rows after random payments, with two that roll up at once in small steps, and again after a rebuild",
    { timeout: 180_000 },
    async () => {
      for (let n = 0; n < PAYMENTS; n += 10) await Promise.all(Array.from({ length: 10 }, (_, i) => payment(n + i)));
      await waitFor("all to end", async () => (await rows("select from jobs where kind not in ('expire', 'sweep')")).length === 0, {
        timeoutMs: 60_000,
      });
      // What runs beside has its next turn in a hundred years.
      await waitFor("its turn", async () => {
        await rollUpAnalytics(stage.parts.deps);
        return (await rows(`select from ${ofShop("analytics_marks")} and up_to is not null`)).length === 2;
      });
      await rows("update analytics_marks set turn_at = '2126-01-01'");
      await forget();
      const databases = [3, 7].map((step) => {
        const database = openDatabase({ databaseUrl: stage.databaseUrl, log: silent, size: 1, connectWaitMs: 15_000, hot: false });
        return { database, analytics: analyticsOf(database, step) };
      });
      const scope = { merchantId, mode: "test" } as const;
      const both = () => Promise.all(databases.map(({ analytics }) => analytics.rollUp(scope, Date.now())));
      const toTheEnd = () => waitFor("all to be counted", async () => (await both()).every((hasMore) => !hasMore), { timeoutMs: 60_000 });
      await both();
      expect(await counted()).not.toEqual(await brute());
      // Webhooks that are still owed when they are met are counted when they end.
      await rows("update deliveries set status = 'pending' where substr(id, 30) < 'G'");
      await toTheEnd();
      await rows("update deliveries set status = 'succeeded' where status = 'pending'");
      await waitFor("what was owed to be counted", async () => {
        await both();
        return (await rows("select from analytics_owed")).length === 0;
      });
      await toTheEnd();
      expect(await counted()).toEqual(await brute());
      await forget();
      await toTheEnd();
      expect(await counted()).toEqual(await brute());
      for (const { database } of databases) await database.close();
    },
  );

  it("are counted anew by the command, whatever was planted, while payments come and two roll up", { timeout: 180_000 }, async () => {
    const right = await brute();
    // As if these had taken a day, of which the last hours are counted anew.
    await rows(`update analytics set count = count + 7, amount = amount + 1 where what <> 'webhook'`);
    await rows(`delete from analytics where what = 'webhook'`);
    await rows(`insert into analytics (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason, count, amount)
      values ('${merchantId}', 'test', 'captured', '2026-01-01T00:00:00Z', 'INR', 'x', 'x', 'card', '', '', 5, 500)`);
    expect(await counted()).not.toEqual(right);
    const database = openDatabase({ databaseUrl: stage.databaseUrl, log: silent, size: 2, connectWaitMs: 15_000, hot: false });
    const analytics = analyticsOf(database, 3);
    const scope = { merchantId, mode: "test" } as const;
    let isOver = false;
    const rolling = Promise.all(
      [0, 1].map(async () => {
        while (!isOver) await analytics.rollUp(scope, Date.now());
      }),
    );
    const environment = { DATABASE_URL: stage.databaseUrl, TILLWAY_MASTER_KEY: "07".repeat(32) };
    const rebuilding = run(
      ["analytics", "rebuild", "--merchant", (await rows(`select email from merchants where id = '${merchantId}'`))[0]!.email, "--json"],
      environment,
    );
    for (let n = 0; n < 10; n++) await payment(n);
    const { code, out, err } = await rebuilding;
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({
      events: expect.any(Number),
      scopes: [{ merchant_id: merchantId }, { merchant_id: merchantId }],
    });
    await waitFor("all to end", async () => (await rows("select from jobs where kind not in ('expire', 'sweep')")).length === 0, {
      timeoutMs: 60_000,
    });
    await waitFor("the rollup to have counted them", async () => JSON.stringify(await counted()) === JSON.stringify(await brute()), {
      timeoutMs: 30_000,
    });
    // Once more in pieces of a quarter of an hour, from the middle of what was planted before and after it.
    await rows(`update analytics set count = count + 1`);
    await rows(`insert into analytics (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason, count, amount)
      values ('${merchantId}', 'test', 'captured', '2026-01-01T00:00:00Z', 'INR', 'x', 'x', 'card', '', '', 5, 500)`);
    const deps = { ...stage.parts.deps, analytics };
    let pieces = 0;
    for await (const piece of rebuildAnalytics(deps, scope, Date.now() - 3_600_000)) pieces += piece.events > 0 ? 1 : 0;
    expect(pieces).toBeGreaterThan(0);
    isOver = true;
    await rolling;
    const old = await rows(`delete from ${ofShop("analytics")} and at < '2026-02-01' returning count::int`);
    expect(old).toEqual([{ count: 5 }]);
    expect(await counted()).toEqual(await brute());
    // The rollup counts between the look at its mark and the new sums.
    await rows("update analytics_marks set version = version + 1, committed = '0', event_id = ''");
    await rows("delete from analytics where what <> 'webhook'");
    let rolledUp = 0;
    const between = analyticsOf({
      ...database,
      async query(statement, values) {
        if (statement.name === "analytics_rebuild" && rolledUp++ === 0) await analytics.rollUp(scope, Date.now());
        return database.query(statement, values);
      },
    });
    const piece = { from: 0, webhooksFrom: Date.now(), now: Date.now() };
    expect([await between.rebuild(scope, piece), await between.rebuild(scope, piece)]).toEqual(["moved", { next: null, events: 3 }]);
    while (await analytics.rollUp(scope, Date.now()));
    expect(await counted()).toEqual(await brute());
    await database.close();
  });

  it.each([
    [["--from", "yesterday"], /--from takes a time/],
    [["--merchant", "nobody@x.example"], /there is no merchant with the e-mail nobody@x.example/],
  ])("are not counted anew for %j", async (argv, line) => {
    const environment = { DATABASE_URL: stage.databaseUrl, TILLWAY_MASTER_KEY: "07".repeat(32) };
    const { code, err } = await run(["analytics", "rebuild", ...argv], environment);
    expect([code, err]).toEqual([2, expect.stringMatching(line)]);
  });

  it("are shown by currency, connector, method and reason, with a point for each day", async () => {
    const get = async (query: string): Promise<Json> => (await shop.get(`/v1/analytics?${query}`)).json;
    const volume = await get("metric=volume&time_zone=Asia/Kolkata");
    expect(volume).toMatchObject({
      object: "analytics",
      metric: "volume",
      by: "day",
      time_zone: "Asia/Kolkata",
      up_to: expect.any(String),
    });
    const sums = await rows(
      `select currency, sum(amount_captured)::int as amount from ${ofShop("payments")} and amount_captured > 0 group by 1 order by 1`,
    );
    expect(volume.data.map(({ currency, total }: Json) => ({ currency, amount: total.amount }))).toEqual(sums);
    for (const series of volume.data) {
      expect(series.points.reduce((sum: number, point: Json) => sum + point.amount, 0)).toBe(series.total.amount);
      expect(series.points.length).toBeGreaterThanOrEqual(30);
    }
    expect((await get("metric=success_rate&group=connector&by=hour")).data).toMatchObject([
      { group: "sandbox", total: { rate: expect.any(Number) } },
    ]);
    expect((await get("metric=decline_reasons")).data[0]).toMatchObject({
      reason: expect.any(String),
      total: { count: expect.any(Number) },
    });
    expect((await get("metric=latency&group=method")).data[0].total.p95_ms).toBeGreaterThan(0);
    expect((await get("metric=webhooks")).data).toMatchObject([{ total: { rate: 1 } }]);
    const csv = await fetch(`${stage.url}/v1/analytics.csv?metric=volume&group=method`, {
      headers: { "x-api-key": shop.keys.key, "x-api-secret": shop.keys.secret },
    });
    const lines = (await csv.text()).trimEnd().split("\r\n");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(lines[0]).toBe("metric,at,currency,method,reason,count,amount,refunded,succeeded,failed,canceled,rate,p50_ms,p95_ms");
    expect(lines.length).toBeGreaterThan(30);
  });

  it("say that they were cut, as JSON and as CSV", async () => {
    const port = stage.parts.deps.analytics! as { read: Analytics["read"] };
    const { read } = port;
    const database = openDatabase({ databaseUrl: stage.databaseUrl, log: silent, size: 1, connectWaitMs: 15_000, hot: false });
    const csv = async (): Promise<string> =>
      (await fetch(`${stage.url}/v1/analytics.csv`, { headers: { "x-api-key": shop.keys.key, "x-api-secret": shop.keys.secret } })).text();
    expect([(await shop.get("/v1/analytics")).json.rows_are_capped, (await csv()).includes("Cut after")]).toEqual([false, false]);
    port.read = analyticsOf(database, 1, 1).read;
    expect((await shop.get("/v1/analytics")).json.rows_are_capped).toBe(true);
    expect(await csv()).toMatch(/\r\nCut after 200000 sums: [^\r]*\r\n$/);
    port.read = read;
    await database.close();
  });

  it("of today are in the overview, equal to rows, and what a key may not see of it is null", async () => {
    // All that was made is of one day there: not within an hour of Kolkata's midnight, which is at half past six in the evening.
    const zone = Math.abs((Date.now() % 86_400_000) - 66_600_000) > 3_600_000 ? "Asia/Kolkata" : "America/St_Johns";
    const { status, json } = await shop.get(`/v1/overview?time_zone=${zone}`);
    expect([status, json]).toMatchObject([200, { object: "overview", time_zone: zone, unknown_attempts: 0, counts_are_capped: false }]);
    const today = `created_at >= '${json.from}' and created_at < '${json.to}'`;
    const sums = await rows(
      `select currency, sum(amount_captured)::int as captured, sum(amount_refunded)::int as refunded from ${ofShop("payments")} and ${today}
       and amount_captured > 0 group by 1`,
    );
    const byCurrency = (list: Json[]) => list.map(({ currency, captured, refunded }) => `${currency} ${captured} ${refunded}`).sort();
    expect(byCurrency(json.volume)).toEqual(byCurrency(sums));
    expect(json.webhooks).toMatchObject({ endpoints: 1, endpoints_left_alone: 0, failed: 0, retrying: 0 });
    expect(json.queues).toMatchObject({ due: expect.any(Number), dead_letters: 0 });
    const { json: key } = await shop.post("/v1/keys", { name: "Reads", scopes: ["payments.read"] });
    const response = await fetch(`${stage.url}/v1/overview`, { headers: { "x-api-key": key.key, "x-api-secret": key.secret } });
    expect(await response.json()).toMatchObject({ time_zone: "UTC", open_cases: null, webhooks: null, queues: null, unknown_attempts: 0 });
  });

  it("begin their days where the merchant has set, unless a request says otherwise; the change is an admin action", async () => {
    const put = (zone: string) => shop.put("/v1/settings", { time_zone: zone });
    expect((await shop.get("/v1/settings")).json).toEqual({ object: "settings", time_zone: "UTC", refund_limits: {} });
    expect((await put("Asia/Kathmandu")).json).toMatchObject({ object: "settings", time_zone: "Asia/Kathmandu" });
    const { json: today } = await shop.get("/v1/overview");
    expect([today.time_zone, today.from]).toEqual(["Asia/Kathmandu", expect.stringMatching(/T18:15:00.000Z$/)]);
    expect((await shop.get("/v1/analytics?metric=volume")).json.time_zone).toBe("Asia/Kathmandu");
    expect((await shop.get("/v1/analytics?metric=volume&time_zone=UTC")).json.time_zone).toBe("UTC");
    const csv = await fetch(`${stage.url}/v1/payments.csv`, { headers: { "x-api-key": shop.keys.key, "x-api-secret": shop.keys.secret } });
    expect((await csv.text()).split(",")[1]).toBe("created_at (Asia/Kathmandu)");
    const actions = await rows(
      `select actor_kind, action, before, after from admin_actions where subject = '${merchantId}' and action = 'merchant.updated'`,
    );
    expect(actions).toEqual([
      { actor_kind: "key", action: "merchant.updated", before: { time_zone: "UTC" }, after: { time_zone: "Asia/Kathmandu" } },
    ]);
    // JavaScript takes the distance; PostgreSQL reads it the other way round.
    for (const zone of ["Mars/Olympus", "4111111111111111", "+05:30", "IST-5:30"]) {
      const refused = [await put(zone), await shop.get(`/v1/overview?time_zone=${encodeURIComponent(zone)}`)];
      for (const { status, json } of refused) {
        expect([status, json.error.code, json.error.param], zone).toEqual([422, "unknown_time_zone", "time_zone"]);
        expect(JSON.stringify(json)).not.toContain(zone);
      }
    }
    expect((await shop.get("/v1/settings")).json.time_zone).toBe("Asia/Kathmandu");
  });

  it.each([
    ["metric=volume&from=2026-02-30T00:00:00Z", "from"],
    ["metric=volume&from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z", "to"],
    ["metric=volume&by=hour&from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z", "from"],
    ["metric=profit", "metric"],
  ])("are refused for %s, with the name of the field", async (query, param) => {
    const { status, json } = await shop.get(`/v1/analytics?${query}`);
    expect([status, json.error.param]).toEqual([400, param]);
  });
});
