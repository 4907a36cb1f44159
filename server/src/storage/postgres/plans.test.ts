/**
 * Each hot connection keeps the plan that it made first. It may have made it while the tables were empty, vacuumed and analyzed: after
 * a quiet night, or in a fresh database. These tests plan first, then fill the tables, then count the pages that each statement touches.
 */
import pg from "pg";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import {
  attempt,
  case_,
  creation,
  delivery,
  event,
  exchange,
  id,
  inboxRow,
  job,
  moving,
  newScope,
  refund,
  T0,
  tryRow,
} from "../conformance/rows.testing.ts";
import { sealWith } from "../seal.ts";
import { openDatabase, PLANS_LIVE_CHARS, PLANS_LIVE_MS, type Statement } from "./connect.ts";
import { countedDatabase, fill, migrated, type Pages } from "./pages.testing.ts";
import { storeOf } from "./store.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** As many rows of each table; a plan that reads a table as a whole touches thousands of pages. */
const ROWS = 10_000;
/** Pages that one payment's statement may touch, however it is planned: a few for each row and index. */
const PAGES_MAX = 150;
/**
 * The first run plans, and for that PostgreSQL looks for the ends of an index, through what is dead there: at most at so many pages
 * (VISITED_PAGES_LIMIT in selfuncs.c). How many depends on who has cleaned up meanwhile.
 */
const PLANNING_PAGES_MAX = 100;
/** The sixth execution is the one at which PostgreSQL may turn to a generic plan. */
const RUNS = 7;
/** A claim of 100 jobs writes each of them, and three index entries. */
const CLAIM_PAGES_MAX = 2_000;
/** From lane to lane, past what claims have left dead in them. */
const WALKS = ["claim", "relay"];

for (const server of sampledServers()) {
  describe(`plans that were made on empty tables: ${server.name}`, () => {
    afterEach(() => void vi.restoreAllMocks());

    test(
      `once they are ${PLANS_LIVE_MS.atMost} ms old they are dropped: each statement, run seven times, touches its own rows of ${ROWS} (U11, F3)`,
      { timeout: 120_000 },
      async () => {
        const { seen, most } = await plannedThenFilled(server.url, async ([alone, inArrays], scope) => {
          const later = performance.now() + PLANS_LIVE_MS.atMost;
          vi.spyOn(performance, "now").mockReturnValue(later);
          for (let n = 0; n < RUNS; n++) await useAll(alone, scope);
          for (let n = 0; n < RUNS; n++) await useAll({ ...inArrays, claim: noClaim, relay: noClaim }, scope);
        });
        for (const walk of WALKS) expect(most(walk)).toBeLessThan(CLAIM_PAGES_MAX);
        const names = [...new Set(seen.map((one) => one.statement.name))];
        expect(names.filter((name) => seen.filter((one) => one.statement.name === name).length < RUNS)).toEqual([]);
        const tooMany = names.flatMap((name) => {
          const pages = seen.filter((one) => one.statement.name === name).map((one) => one.pages);
          const isOver = pages.some((each, run) => each > (run === 0 ? PAGES_MAX + PLANNING_PAGES_MAX : PAGES_MAX));
          return !WALKS.includes(name) && isOver ? [[name, pages]] : [];
        });
        expect(tooMany).toEqual([]);
      },
    );

    test.each([
      ["4.9 s old, and much was written", 4_900, PLANS_LIVE_CHARS, 0],
      ["5 s old, and much was written", 5_000, PLANS_LIVE_CHARS, 1],
      ["29.9 s old, and less was written", 29_900, PLANS_LIVE_CHARS - 100, 0],
      ["30 s old", 30_000, 0, 1],
    ])("plans that are %s", async (_, ageMs, chars, drops) => {
      const database = openDatabase({ databaseUrl: server.url, hot: true, size: 1, log: silent });
      const query = vi.spyOn(pg.Client.prototype, "query");
      const clock = vi.spyOn(performance, "now").mockReturnValue(1_000);
      try {
        await database.query({ name: "", text: "select $1::text" }, ["x"]);
        clock.mockReturnValue(1_000 + ageMs);
        await database.query({ name: "", text: "select length($1::text)" }, ["x".repeat(chars)]);
        expect(query.mock.calls.filter(([text]) => (text as unknown) === "discard plans")).toHaveLength(drops);
      } finally {
        await database.close();
      }
    });

    test("jobs that were counted while next to none was there are looked up all the same", { timeout: 120_000 }, async () => {
      const scope = newScope();
      const database = await migrated(server.url);
      const counted = countedDatabase(database.url);
      try {
        await fill(database.url, scope, ROWS);
        // As an autovacuum finds it in a quiet second; the next one comes a minute of full load later.
        const again = "create table again as table jobs; delete from jobs; analyze; insert into jobs select * from again";
        await connect(database.url, (client) => client.query(again));
        const stores = [storeOf(counted, seal), storeOf(counted, seal, { inArrays: true })];
        // The first one plans, and passes what is dead in the indexes, which is then marked.
        for (const store of stores) await useAll(store, scope);
        counted.seen.length = 0;
        for (const store of stores) await useAll(store, scope);
        const names = [...new Set(counted.seen.map(({ statement }) => statement.name))].filter((name) => !WALKS.includes(name));
        expect(names.filter((name) => counted.most(name) > PAGES_MAX)).toEqual([]);
      } finally {
        await counted.close();
        await database.drop();
      }
    });

    test("a claim reads no more than its own jobs even before that", { timeout: 120_000 }, async () => {
      const { most } = await plannedThenFilled(server.url, async ([store]) => {
        vi.spyOn(performance, "now").mockReturnValue(performance.now());
        for (let n = 0; n < RUNS; n++) await claimSome(store);
      });
      expect(most("claim")).toBeLessThan(CLAIM_PAGES_MAX);
    });
  });
}

