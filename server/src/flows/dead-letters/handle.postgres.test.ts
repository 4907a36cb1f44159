import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { HOUR } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { MONEY_LEASE_MS } from "../../core/constants.ts";
import type { DeadLetterFilter } from "../../core/dead-letters.ts";
import type { Case, Job, Scope } from "../../core/model.ts";
import {
  account,
  case_,
  delivery,
  endpoint,
  event,
  id,
  job,
  moving,
  newScope,
  stored,
  T0,
  tryRow,
} from "../../storage/conformance/rows.testing.ts";
import type { Deps } from "../deps.ts";
import { receiveGatewayEvent } from "../gateway-events/receive.ts";
import { runJob } from "../jobs/run.ts";
import { handleLetter, handleLetters, type Act } from "./handle.ts";

const replay: Act = { action: "replay", by: "Ann", reason: null, deliveries: true };
const discard: Act = { action: "discard", by: "Bob", reason: "not needed", deliveries: true };
const all = { limit: 1_000, perSecond: 200, dryRun: false } as const;
const read = (answer: { readonly body: string }) => JSON.parse(answer.body) as Record<string, unknown>;
/** How often two try the same at the same moment. */
const ROUNDS = 20;

for (const server of databaseServers()) {
  describe(`dead letters: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(async () => storage?.close());

    const world = new World();
    const deps = (): Deps => ({ ...world.deps, store: storage.store, settings: storage.settings });
    const caller = (scope: Scope, key?: string) => ({ ...new World().caller(key), scope });
    const jobOf = async (of: Job) => (await storage.store.subjects(of, { jobs: [of.id], inbox: [] })).jobs[0] ?? null;

    async function failing(scope: Scope, given: Partial<Job> = {}, reason?: string): Promise<{ letter: Case; work: Job }> {
      const work = job(scope, { subject: id("pay"), kind: "ask", tries: 9, runAt: world.clock.now(), ...given });
      const { kind, queue, subject } = work;
      const letter = case_(scope, { kind: "dead_job", subject: work.id, evidence: { job: { kind, queue, subject }, reason } });
      await storage.store.commit({ ...scope, jobs: { insert: [work] }, cases: { open: [letter] } });
      return { letter, work };
    }

    it("replayed by two people at once are replayed once each time", async () => {
      const scope = newScope();
      for (let round = 0; round < ROUNDS; round++) {
        const { letter, work } = await failing(scope);
        const both = await Promise.allSettled(
          [replay, { ...replay, by: "Bob" }].map((act) => handleLetter(deps(), caller(scope), letter.id, act)),
        );
        expect(both.map((each) => each.status).toSorted()).toEqual(["fulfilled", "rejected"]);
        const winner = both[0]!.status === "fulfilled" ? "Ann" : "Bob";
        expect(await storage.store.case(scope, { id: letter.id })).toMatchObject({ resolvedBy: "person", resolvedByName: winner });
        expect(await jobOf(work)).toMatchObject({ tries: 0, leaseToken: null });
      }
    });

    it("replayed while a worker takes the job are the worker's or replayed, never both", async () => {
      const scope = newScope();
      const now = world.clock.now();
      for (let round = 0; round < ROUNDS; round++) {
        const { letter, work } = await failing(scope);
        const [done, held] = await Promise.allSettled([
          handleLetter(deps(), caller(scope), letter.id, replay),
          storage.store.take(work.id, now, now + MONEY_LEASE_MS, "worker"),
        ]);
        const taken = held.status === "fulfilled" ? held.value : null;
        const isReplayed = done.status === "fulfilled";
        // A worker that comes after the replay has the job as if it had never been tried.
        expect(taken).toMatchObject({ tries: isReplayed ? 1 : 10, leaseToken: "worker" });
        expect(await jobOf(work)).toEqual(taken);
        expect((await storage.store.case(scope, { id: letter.id }))!.status).toBe(isReplayed ? "resolved" : "open");
        if (!isReplayed) expect(done.reason).toMatchObject({ code: "invalid_state", message: expect.stringContaining("A worker is at") });
      }
    });

    it("replayed by one and discarded by another are one of both, delivery by delivery", async () => {
      const scope = await merchant();
      const owed = await failed(scope, ROUNDS);
      const both = await Promise.allSettled(
        owed.flatMap(({ id: each }) => [
          handleLetter(deps(), caller(scope), each, discard),
          handleLetter(deps(), caller(scope), each, replay),
        ]),
      );
      expect(both.filter((each) => each.status === "fulfilled")).toHaveLength(ROUNDS);
      for (const { id: each } of owed) {
        const { delivery: row } = (await storage.reads.delivery(scope, each))!;
        expect(row.byHand).toHaveLength(1);
        expect(row.byHand![0]!.action).toBe(row.status === "canceled" ? "discarded" : "replayed");
      }
    });

    it("a hundred poisoned jobs are one replay, after which none is counted, and the figures are the database's (UX-U4)", async () => {
      const scope = newScope();
      const made = [];
      for (let n = 0; n < 100; n++) made.push(await failing(scope));
      const count = async () => (await storage.reads.queues(scope, world.clock.now())).map((queue) => queue.deadLetters);
      expect(await count()).toEqual([100, 0, 0]);
      const [one, two] = await Promise.all([0, 1].map(() => handleLetters(deps(), caller(scope, "all"), replay, all)));
      expect(read(one!)).toMatchObject({ matched: 100, changed: 100, skipped: 0, has_more: false });
      expect([one!.body, [one!.replayed, two!.replayed].toSorted()]).toEqual([two!.body, [false, true]]);
      expect(await count()).toEqual([0, 0, 0]);
      const jobs = (await storage.store.subjects(scope, { jobs: made.map(({ work }) => work.id), inbox: [] })).jobs;
      expect(new Set(jobs.map((row) => row.tries))).toEqual(new Set([0]));
      expect(new Set(jobs.map((row) => row.runAt)).size).toBe(100);
    });

    it("are those of the filter and nothing else, in a dry run and in earnest", async () => {
      const scope = await merchant();
      const said = (reason: string, over: Partial<Job> = {}) => failing(scope, over, reason);
      const first = await said("Error: no such row", { kind: "charge" });
      await said("Error: no such column");
      await said("TypeError: x is not a function", { kind: "refund", queue: "refund-queue" });
      const [owed, other] = [await failed(scope, 2), await failed(scope, 1)];
      const sends = { kind: "webhook", queue: "webhook-queue", subject: owed[0]!.id } as const;
      const last = await said("Error: no key", sends);
      const tries = owed.map((row) => tryRow(row, row.tries, { statusCode: 410, response: "No such shop" }));
      await storage.store.commit({ ...scope, deliveryTries: tries });
      const picks: [pick: DeadLetterFilter, matched: number][] = [
        [{}, 7],
        [{ queue: "payment-queue" }, 2],
        [{ queue: "refund-queue" }, 1],
        [{ queue: "webhook-queue" }, 4],
        [{ kind: "charge" }, 1],
        [{ kind: "webhook" }, 4],
        [{ endpointId: owed[0]!.endpointId }, 3],
        [{ endpointId: other[0]!.endpointId }, 1],
        [{ endpointId: "whe_none" }, 0],
        [{ text: "NO SUCH" }, 4],
        [{ text: "http 410" }, 2],
        [{ text: "no such", queue: "payment-queue", kind: "ask" }, 1],
        [{ reason: "delivery_failed", text: "no such" }, 2],
        [{ from: last.letter.openedAt + HOUR }, 0],
        [{ before: first.letter.openedAt - HOUR }, 0],
      ];
      for (const act of [replay, discard])
        for (const [pick, matched] of picks) {
          const counted = read(await handleLetters(deps(), caller(scope), act, { ...all, ...pick, dryRun: true }));
          expect([act.action, pick, counted]).toMatchObject([act.action, pick, { matched, changed: 0, skipped: 0 }]);
        }
      const one = { ...all, endpointId: owed[0]!.endpointId, text: "no such" };
      expect(read(await handleLetters(deps(), caller(scope), discard, one))).toMatchObject({ matched: 2, changed: 2 });
      const rest = read(await handleLetters(deps(), caller(scope), replay, { ...all, dryRun: true }));
      expect(rest).toMatchObject({ matched: 5 });
    });

    it("to an endpoint that took another's place are found by its name", async () => {
      const scope = await merchant();
      const [owed] = await failed(scope, 1);
      const heir = endpoint(scope, { predecessors: [owed!.endpointId] });
      await storage.settings.putEndpoint(heir, owed!.endpointId);
      const picked = { ...all, endpointId: heir.id, dryRun: true };
      for (const act of [replay, discard])
        expect(read(await handleLetters(deps(), caller(scope), act, picked))).toMatchObject({ matched: 1 });
    });

    it("of two replays of all at once under other keys each takes what is left", async () => {
      const scope = newScope();
      for (let n = 0; n < 30; n++) await failing(scope);
      const answers = await Promise.all(
        ["a", "b", "c"].map((key) => handleLetters(deps(), caller(scope, key), replay, { ...all, limit: 20 })),
      );
      expect(answers.reduce((sum, answer) => sum + (read(answer)["changed"] as number), 0)).toBe(30);
    });

    it("a signed webhook that can't be read is kept, and applied after it was replayed by a version that can", async () => {
      const scope = await merchant();
      const gateway = account(scope, { connector: "bank" });
      await storage.settings.putAccount(gateway);
      const raw = { headers: { "x-signature": "good" }, body: new TextEncoder().encode(`\u0000<event/>`) };
      const input = { connector: "bank", accountId: gateway.id, raw, requestId: "req" };
      const both = await Promise.all([receiveGatewayEvent(deps(), input), receiveGatewayEvent(deps(), input)]);
      expect(both.map((each) => each.duplicate).toSorted()).toEqual([false, true]);
      const [letter] = await storage.store.letters(scope, { kinds: ["malformed_message"], limit: 9 });
      expect(read(await handleLetter(deps(), caller(scope), letter!.id, replay))).toMatchObject({
        outcome: "replayed",
        subject: letter!.subject,
      });
      const now = world.clock.now();
      const work = (await storage.store.take(`job_${letter!.subject.slice(4)}`, now, now + MONEY_LEASE_MS, "worker"))!;
      const reads = { ok: true, gatewayEventId: "gw_1", gatewayKey: "k", reference: null, operation: null, outcome: null } as const;
      const newer = Object.assign(Object.create(world.gateway) as typeof world.gateway, { readWebhook: () => reads });
      await runJob({ ...deps(), connectors: new Map([["bank", newer]]) }, work);
      expect(await storage.store.inbox(scope, letter!.subject)).toMatchObject({ status: "ignored", body: "\ufffd<event/>" });
    });

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await storage.settings.createMerchant({
        id: scope.merchantId,
        name: "Shop",
        email: `${scope.merchantId}@example.com`,
        createdAt: T0,
      });
      return scope;
    }

    async function failed(scope: Scope, count: number) {
      const to = endpoint(scope);
      await storage.settings.addEndpoint(to);
      const rows = [];
      for (let n = 0; n < count; n++) {
        const before = await stored(storage.store, scope);
        const told = event({ ...before, sequence: 2 });
        const owed = delivery(told, to.id, { status: "failed", tries: 1, nextTryAt: null, finishedAt: T0 });
        await storage.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] } }));
        rows.push(owed);
      }
      return rows;
    }
  });
}
