// In a process of its own: which statements have a name is kept once for all connections, and counted here.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseServers } from "../../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../../test/support/storage.ts";
import type { Change } from "../../../core/change.ts";
import type { Payment } from "../../../core/model.ts";
import {
  attempt,
  case_,
  creation,
  delivery,
  event,
  exchange,
  id,
  idempotency,
  inboxRow,
  job,
  moving,
  newScope,
  refund,
  stored,
  tryRow,
} from "../../conformance/rows.testing.ts";
import { readable } from "../hot-statements.ts";
import { batchStatement, PREPARED_MAX } from "./commit.ts";

/** What a change may bring or not: each combination is another statement. */
const members: readonly ((of: Payment) => Partial<Change>)[] = [
  (of) => ({ refunds: { insert: [refund(of)] } }),
  (of) => ({ events: [event({ ...of, sequence: of.sequence + 1 })] }),
  (of) => ({ cases: { open: [case_(of, { subject: of.id })] } }),
  (of) => ({ inbox: { insert: [inboxRow(of)] } }),
  (of) => ({ jobs: { insert: [job(of, { subject: id("dlv") })] } }),
  (of) => ({ idempotency: idempotency(of) }),
  (of) => ({ takeOrder: `order ${of.id}` }),
  (of) => ({ releaseOrder: `order ${of.id}` }),
];
const combinations = 2 ** members.length;

function change(of: Payment, combination: number): Change {
  const chosen = members.filter((_, bit) => combination & (1 << bit)).map((member) => member(of));
  return moving(of, { sequence: of.sequence + 1 }, Object.assign({}, ...chosen) as Partial<Change>);
}

for (const server of databaseServers()) {
  describe(`statements of a commit: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(async () => storage?.close());

    test("every combination of parts is written, and only so many are kept prepared by each connection", { timeout: 60_000 }, async () => {
      const scope = newScope();
      for (let n = 0; n < combinations; n++) {
        const before = await stored(storage.store, scope);
        expect(await storage.store.commit(change(before, n)), `combination ${n}`).toBe("applied");
        expect((await storage.store.load(scope, before.id))!.payment.version).toBe(2);
      }
      const before = await stored(storage.store, scope);
      const names = Array.from({ length: combinations }, (_, n) => batchStatement([change(before, n)]).statement.name);
      expect(names.filter((name) => name !== "")).toHaveLength(PREPARED_MAX);
      expect(new Set(names).size).toBe(PREPARED_MAX + 1);
    });

    test("changes whose jobs are held are written without locks before; one whose lease was lost is stale, and keeps no other back", async () => {
      const scope = newScope();
      const rows = await Promise.all(Array.from({ length: 3 }, () => stored(storage.store, scope)));
      const jobs = rows.map((of) => job(of, { subject: id("dlv"), leaseToken: "mine", runAt: of.createdAt + 60_000 }));
      await Promise.all(jobs.map((each) => storage.store.commit({ ...scope, jobs: { insert: [each] } })));
      const changes = rows.map((of, n) => moving(of, {}, { job: { id: jobs[n]!.id, token: n === 1 ? "lost" : "mine" } }));
      expect(batchStatement(changes).isHopeful).toBe(true);
      expect(await Promise.all(changes.map((each) => storage.store.commit(each)))).toEqual(["applied", "stale", "applied"]);
      const versions = await Promise.all(rows.map(async (of) => (await storage.store.load(scope, of.id))!.payment.version));
      expect(versions).toEqual([rows[0]!.version + 1, rows[1]!.version, rows[2]!.version + 1]);
    });

    test.each(["mine", "lost"])("beside a job that is %s, a change without one is written in the same statement", async (token) => {
      const scope = newScope();
      const [leased, alone, outdated] = await Promise.all([
        stored(storage.store, scope),
        stored(storage.store, scope),
        stored(storage.store, scope),
      ]);
      const its = job(leased, { subject: id("dlv"), leaseToken: "mine", runAt: leased.createdAt + 60_000 });
      await storage.store.commit({ ...scope, jobs: { insert: [its] } });
      const changes = [
        moving(leased, {}, { job: { id: its.id, token } }),
        moving(alone, {}, { events: [event({ ...alone, sequence: alone.sequence + 1 })] }),
        moving({ ...outdated, version: outdated.version + 1 }, {}),
      ];
      expect(batchStatement(changes).isHopeful).toBe(true);
      const isHeld = token === "mine";
      expect(await Promise.all(changes.map((each) => storage.store.commit(each)))).toEqual([
        isHeld ? "applied" : "stale",
        "applied",
        "stale",
      ]);
      const versions = await Promise.all(
        [leased, alone, outdated].map(async (of) => (await storage.store.load(scope, of.id))!.payment.version),
      );
      expect(versions).toEqual([leased.version + Number(isHeld), alone.version + 1, outdated.version]);
    });
  });
}

test("the statements that are written down are those that a payment runs, alone and in a batch", async () => {
  const written = await readFile(new URL("../hot-statements.sql", import.meta.url), "utf8");
  const scope = newScope();
  const [before, other] = [creation(scope).payment, creation(scope).payment];
  const first = attempt(before);
  const held = { id: "job_1", token: "t" };
  const told = event(before);
  const begin = moving(other, {}, { job: held, attempts: { insert: [attempt(other)] }, jobs: { move: [{ ...held, release: false }] } });
  // Whoever has the answer settles the payment, with or without a lease.
  const settle = moving(
    before,
    {},
    {
      attempts: { update: [first] },
      exchanges: [exchange(first)],
      events: [told],
      deliveries: { insert: [delivery(told, "whe_1")] },
      jobs: { insert: [job(before, { subject: "dlv_1" })], remove: ["job_2"] },
    },
  );
  const owed = delivery(told, "whe_1");
  const delivered: Change = {
    ...scope,
    job: { id: "job_3", token: "t" },
    delivery: { before: owed, after: { ...owed, status: "succeeded" } },
    deliveryTries: [tryRow(owed, 1)],
  };
  for (const batch of [
    [begin],
    [settle],
    [delivered],
    [begin, begin],
    [settle, settle],
    [delivered, delivered],
    [begin, settle, delivered],
  ])
    expect(written).toContain(readable(batchStatement(batch).statement.text));
});
