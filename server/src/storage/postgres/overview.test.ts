import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { sumsOf } from "../../core/overview.ts";
import { case_, creation, id, newScope } from "../conformance/rows.testing.ts";

type What = "captured" | "authorized" | "failed" | "canceled" | "refunded" | "refund_failed" | "unknown";
/** When it happened, what, and how much. A refund is of a payment that was charged a week before. */
type Row = readonly [at: string, what: What, currency: string, amount: number];

const table: readonly { about: string; zone: string; now: string; day: readonly [string, string]; rows: readonly Row[]; sums: object }[] = [
  {
    about: "two currencies are never added, and the one with the most charges stands first",
    zone: "UTC",
    now: "2026-06-01T12:00:00Z",
    day: ["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"],
    rows: [
      ["2026-06-01T01:00:00Z", "captured", "EUR", 900_000],
      ["2026-06-01T01:00:00Z", "captured", "INR", 100],
      ["2026-06-01T11:59:59Z", "captured", "INR", 250],
      ["2026-06-01T11:59:59Z", "authorized", "INR", 1_000],
      ["2026-06-01T11:59:59Z", "failed", "INR", 1_000],
      ["2026-06-01T11:59:59Z", "canceled", "EUR", 1_000],
    ],
    sums: {
      volume: [
        { currency: "INR", count: 2, captured: 350, refunded: 0, net: 350 },
        { currency: "EUR", count: 1, captured: 900_000, refunded: 0, net: 900_000 },
      ],
      payments: { succeeded: 3, authorized: 1, failed: 1, canceled: 1, success_rate: 0.8 },
    },
  },
  {
    about: "a late refund lessens the day on which it was given, and not the one of its charge; one that failed lessens nothing",
    zone: "UTC",
    now: "2026-06-01T12:00:00Z",
    day: ["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"],
    rows: [
      ["2026-05-31T23:59:59.999Z", "captured", "EUR", 1_000],
      ["2026-05-31T23:59:59.999Z", "refunded", "EUR", 1],
      ["2026-06-01T00:00:00Z", "captured", "EUR", 200],
      ["2026-06-01T02:00:00Z", "refunded", "EUR", 300],
      ["2026-06-01T02:00:00Z", "refund_failed", "EUR", 50],
      ["2026-06-01T03:00:00Z", "refunded", "JPY", 7],
    ],
    sums: {
      volume: [
        { currency: "EUR", count: 1, captured: 200, refunded: 300, net: -100 },
        { currency: "JPY", count: 0, captured: 0, refunded: 7, net: -7 },
      ],
      payments: { succeeded: 1, authorized: 0, failed: 0, canceled: 0, success_rate: 1 },
    },
  },
  {
    about: "a day of 25 hours begins and ends at the local midnight",
    zone: "Europe/Berlin",
    now: "2026-10-25T20:00:00Z",
    day: ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
    rows: [
      ["2026-10-24T21:59:59.999Z", "captured", "EUR", 1],
      ["2026-10-24T22:00:00Z", "captured", "EUR", 20],
      ["2026-10-25T22:59:59.999Z", "captured", "EUR", 300],
      ["2026-10-25T23:00:00Z", "captured", "EUR", 4_000],
    ],
    sums: { volume: [{ currency: "EUR", count: 2, captured: 320, refunded: 0, net: 320 }], payments: { succeeded: 2 } },
  },
  {
    about: "a day of 23 hours too",
    zone: "Europe/Berlin",
    now: "2026-03-28T23:00:00Z",
    day: ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
    rows: [
      ["2026-03-28T22:59:59.999Z", "captured", "EUR", 1],
      ["2026-03-28T23:00:00Z", "captured", "EUR", 20],
      ["2026-03-29T21:59:59.999Z", "captured", "EUR", 300],
      ["2026-03-29T22:00:00Z", "captured", "EUR", 4_000],
    ],
    sums: { volume: [{ currency: "EUR", count: 2, captured: 320, refunded: 0, net: 320 }], payments: { succeeded: 2 } },
  },
  {
    about: "a day whose clocks go back over its midnight begins at the first one",
    zone: "America/Havana",
    now: "2026-11-01T20:00:00Z",
    day: ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
    rows: [
      ["2026-11-01T03:59:59.999Z", "captured", "USD", 1],
      ["2026-11-01T04:00:00Z", "captured", "USD", 20],
      ["2026-11-01T05:00:00Z", "captured", "USD", 300],
      ["2026-11-02T05:00:00Z", "captured", "USD", 4_000],
    ],
    sums: { volume: [{ currency: "USD", count: 2, captured: 320, refunded: 0, net: 320 }], payments: { succeeded: 2 } },
  },
  {
    about: "a zone three quarters of an hour off cuts at its own midnight",
    zone: "Asia/Kathmandu",
    now: "2026-06-01T18:14:59Z",
    day: ["2026-05-31T18:15:00Z", "2026-06-01T18:15:00Z"],
    rows: [
      ["2026-05-31T18:14:59.999Z", "captured", "INR", 1],
      ["2026-05-31T18:15:00Z", "captured", "INR", 20],
      ["2026-06-01T18:14:59.999Z", "failed", "INR", 300],
    ],
    sums: {
      volume: [{ currency: "INR", count: 1, captured: 20, refunded: 0, net: 20 }],
      payments: { succeeded: 1, failed: 1, success_rate: 0.5 },
    },
  },
];

