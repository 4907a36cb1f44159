/** A list reads its page, however many rows lie around it and however few match, whether anybody analyzed the tables or not. */
import { describe, expect, it, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers, sampledServers, freshDatabase } from "../../../../test/support/databases.ts";
import type { Listed, Reads } from "../../core/ports/reads.ts";
import { newScope } from "../conformance/rows.testing.ts";
import { known } from "../conformance/storage.testing.ts";
import { countedDatabase, fill, migrated } from "./pages.testing.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { withFailures, type Database } from "./connect.ts";
import { readsOf } from "./reads.ts";

/** With `LIST_ROWS=2000000` it takes minutes, and says how long the slowest page took (`npm run proof:full`). */
const ROWS = Number(process.env.LIST_ROWS ?? 20_000);
const STATES = process.env.LIST_ROWS === undefined ? ["never analyzed", "analyzed while empty", "analyzed"] : ["analyzed"];
const FILL_MS = 120_000 + ROWS;
/** What a page may take at two million rows. It takes about 1; reading a table takes more than 100 even at 20,000. */
const PAGE_MS_MAX = 100;
/** A page of 20 rows, each with its index entries; reading the table is some thousand. */
const PAGES_MAX = 300;

/** A few of each kind among many. The third is processing, the second has its charge job, and the first delivery is owed. */
const rare = {
  payment: "coalesce((array['created', 'pending', 'processing', 'requires_action', 'authorized', 'failed', 'canceled'])[n], 'succeeded')",
  order: "case when n = 7 then 'order 7' end",
  attempt: "case when n = 3 then 'unknown' else 'succeeded' end",
  type: "case when n = 9 then 'refund.failed' else 'payment.succeeded' end",
  endpoint: "case when n = 8 then 'whe_rare' else 'whe_1' end",
  delivery: "coalesce((array['pending', 'canceled', 'failed'])[n], 'succeeded')",
  case: "case when n <= 3 then 'open' else 'resolved' end",
  queue: "case when n = 1 then 'webhook-queue' else 'payment-queue' end",
  kind: "case when n = 1 then 'webhook' when n = 2 then 'charge' else 'expire' end",
  subject: "case when n = 1 then 'dlv_' || lpad('1', 26, '0') else 'pay_' || lpad(n::text, 26, '0') end",
  lane: "case when n <= 10 then m else 'another' end",
};