/** Uses a store whose only connection planned each statement while its tables were empty, vacuumed and analyzed. */
async function plannedThenFilled(serverUrl: string, use: (stores: readonly [Store, Store], scope: Scope) => Promise<void>): Promise<Pages> {
  const scope = newScope();
  const statements = await statementsOf(serverUrl, scope);
  const database = await migrated(serverUrl);
  const counted = countedDatabase(database.url);
  try {
    await connect(database.url, (client) => client.query("vacuum analyze"));
    for (const { statement, values } of statements) for (let n = 0; n < RUNS; n++) await counted.query(statement, values);
    await fill(database.url, scope, ROWS);
    counted.seen.length = 0;
    await use([storeOf(counted, seal), storeOf(counted, seal, { inArrays: true })], scope);
    return counted;
  } finally {
    await counted.close();
    await database.drop();
  }
}

const seal = sealWith(new Uint8Array(32).fill(7));

/** Every statement of `useAll`, with parameters that find and write nothing. */
async function statementsOf(serverUrl: string, scope: Scope): Promise<{ statement: Statement; values: readonly unknown[] }[]> {
  const database = await migrated(serverUrl);
  const counted = countedDatabase(database.url);
  try {
    for (const inArrays of [false, true]) await useAll(storeOf(counted, seal, { inArrays }), scope);
    const byName = new Map(counted.seen.map((one) => [one.statement.name, one]));
    return [...byName.values()].map(({ statement, values }) => ({
      statement,
      values: isBatched(statement) ? values.map((value) => emptied(statement, value)) : values,
    }));
  } finally {
    await counted.close();
    await database.drop();
  }
}

function isBatched({ name }: Statement): boolean {
  return /^(create|create_one|load|delivery|find_event|commit_.*)$/.test(name);
}

/** No row: without arrays one that has no place in its batch. */
function emptied({ text }: Statement, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (!text.includes("unnest(")) return null;
  return value.startsWith("{") ? "{}" : "";
}

