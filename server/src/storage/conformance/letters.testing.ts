import { describe, expect, test } from "vitest";
import type { CasePick, DeliveryPick } from "../../core/dead-letters.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Case, Delivery, DeliveryTry, InboxRow, Job, Scope } from "../../core/model.ts";
import type { LetterMoves } from "../../core/ports/store.ts";
import { case_, delivery, event, id, idempotency, inboxRow, job, moving, newScope, stored, T0, tryRow } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

const NOW = T0 + 3_600_000;

/** What people do to dead letters: all of it or nothing. */
export function letterConformance(make: MakeStorage): void {
  describe("dead letters", () => {
    const at = shared(make);

    const resolved = (before: Case, given: Partial<Case> = {}) => {
      const words = { status: "resolved", resolvedAt: NOW, resolvedBy: "person", resolution: "mended", resolvedByName: "Ann" } as const;
      return { before, after: { ...before, ...words, ...given } };
    };

    async function opened(scope: Scope, given: Partial<Case> & Pick<Case, "subject">): Promise<Case> {
      const row = case_(scope, { kind: "dead_job", ...given });
      await at.store.commit({ ...scope, cases: { open: [row] } });
      return row;
    }

    async function failing(scope: Scope, given: Partial<Job> = {}): Promise<{ row: Case; work: Job }> {
      const work = job(scope, { subject: id("pay"), tries: 9, runAt: NOW + 1_000, ...given });
      await at.store.commit({ ...scope, jobs: { insert: [work] } });
      return { work, row: await opened(scope, { subject: work.id, evidence: { job: { kind: work.kind } } }) };
    }

    async function failed(scope: Scope, endpointId = "whe_gone"): Promise<Delivery> {
      const of = await stored(at.store, scope);
      const told = event({ ...of, sequence: 2 });
      const row = delivery(told, endpointId, { status: "failed", tries: 5, nextTryAt: null, finishedAt: T0 });
      await at.store.commit(moving(of, { sequence: 2 }, { events: [told], deliveries: { insert: [row] } }));
      return row;
    }

    const jobOf = async (scope: Scope, { id: wanted }: Job) =>
      (await at.store.subjects(scope, { jobs: [wanted], inbox: [] })).jobs[0] ?? null;

    test("are open cases of the kinds asked for, by the kind of their work and by time, oldest first", async () => {
      const scope = newScope();
      const ask = { job: { kind: "ask" } };
      const rows = [
        await opened(scope, { subject: "a", evidence: ask }),
        await opened(scope, { subject: "b", evidence: { job: { kind: "charge" } } }),
        await opened(scope, { subject: "c", kind: "malformed_message", evidence: {} }),
        await opened(scope, { subject: "d", kind: "overdue", evidence: ask }),
        await opened(scope, { subject: "e", evidence: ask }),
      ];
      await at.store.handleLetters({ ...scope, cases: [resolved(rows[1]!)] });
      const kinds = ["dead_job", "malformed_message"] as const;
      const find = async (given = {}, of: Scope = scope) =>
        (await at.store.letters(of, { kinds, limit: 9, ...given })).map((row) => row.subject);
      expect(await find()).toEqual(["a", "c", "e"]);
      expect(await find({ limit: 2 })).toEqual(["a", "c"]);
      expect(await find({ kinds: ["dead_job"] })).toEqual(["a", "e"]);
      expect(await find({ jobKind: "ask" })).toEqual(["a", "e"]);
      expect(await find({ jobKind: "gateway-event" })).toEqual(["c"]);
      expect(await find({ exceptJobKinds: ["ask"] })).toEqual(["c"]);
      expect(await find({ exceptJobKinds: ["gateway-event"] })).toEqual(["a", "e"]);
      expect(await find({ exceptJobKinds: ["webhook"] })).toEqual(["a", "c", "e"]);
      expect(await find({ idFrom: rows[2]!.id, idBefore: rows[4]!.id })).toEqual(["c"]);
      expect(await find({}, { ...scope, mode: "live" })).toEqual([]);
      expect((await at.store.letters(scope, { kinds, limit: 1 }))[0]).toEqual(rows[0]);
    });

    test("are picked by the queue and the error of their work, and by the endpoint that it should reach", async () => {
      const scope = newScope();
      const owed = await failed(scope);
      const work = (kind: string, queue: string, subject = "pay_1") => ({ job: { kind, queue, subject } });
      await opened(scope, { subject: "a", evidence: { ...work("ask", "payment-queue"), reason: "Error: 50% of_rows are gone" } });
      await opened(scope, { subject: "b", evidence: { ...work("refund", "refund-queue"), reason: "Error: Timeout" } });
      await opened(scope, { subject: "c", evidence: { ...work("webhook", "webhook-queue", owed.id), reason: "no key" } });
      await opened(scope, { subject: "d", kind: "malformed_message", evidence: {}, summary: "A message nobody reads" });
      const kinds = ["dead_job", "malformed_message"] as const;
      const picks: [pick: CasePick, found: string][] = [
        [{ jobQueue: "payment-queue" }, "ad"],
        [{ jobQueue: "refund-queue" }, "b"],
        [{ jobQueue: "webhook-queue" }, "c"],
        [{ endpointIds: ["whe_other", owed.endpointId] }, "c"],
        [{ endpointIds: ["whe_other"] }, ""],
        [{ text: "TIMEOUT" }, "b"],
        [{ text: "50% OF_r" }, "a"],
        [{ text: "5%" }, ""],
        [{ text: "nobody" }, "d"],
        [{ text: "e", jobQueue: "payment-queue", jobKind: "ask" }, "a"],
      ];
      for (const [pick, found] of picks) {
        const rows = await at.store.letters(scope, { kinds, ...pick, limit: 9 });
        expect([pick, rows.map((row) => row.subject).join("")]).toEqual([pick, found]);
        const page = await at.reads.cases(scope, { limit: 9, status: "open", kinds, ...pick });
        const shown = page === "unknown_cursor" ? page : page.rows.map((row) => row.subject).toReversed();
        expect([pick, shown]).toEqual([pick, found.split("")]);
      }
    });

    test("that are deliveries are picked by channel, endpoint and what their last try said", async () => {
      const scope = newScope();
      const [silent, refusing, untried] = [await failed(scope), await failed(scope, "whe_2"), await failed(scope)];
      const said = (row: Delivery, n: number, what: Partial<DeliveryTry>) => tryRow(row, n, { statusCode: null, ...what });
      const tries = [
        said(silent, 4, { statusCode: 500, response: "an earlier try" }),
        said(silent, 5, { error: "connect Timeout" }),
        said(refusing, 5, { statusCode: 410, response: "gone_for 100% sure" }),
      ];
      await at.store.commit({ ...scope, deliveryTries: tries });
      const picks: [pick: DeliveryPick, found: readonly Delivery[]][] = [
        [{}, [silent, refusing, untried]],
        [{ channel: "email" }, []],
        [{ channel: "webhook", endpointIds: ["whe_2"] }, [refusing]],
        [{ text: "timeout" }, [silent]],
        [{ text: "an earlier try" }, []],
        [{ text: "http 410: GONE_FOR 100%" }, [refusing]],
        [{ text: "%", endpointIds: ["whe_gone"] }, []],
      ];
      for (const [pick, found] of picks) {
        const ids = found.map((row) => row.id);
        const ended = await at.store.ended(scope, { status: "failed", ...pick, limit: 9 });
        expect([pick, ended.map((row) => row.id)]).toEqual([pick, ids]);
        const page = await at.reads.deliveries(scope, { limit: 9, status: "failed", ...pick });
        expect([pick, page === "unknown_cursor" ? page : page.rows.map((row) => row.id).toReversed()]).toEqual([pick, ids]);
      }
      const ids = [silent.id, refusing.id, untried.id];
      expect((await at.reads.lastTries(scope, ids)).toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1))).toEqual(tries.slice(1));
      expect(await at.reads.lastTries(newScope(), ids)).toEqual([]);
    });

    test("are counted by their kind, with the filters of the list", async () => {
      const scope = newScope();
      const owed = [await failed(scope), await failed(scope, "whe_2")];
      await at.store.commit({ ...scope, deliveryTries: [tryRow(owed[1]!, 5, { statusCode: 410, response: "gone" })] });
      const work = (kind: string, queue: string) => ({ job: { kind, queue }, reason: "Error: gone" });
      const rows = [
        await opened(scope, { subject: "a", evidence: work("ask", "payment-queue") }),
        await opened(scope, { subject: "b", evidence: work("refund", "refund-queue") }),
        await opened(scope, { subject: "c", kind: "malformed_message", evidence: {} }),
        await opened(scope, { subject: "d", kind: "overdue", evidence: {} }),
      ];
      const kinds = ["dead_job", "malformed_message", "unmatched_gateway_event"] as const;
      const count = async (
        cases: CasePick & { idFrom?: string },
        deliveries: (DeliveryPick & { idBefore?: string }) | null,
        of: Scope = scope,
      ) => {
        const found = await at.reads.letterCounts(of, { kinds, cases, deliveries });
        expect([found.casesAreCapped, found.deliveriesAreCapped]).toEqual([false, false]);
        return [...kinds.map((kind) => found.cases.find((each) => each.kind === kind)?.count), found.deliveries];
      };
      expect(await count({}, {})).toEqual([2, 1, 0, 2]);
      expect(await count({ jobQueue: "payment-queue" }, null)).toEqual([1, 1, 0, 0]);
      expect(await count({ jobKind: "refund" }, { endpointIds: ["whe_2"] })).toEqual([1, 0, 0, 1]);
      expect(await count({ text: "GONE" }, { text: "410: G" })).toEqual([2, 0, 0, 1]);
      expect(await count({ idFrom: rows[1]!.id }, { idBefore: owed[0]!.id })).toEqual([1, 1, 0, 0]);
      expect(await count({}, { channel: "email" })).toEqual([2, 1, 0, 0]);
      expect(await count({}, {}, { ...scope, mode: "live" })).toEqual([0, 0, 0, 0]);
    });

    test("are found and counted whatever an error's message holds, which is kept as far as it is text", async () => {
      const scope = newScope();
      const reason = `a\u0000b \\u0000 "\\ud83d" ${"😀".slice(0, 1)}`;
      const row = await opened(scope, { subject: "a", evidence: { job: { kind: "ask", queue: "payment-queue" }, reason } });
      await opened(scope, { subject: "b", evidence: { job: { kind: "ask" }, reason: "😀 \u001e\n" } });
      const found = await at.store.letters(scope, { kinds: ["dead_job"], jobKind: "ask", limit: 9 });
      expect(found.map(({ evidence }) => evidence["reason"])).toEqual([`a\ufffdb \\u0000 "\\ud83d" \ufffd`, "😀 \u001e\n"]);
      expect((await at.reads.queues(scope, NOW)).map((queue) => queue.deadLetters)).toEqual([2, 0, 0]);
      const about = { kind: row.kind, subject: row.subject, reason: found[0]!.evidence["reason"] as string };
      await at.store.handleLetters({ ...scope, cases: [resolved(found[0]!, { quietUntil: NOW + 1 })] });
      expect(await at.store.quietCase(scope, about, NOW)).toMatchObject({ id: row.id });
    });

    test("are about jobs and gateway events of the same merchant and mode", async () => {
      const scope = newScope();
      const work = job(scope, { subject: id("pay") });
      const kept = inboxRow(scope);
      await at.store.commit({ ...scope, jobs: { insert: [work] }, inbox: { insert: [kept] } });
      const ids = { jobs: [work.id, "job_none"], inbox: ["inb_none", kept.id] };
      expect(await at.store.subjects(scope, ids)).toEqual({ jobs: [work], inbox: [kept] });
      expect(await at.store.subjects(newScope(), ids)).toEqual({ jobs: [], inbox: [] });
      expect(await at.store.subjects({ ...scope, mode: "live" }, ids)).toEqual({ jobs: [], inbox: [] });
      expect(await at.store.subjects(scope, { jobs: [], inbox: [] })).toEqual({ jobs: [], inbox: [] });
    });

    test("of all kinds are handled in one commit with the key, or not at all", async () => {
      const scope = newScope();
      const owed = await failed(scope);
      const [free, expired, ending] = [await failing(scope), await failing(scope, { leaseToken: "dead", runAt: T0 }), await failing(scope)];
      const kept: InboxRow = inboxRow(scope, { status: "unmatched", handledAt: T0 });
      await at.store.commit({ ...scope, inbox: { insert: [kept] } });
      const parked = await opened(scope, { subject: kept.id, kind: "malformed_message" });
      const byHand = [{ action: "discarded", by: "Änn", reason: "not needed", at: NOW }] as const;
      const discarded: Delivery = { ...owed, status: "canceled", finishedAt: NOW, byHand };
      const again = job(scope, { subject: kept.id, kind: "gateway-event" });
      const moves: LetterMoves = {
        deliveries: [{ before: owed, after: discarded }],
        cases: [free.row, expired.row, ending.row, parked].map((row) => resolved(row)),
        restart: [free, expired].map(({ work }, n) => ({ job: work, runAt: NOW + n })),
        remove: [ending.work],
        inbox: [{ ...kept, status: "received", handledAt: null }],
        insert: [again],
      };
      const key = idempotency(scope, { creates: false });
      expect(
        await at.store.handleLetters({
          ...scope,
          ...moves,
          deliveries: [{ before: { ...owed, tries: 4 }, after: discarded }],
          idempotency: key,
        }),
      ).toBe("stale");
      expect(
        await at.store.handleLetters({ ...scope, ...moves, restart: [{ job: { ...free.work, leaseToken: "other" }, runAt: NOW }] }),
      ).toBe("stale");
      expect(await at.store.handleLetters({ ...scope, ...moves, remove: [{ ...ending.work, leaseToken: "other" }] })).toBe("stale");
      expect(await jobOf(scope, free.work)).toEqual(free.work);
      expect(await at.store.findIdempotent(scope, "merchant", key.key)).toBeNull();
      expect(await at.store.handleLetters({ ...scope, ...moves, idempotency: key })).toBe("applied");
      expect((await at.reads.delivery(scope, owed.id))!.delivery).toEqual(discarded);
      expect(await jobOf(scope, free.work)).toEqual({ ...free.work, tries: 0, runAt: NOW, leaseToken: null });
      expect(await jobOf(scope, expired.work)).toEqual({ ...expired.work, tries: 0, runAt: NOW + 1, leaseToken: null });
      expect(await jobOf(scope, ending.work)).toBeNull();
      expect(await jobOf(scope, again)).toEqual({ ...again, id: jobIdOf(kept.id) });
      expect((await at.store.inbox(scope, kept.id))!).toMatchObject({ status: "received", handledAt: null });
      expect(await at.store.case(scope, { id: parked.id })).toEqual(resolved(parked).after);
      expect((await at.store.findIdempotent(scope, "merchant", key.key))!.row).toEqual(key);
      expect(await at.store.handleLetters({ ...scope, cases: [resolved(parked)] })).toBe("stale");
      const other = await opened(scope, { subject: "x" });
      expect(await at.store.handleLetters({ ...scope, cases: [resolved(other)], idempotency: key })).toBe("duplicate");
      expect((await at.store.case(scope, { id: other.id }))!.status).toBe("open");
    });

    test("of another merchant or mode are never touched", async () => {
      const scope = newScope();
      const owed = await failed(scope);
      const { row, work } = await failing(scope);
      const after: Delivery = { ...owed, status: "canceled" };
      for (const other of [newScope(), { ...scope, mode: "live" as const }]) {
        expect(await at.store.handleLetters({ ...other, deliveries: [{ before: owed, after }] })).toBe("stale");
        expect(await at.store.handleLetters({ ...other, cases: [resolved(row)] })).toBe("stale");
        expect(await at.store.handleLetters({ ...other, remove: [work] })).toBe("stale");
      }
    });

    test("replayed by two people at once are replayed once, a hundred at a time", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 100 }, () => failing(scope)));
      const moves = (by: string, given: typeof all): LetterMoves => ({
        cases: given.map(({ row }) => resolved(row, { resolvedByName: by })),
        restart: given.map(({ work }) => ({ job: work, runAt: NOW })),
      });
      const results = await Promise.all([
        at.store.handleLetters({ ...scope, ...moves("Ann", all) }),
        at.store.handleLetters({ ...scope, ...moves("Bob", all.toReversed()) }),
      ]);
      expect(results.toSorted()).toEqual(["applied", "stale"]);
      const winner = results[0] === "applied" ? "Ann" : "Bob";
      const cases = await Promise.all(all.map(({ row }) => at.store.case(scope, { id: row.id })));
      expect(new Set(cases.map((row) => row!.resolvedByName))).toEqual(new Set([winner]));
    });

    test("that a worker takes meanwhile stay its own", async () => {
      const scope = newScope();
      const { row, work } = await failing(scope, { runAt: NOW });
      const held = (await at.store.take(work.id, NOW, NOW + 40_000, "mine"))!;
      expect(await at.store.handleLetters({ ...scope, cases: [resolved(row)], restart: [{ job: work, runAt: NOW }] })).toBe("stale");
      expect(await jobOf(scope, work)).toEqual(held);
      expect((await at.store.case(scope, { id: row.id }))!.status).toBe("open");
    });

    test("that were acknowledged are quiet until their time", async () => {
      const scope = newScope();
      const row = await opened(scope, { subject: id("job"), evidence: { reason: "Error: one" } });
      const about = { kind: row.kind, subject: row.subject, reason: "Error: one" };
      expect(await at.store.quietCase(scope, about, NOW)).toBeNull();
      const quiet = resolved(row, { quietUntil: NOW + 5 });
      expect(await at.store.handleLetters({ ...scope, cases: [quiet] })).toBe("applied");
      expect(await at.store.quietCase(scope, about, NOW + 4)).toEqual(quiet.after);
      expect(await at.store.quietCase(scope, about, NOW + 5)).toBeNull();
      expect(await at.store.quietCase(scope, { ...about, kind: "malformed_message" }, NOW)).toBeNull();
      expect(await at.store.quietCase(newScope(), about, NOW)).toBeNull();
      expect(await at.store.quietCase(scope, { ...about, reason: "Error: another" }, NOW)).toBeNull();
    });

    test("that were acknowledged for one reason are quiet about it, though they were acknowledged for another since", async () => {
      const scope = newScope();
      const subject = id("job");
      for (const reason of ["Error: A", "Error: B"]) {
        const row = await opened(scope, { subject, evidence: { reason } });
        await at.store.handleLetters({ ...scope, cases: [resolved(row, { quietUntil: NOW + 5 })] });
      }
      for (const reason of ["Error: A", "Error: B"])
        expect(await at.store.quietCase(scope, { kind: "dead_job", subject, reason }, NOW)).toMatchObject({ evidence: { reason } });
    });
  });
}