type Scope = Parameters<Reads["payments"]>[0];
const older = { endingBefore: `pay_${"15".padStart(26, "0")}` };
const cursor = { startingAfter: `pay_${"15".padStart(26, "0")}` };
const lists: readonly (readonly [string, (reads: Reads, scope: Scope) => Promise<Listed<{ readonly id: string }>>, number])[] = [
  ...(["created", "pending", "processing", "requires_action", "authorized", "failed", "canceled"] as const).map(
    (status) =>
      [`payments that are ${status} (R16)`, (reads: Reads, scope: Scope) => reads.payments(scope, { limit: 20, status }), 1] as const,
  ),
  ["payments", (reads, scope) => reads.payments(scope, { limit: 20 }), 20],
  ["payments after another", (reads, scope) => reads.payments(scope, { limit: 20, ...cursor }), 14],
  ["payments that succeeded", (reads, scope) => reads.payments(scope, { limit: 20, status: "succeeded" }), 20],
  ["failed payments after another", (reads, scope) => reads.payments(scope, { limit: 20, status: "failed", ...cursor }), 1],
  ["payments of an order", (reads, scope) => reads.payments(scope, { limit: 20, orderId: "order 7" }), 1],
  ["payments before another", (reads, scope) => reads.payments(scope, { limit: 20, ...older }), 20],
  ["payments that succeeded, before another", (reads, scope) => reads.payments(scope, { limit: 20, status: "succeeded", ...older }), 20],
  ["failed payments before another", (reads, scope) => reads.payments(scope, { limit: 20, status: "failed", ...older }), 0],
  [
    "payments of a time",
    (reads, scope) =>
      reads.payments(scope, { limit: 20, idFrom: `pay_${"5".padStart(26, "0")}`, idBefore: `pay_${"9".padStart(26, "0")}` }),
    4,
  ],
  ["events", (reads, scope) => reads.events(scope, { limit: 20 }), 20],
  ["events before another", (reads, scope) => reads.events(scope, { limit: 20, endingBefore: `evt_${"15".padStart(26, "0")}` }), 20],
  ["events of a rare type", (reads, scope) => reads.events(scope, { limit: 20, types: ["refund.failed", "payment.canceled"] }), 0],
  ["events of a payment", (reads, scope) => reads.events(scope, { limit: 20, paymentId: `pay_${"7".padStart(26, "0")}` }), 1],
  ["refunds", (reads, scope) => reads.refunds(scope, { limit: 20 }), 20],
  ["refunds of a payment", (reads, scope) => reads.refunds(scope, { limit: 20, paymentId: `pay_${"7".padStart(26, "0")}` }), 1],
  ["refunds that failed", (reads, scope) => reads.refunds(scope, { limit: 20, status: "failed" }), 0],
  ["deliveries of a payment (R15)", (reads, scope) => reads.deliveries(scope, { limit: 20, paymentId: `pay_${"7".padStart(26, "0")}` }), 1],
  ...(["pending", "canceled", "failed"] as const).map(
    (status) =>
      [`deliveries that are ${status}`, (reads: Reads, scope: Scope) => reads.deliveries(scope, { limit: 20, status }), 1] as const,
  ),
  ["deliveries of a rare type", (reads, scope) => reads.deliveries(scope, { limit: 20, eventType: "refund.failed" }), 1],
  ["deliveries of the usual type", (reads, scope) => reads.deliveries(scope, { limit: 20, eventType: "payment.succeeded" }), 20],
  ["deliveries to a rare endpoint", (reads, scope) => reads.deliveries(scope, { limit: 20, endpointId: "whe_rare" }), 1],
  ["deliveries to the usual endpoint", (reads, scope) => reads.deliveries(scope, { limit: 20, endpointId: "whe_1" }), 20],
  [
    "failed deliveries to the usual endpoint",
    (reads, scope) => reads.deliveries(scope, { limit: 20, endpointId: "whe_1", status: "failed" }),
    1,
  ],
  [
    "failed deliveries of the usual type",
    (reads, scope) => reads.deliveries(scope, { limit: 20, eventType: "payment.succeeded", status: "failed" }),
    1,
  ],
  ["deliveries that succeeded", (reads, scope) => reads.deliveries(scope, { limit: 20, status: "succeeded" }), 20],
  ["open cases", (reads, scope) => reads.cases(scope, { limit: 20, status: "open" }), 3],
  ["dead letters of a queue", (reads, scope) => reads.cases(scope, { limit: 20, status: "open", jobQueue: "payment-queue" }), 3],
  ["dead letters of a kind", (reads, scope) => reads.cases(scope, { limit: 20, status: "open", jobKind: "ask" }), 0],
  ["dead letters to an endpoint", (reads, scope) => reads.cases(scope, { limit: 20, status: "open", endpointIds: ["whe_1"] }), 0],
  ["dead letters that hold a text", (reads, scope) => reads.cases(scope, { limit: 20, status: "open", text: "S" }), 3],
  [
    "dead letters by kind",
    async (reads, scope) => {
      const found = await reads.letterCounts(scope, { kinds: ["dead_job"], cases: { text: "s" }, deliveries: { text: "no such" } });
      return { rows: Array.from({ length: found.deliveries }), hasMore: false } as never;
    },
    0,
  ],
  ["failed deliveries that hold a text", (reads, scope) => reads.deliveries(scope, { limit: 20, status: "failed", text: "no such" }), 0],
  [
    "failed e-mails to endpoints",
    (reads, scope) => reads.deliveries(scope, { limit: 20, status: "failed", channel: "email", endpointIds: ["whe_1"] }),
    0,
  ],
];