/** What the loop asks of the store, from the creation of a payment to its delivery, and what stands beside it. */
async function useAll(store: Store, scope: Scope): Promise<void> {
  const made = creation(scope, { key: id("key"), payment: { orderId: id("ord") } });
  const jobId = jobIdOf(made.payment.id);
  expect(await store.create(made)).toBe("applied");
  await store.create(creation(scope));
  await store.findIdempotent(scope, "merchant", made.idempotency!.key);
  const held = (await store.take(jobId, T0, T0 + 40_000, "t"))!;
  await store.load(scope, made.payment.id);
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
  const given = refund(payment);
  const settle = moving(
    payment,
    { status: "failed", sequence: 2 },
    {
      job: { id: jobId, token: held.leaseToken! },
      attempts: { update: [{ ...first, status: "declined", closedAt: T0, gatewayReference: "ref" }] },
      exchanges: [exchange(first)],
      events: [told],
      deliveries: { insert: [owed] },
      jobs: { insert: [job(scope, { subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: "own" })] },
    },
  );
  expect(await store.commit(settle)).toBe("applied");
  await store.findEvent(scope, payment.id, "charge");
  await store.findAttempt(first.accountId, { gatewayKey: first.gatewayKey, reference: null });
  await store.findAttempt(first.accountId, { gatewayKey: null, reference: "ref" });
  const now = (await store.load(scope, payment.id))!.payment;
  const opened = case_(scope, { subject: first.id, paymentId: payment.id });
  const rest = moving(
    now,
    { sequence: 3 },
    {
      refunds: { insert: [given] },
      cases: { open: [opened] },
      inbox: { insert: [inboxRow(scope)] },
      jobs: { insert: [job(scope, { subject: given.id })] },
      attempts: { update: [{ ...first, status: "declined", closedAt: T0, gatewayReference: "ref", lateStatus: "succeeded" }] },
      releaseOrder: made.payment.orderId!,
    },
  );
  expect(await store.commit(rest)).toBe("applied");
  const later = (await store.load(scope, payment.id))!.payment;
  const end = moving(
    later,
    {},
    {
      refunds: { update: [{ ...given, status: "processing" }] },
      cases: { resolve: [{ kind: opened.kind, subject: first.id, resolvedAt: T0 }] },
      jobs: { remove: [jobIdOf(given.id)], move: [{ id: jobIdOf(owed.id), runAt: T0, release: true }] },
      attempts: { insert: [attempt(later, { n: 2 })] },
    },
  );
  expect(await store.commit(end)).toBe("applied");
  // Delivery: claimed, loaded, answered.
  const deliveryJob = (await store.take(jobIdOf(owed.id), T0, T0 + 40_000, "d"))!;
  await store.delivery(scope, owed.id);
  const answered = {
    ...scope,
    delivery: { before: owed, after: { ...owed, status: "succeeded" as const, tries: 1, finishedAt: T0, nextTryAt: null } },
    job: { id: deliveryJob.id, token: "d" },
    deliveryTries: [tryRow(owed, 1)],
  };
  expect(await store.commit(answered)).toBe("applied");
  // And sent again.
  expect(await store.ended(scope, { status: "failed", endpointIds: ["whe_1"], limit: 10 })).toBeDefined();
  expect(await store.ended(scope, { status: "failed", channel: "webhook", text: "", limit: 10 })).toBeDefined();
  const before = answered.delivery.after;
  const again = { before, after: { ...before, status: "pending" as const, scheduleStart: 1, finishedAt: null } };
  const sent = job(scope, { id: jobIdOf(owed.id), subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: "own" });
  expect(await store.oweAgain({ ...scope, deliveries: [again], jobs: [sent] })).toBe("applied");
  // A job's own end and move, and arrivals.
  const [one, two] = [job(scope, { subject: id("pay"), deadlineAt: T0 }), job(scope, { subject: id("pay") })];
  await store.commit({ ...scope, jobs: { insert: [one, two] } });
  await store.overdue(T0, T0 + 1, 100);
  for (const each of [one, two]) await store.take(each.id, T0, T0 + 1, "o");
  expect(await store.commit({ ...scope, job: { id: one.id, token: "o" } })).toBe("applied");
  const move = { id: two.id, runAt: T0, release: true };
  expect(await store.commit({ ...scope, job: { id: two.id, token: "o" }, jobs: { move: [move] } })).toBe("applied");
  const arrived = inboxRow(scope);
  expect(await store.commit({ ...scope, inbox: { insert: [arrived] } })).toBe("applied");
  await store.inbox(scope, arrived.id);
  await store.commit({ ...scope, inbox: { update: [{ ...arrived, status: "applied" }] } });
  await claimSome(store);
  // Through an engine: leased to it, brought, or given back.
  const relayed = (await store.relay({ ...someJobs, limit: 2, perLane: 1 })).jobs.map((each) => each.id);
  if (relayed[0]) await store.takeBrought(relayed[0], T0, T0 + 1, "b");
  await store.giveBack(relayed.slice(1), T0);
  // Each job that is hurried is written with all its index entries, and the next run comes past what this one left dead: half as many as the bound has room for.
  const waiting = { kinds: ["charge"], beyond: T0 - 200_000, from: T0 - 150_000, gapMs: 20, limit: 5 } as const;
  await store.hurryJobs("lane 3", waiting);
  await store.heartbeat({ id: "one", role: "all", startedAt: T0, now: T0 });
}

/** 100 of the jobs that fill the table. */
async function claimSome(store: Store): Promise<void> {
  await store.claim({ ...someJobs, token: id("job") });
}

/** What one walk leaves dead the next ones pass: their bound is for as many as one store makes. */
const noClaim: Store["claim"] = async () => ({ jobs: [], cursor: "" });

const someJobs = {
  queue: "payment-queue",
  now: T0,
  leaseUntil: T0 + 1,
  limit: 100,
  perLane: 32,
  room: new Map<string, number>(),
  cursor: "",
} as const;