describe.each(databaseServers())("today on $name", ({ url }) => {
  let storage: TestStorage;
  beforeAll(async () => {
    storage = await postgresStorage(url);
  });
  afterAll(() => storage.close());
  const sql = (text: string, values: unknown[] = []) =>
    connect(storage.databaseUrl, async (client) => (await client.query(text, values)).rows);

  type Scope = ReturnType<typeof newScope>;
  async function merchant(): Promise<Scope> {
    const scope = newScope();
    await sql("insert into merchants (id, name, email, created_at) values ($1, 'Shop', $1 || '@shop.example', now())", [scope.merchantId]);
    return scope;
  }

  async function write(scope: Scope, [at, what, currency, amount]: Row): Promise<void> {
    const { payment } = creation(scope, { payment: { amount, currency } });
    await storage.store.create(creation(scope, { payment }));
    const attempt = id("att");
    const isRefund = what === "refunded" || what === "refund_failed";
    const status = {
      captured: "succeeded",
      authorized: "authorized",
      failed: "declined",
      canceled: "canceled",
      refunded: "succeeded",
      refund_failed: "declined",
      unknown: "unknown",
    }[what];
    await sql(
      `insert into attempts (merchant_id, mode, id, payment_id, subject, operation, n, connector, account_id, gateway_key, status, amount, currency, routing, sends,
         questions, not_found, stored_error, created_at, closed_at)
       values ($1, $2, $3, $4, $4, $5, 1, 'sandbox', 'acc_1', $3, $6, $7, $8, '{}', 1, 0, 0, false, $9, $9)`,
      [scope.merchantId, scope.mode, attempt, payment.id, isRefund ? "refund" : "charge", status, amount, currency, at],
    );
    const type = {
      captured: "payment.succeeded",
      authorized: "payment.authorized",
      failed: "payment.failed",
      canceled: "payment.canceled",
      refunded: "refund.succeeded",
      refund_failed: "refund.failed",
      unknown: "payment.pending",
    }[what];
    await sql(
      `insert into events (merchant_id, mode, id, payment_id, sequence, type, closes, body, created_at) values ($1, $2, $3, $4, 2, $5, $6, '{}', $7)`,
      [scope.merchantId, scope.mode, id("evt"), payment.id, type, isRefund ? attempt : what === "unknown" ? null : "charge", at],
    );
  }

  async function rollUp(scope: Scope): Promise<void> {
    const { analytics } = storage.upkeep;
    // Nothing is due since 1970: merchants that are new get their marks.
    await analytics.turns(Date.now(), 0, 100);
    while (await analytics.rollUp(scope, Date.now()));
  }

  it.each(table)("$about", async ({ zone, now, day, rows, sums }) => {
    const scope = await merchant();
    const check = async (how: string): Promise<void> => {
      const today = await storage.upkeep.analytics.today(scope, Date.parse(now), zone);
      expect([today.from, today.to], how).toEqual(day.map((at) => Date.parse(at)));
      expect(sumsOf(today.rows), how).toMatchObject(sums);
      expect(today.isBehind).toBe(false);
    };
    const half = Math.ceil(rows.length / 2);
    for (const row of rows.slice(0, half)) await write(scope, row);
    await rollUp(scope);
    for (const row of rows.slice(half)) await write(scope, row);
    await check("half of it in the rollup, half of it in rows");
    const [mark] = await sql("select event_id from analytics_marks where merchant_id = $1 and mode = $2", [scope.merchantId, scope.mode]);
    expect(mark.event_id).not.toBe("");
    await rollUp(scope);
    await check("all of it in the rollup");
    await sql("delete from analytics where merchant_id = $1", [scope.merchantId]);
    await sql("delete from analytics_marks where merchant_id = $1", [scope.merchantId]);
    await check("all of it in rows");
  });

  it("webhooks count where they were owed, those that wait whenever that was, and e-mails not at all", async () => {
    const scope = await merchant();
    const { payment, event } = await (async () => {
      const made = creation(scope);
      await storage.store.create(made);
      return made;
    })();
    const owe = (endpoint: string, given: { status: string; at: string; tries?: number; code?: number; channel?: string }) =>
      sql(
        `insert into deliveries (merchant_id, mode, id, channel, event_id, payment_id, endpoint_id, status, tries, schedule_start, last_status_code, created_at, event_type)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, 'payment.created')`,
        [
          scope.merchantId,
          scope.mode,
          id("dlv"),
          given.channel ?? "webhook",
          event.id,
          payment.id,
          endpoint,
          given.status,
          given.tries ?? 0,
          given.code ?? null,
          given.at,
        ],
      );
    const [yesterday, today] = ["2026-05-31T12:00:00Z", "2026-06-01T11:00:00Z"];
    await owe("whe_1", { status: "succeeded", at: yesterday });
    await owe("whe_2", { status: "succeeded", at: today });
    await owe("whe_3", { status: "pending", at: yesterday, tries: 2, code: 503 });
    await owe("whe_4", { status: "pending", at: today });
    await owe("whe_5", { status: "failed", at: today, channel: "email" });
    const read = async () => (await storage.upkeep.analytics.today(scope, Date.parse("2026-06-01T12:00:00Z"), "UTC")).webhooks;
    expect(await read()).toEqual({ succeeded: 1, failed: 0, pending: 2, retrying: 1 });
    await rollUp(scope);
    await owe("whe_6", { status: "failed", at: today });
    expect(await read()).toEqual({ succeeded: 1, failed: 1, pending: 2, retrying: 1 });
    // It ends, and the rollup has not looked at it again.
    await sql("update deliveries set status = 'succeeded' where endpoint_id = 'whe_4' and merchant_id = $1", [scope.merchantId]);
    expect(await read()).toEqual({ succeeded: 2, failed: 1, pending: 1, retrying: 1 });
    await rollUp(scope);
    expect(await read()).toEqual({ succeeded: 2, failed: 1, pending: 1, retrying: 1 });
  });

  it("unknown attempts and open cases are those of this merchant and mode", async () => {
    const [scope, other] = [await merchant(), await merchant()];
    for (const [each, cases] of [
      [scope, 2],
      [other, 1],
    ] as const) {
      await write(each, ["2026-06-01T01:00:00Z", "captured", "EUR", 1]);
      for (let n = 0; n < cases; n++) await storage.store.commit({ ...each, cases: { open: [case_(each, { subject: id("pay") })] } });
    }
    await write(scope, ["2026-06-01T01:00:00Z", "unknown", "EUR", 1]);
    const read = async (each: Scope) => storage.upkeep.analytics.today(each, Date.now(), "UTC");
    expect(await read(scope)).toMatchObject({ unknownAttempts: 1, openCases: 2 });
    expect(await read(other)).toMatchObject({ unknownAttempts: 0, openCases: 1 });
    expect(await read({ ...scope, mode: "live" })).toMatchObject({ unknownAttempts: 0, openCases: 0 });
  });
});