it("names each statement by a name of its own, whichever filters come together", async () => {
  const texts = new Map<string, Set<string>>();
  const query: Database["query"] = async ({ name, text }) => {
    texts.set(name, (texts.get(name) ?? new Set()).add(text));
    return /_(settled|cursor)$/.test(name) ? [{ settled: "1", committed: "1" }] : [];
  };
  const database: Database = { query, warm: async () => undefined, close: async () => undefined };
  const reads = readsOf(database, database);
  const scope = newScope();
  const id = (prefix: string) => `${prefix}_${"1".padStart(26, "0")}`;
  const pages = (prefix: string) =>
    [{}, { startingAfter: id(prefix) }, { endingBefore: id(prefix) }].flatMap((mark) =>
      [{}, { idFrom: "a" }, { idBefore: "z" }, { idFrom: "a", idBefore: "z" }].map((bounds) => ({ limit: 20, ...mark, ...bounds })),
    );
  const some = <Value>(...values: Value[]) => [undefined, ...values];
  for (const page of pages("dlv"))
    for (const status of some("pending", "succeeded", "failed", "canceled"))
      for (const eventType of some("payment.succeeded", "payment.failed"))
        for (const endpointId of some("whe_1"))
          for (const paymentId of some(id("pay")))
            await reads.deliveries(scope, { ...page, status, eventType, endpointId, paymentId } as Parameters<Reads["deliveries"]>[1]);
  for (const page of pages("pay"))
    for (const status of some("pending", "succeeded", "failed"))
      for (const orderId of some("o")) await reads.payments(scope, { ...page, status, orderId } as Parameters<Reads["payments"]>[1]);
  for (const page of pages("evt"))
    for (const types of some(["refund.failed"], ["payment.succeeded"]))
      for (const paymentId of some(id("pay"))) await reads.events(scope, { ...page, types, paymentId } as Parameters<Reads["events"]>[1]);
  for (const page of pages("rfnd"))
    for (const status of some("failed"))
      for (const paymentId of some(id("pay")))
        await reads.refunds(scope, { ...page, status, paymentId } as Parameters<Reads["refunds"]>[1]);
  for (const page of pages("case"))
    for (const status of some("open"))
      for (const kind of some("overdue"))
        for (const paymentId of some(id("pay")))
          await reads.cases(scope, { ...page, status, kind, paymentId } as Parameters<Reads["cases"]>[1]);
  expect(texts.size).toBeGreaterThan(200);
  expect([...texts].filter(([, all]) => all.size > 1).map(([name]) => name)).toEqual([]);
});

it("takes two statements of one name for a fault of ours, and for no lost connection", async () => {
  const database = await freshDatabase(databaseServers()[0]!.url);
  const counted = countedDatabase(database.url, { hot: false });
  const { query } = withFailures(counted);
  try {
    await query({ name: "one", text: "select 1 as n" }, []);
    await expect(query({ name: "one", text: "select 2 as n" }, [])).rejects.not.toBeInstanceOf(StoreUnavailable);
    expect(await query({ name: "one", text: "select 1 as n" }, [])).toEqual([{ n: 1 }]);
  } finally {
    await counted.close();
    await database.drop();
  }
});

for (const server of sampledServers()) {
  describe(`lists over ${ROWS} rows: ${server.name}`, () => {
    test.each(STATES)("read their page: %s", { timeout: FILL_MS }, async (analyzed) => {
      const scope = newScope();
      const database = await migrated(server.url);
      const counted = countedDatabase(database.url, { hot: false });
      try {
        await connect(database.url, async (client) => {
          if (analyzed === "analyzed while empty") await client.query("vacuum analyze");
          await fill(database.url, scope, ROWS, rare);
          if (analyzed === "analyzed") await client.query("vacuum analyze");
        });
        const reads = readsOf(counted, counted);
        const slowest = { name: "", ms: 0 };
        for (const [name, list, found] of lists) {
          let quickestMs = Infinity;
          for (let n = 0; n < 7; n++) {
            counted.seen.length = 0;
            expect(known<unknown>(await list(reads, scope)).rows, name).toHaveLength(found);
            const pages = counted.seen.reduce((sum, one) => sum + one.pages, 0);
            expect(pages, name).toBeLessThan(PAGES_MAX);
            quickestMs = Math.min(
              quickestMs,
              counted.seen.reduce((sum, one) => sum + one.ms, 0),
            );
          }
          expect(quickestMs, name).toBeLessThan(PAGE_MS_MAX);
          if (quickestMs > slowest.ms) Object.assign(slowest, { name, ms: quickestMs });
        }
        if (process.env.LIST_ROWS) process.stdout.write(`${ROWS} rows: slowest page ${slowest.ms.toFixed(1)} ms (${slowest.name})\n`);
      } finally {
        await counted.close();
        await database.drop();
      }
    });
  });
}
