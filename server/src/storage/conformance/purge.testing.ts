/** The clean-up: what is old and has ended goes, everything else stays. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { IdPrefix } from "../../core/change.ts";
import { jobIdOf, newId } from "../../core/ids.ts";
import type { Delivery, Exchange, IdempotencyRow, InboxRow, Ms } from "../../core/model.ts";
import type { Purged } from "../../core/ports/store.ts";
import {
  case_,
  delivery,
  event,
  exchange,
  id,
  idempotency,
  inboxRow,
  moving,
  newScope,
  processing,
  stored,
  T0,
  tryRow,
} from "./rows.testing.ts";
import type { MakeStorage, Storage } from "./storage.testing.ts";

const DAY = 86_400_000;
const LIMIT = 1_000;
/** What is older goes. */
const BEFORE = T0 - 90 * DAY;
const OLD = BEFORE - 1;

export function purgeConformance(make: MakeStorage): void {
  describe("clean-up", () => {
    let at: Storage;
    beforeEach(async () => {
      at = await make();
    });
    afterEach(() => at.close());

    const purge = (what: Purged, limit = LIMIT) => at.store.purge(what, BEFORE, limit);

    test.each<Purged>(["processes", "keys", "inbox", "exchanges", "deliveries", "requests", "resets", "invitations", "sessions"])(
      "of an empty store removes no %s",
      async (what) => {
        expect(await purge(what)).toBe(0);
      },
    );

    test("processes that were not seen any more go, the others stay", async () => {
      for (const [name, now] of [
        ["gone", OLD],
        ["just seen", BEFORE],
        ["alive", T0],
      ] as const)
        await at.store.heartbeat({ id: name, role: "worker", startedAt: OLD - DAY, now });
      expect(await purge("processes")).toBe(1);
      expect((await at.reads.processes(0)).map((row) => row.id).toSorted()).toEqual(["alive", "just seen"]);
    });

    describe("of idempotency keys", () => {
      const scope = newScope();
      const keep = async (given: Partial<IdempotencyRow>): Promise<IdempotencyRow> => {
        const row = idempotency(scope, { creates: false, createdAt: OLD, ...given });
        expect(await at.store.commit({ ...scope, idempotency: row })).toBe("applied");
        return row;
      };
      const find = (row: IdempotencyRow) => at.store.findIdempotent(scope, row.audience, row.key);

      test.each([
        ["is open", "unknown", null, 0],
        ["was closed since", "succeeded", BEFORE, 0],
        ["was closed as long ago", "succeeded", OLD, 1],
      ] as const)("one whose payment has an attempt that %s", async (_, status, closedAt, gone) => {
        const { payment, attempt } = await processing(at.store, scope);
        expect(await at.store.commit(moving(payment, {}, { attempts: { update: [{ ...attempt, status, closedAt }] } }))).toBe("applied");
        const row = await keep({ subject: payment.id });
        expect(await purge("keys")).toBe(gone);
        expect((await find(row)) === null).toBe(gone === 1);
      });

      test("those of a create stay for ever, the others go when they are old, and may be used again", async () => {
        const [old, young, ofCreate] = [await keep({}), await keep({ createdAt: BEFORE }), await keep({ creates: true })];
        expect(await purge("keys")).toBe(1);
        expect(await find(old)).toBeNull();
        expect((await find(young))!.row).toEqual(young);
        expect((await find(ofCreate))!.row).toEqual(ofCreate);
        await keep({ key: old.key, createdAt: T0 });
        expect(await at.store.commit({ ...scope, idempotency: { ...ofCreate, requestId: id("req") } })).toBe("duplicate");
      });

      test("one can be freed by itself; another request's row is not touched", async () => {
        const row = await keep({});
        await at.store.forgetKey({ ...row, requestId: id("req") });
        await at.store.forgetKey({ ...row, ...newScope() });
        await at.store.forgetKey({ ...row, audience: "checkout" });
        expect(await find(row)).not.toBeNull();
        await at.store.forgetKey(row);
        expect(await find(row)).toBeNull();
        await at.store.forgetKey(row);
      });

      test("that of a create can be freed only if its payment does not exist: its order was taken (R1)", async () => {
        const { payment } = await processing(at.store, scope);
        const made = await keep({ creates: true, subject: payment.id });
        await at.store.forgetKey({ ...made, creates: false });
        expect(await find(made)).not.toBeNull();
        const busy = await keep({ creates: true, subject: id("pay") });
        await at.store.forgetKey(busy);
        expect(await find(busy)).toBeNull();
      });
    });

    test.each<[string, number, Partial<InboxRow>, (row: InboxRow) => object]>([
      ["that was applied goes", 1, { status: "applied" }, () => ({})],
      ["that meant nothing goes", 1, { status: "ignored" }, () => ({})],
      ["that is not handled yet stays", 0, { status: "received", handledAt: null }, () => ({})],
      ["that is young stays", 0, { id: idAt("inb", BEFORE), receivedAt: BEFORE }, () => ({})],
      ["whose case is open stays", 0, { status: "unmatched" }, (row) => ({ cases: { open: [case_(row, { subject: row.id })] } })],
      ["whose case was closed goes", 1, { status: "unmatched" }, (row) => ({ cases: { open: [closed(row)] } })],
    ])("a gateway event %s", async (_, gone, given, beside) => {
      const scope = newScope();
      const row = inboxRow(scope, { id: idAt("inb", OLD), receivedAt: OLD, status: "applied", handledAt: OLD, ...given });
      expect(await at.store.commit({ ...scope, inbox: { insert: [row] }, ...beside(row) })).toBe("applied");
      expect(await purge("inbox")).toBe(gone);
      expect(await at.store.inbox(scope, row.id)).toEqual(gone ? null : row);
    });

    test.each<[string, number, "declined" | "unknown", Partial<Exchange>]>([
      ["old ones of a closed attempt go", 1, "declined", {}],
      ["those of an open attempt stay: somebody may have to read them", 0, "unknown", {}],
      ["old ones of no attempt go", 1, "unknown", { attemptId: null }],
      ["young ones stay", 0, "declined", { id: idAt("exc", BEFORE), startedAt: BEFORE }],
    ])("of exchanges, %s", async (_, gone, status, given) => {
      const { payment, attempt } = await processing(at.store, newScope());
      const row = exchange(attempt, { id: idAt("exc", OLD), startedAt: OLD, ...given });
      const closing = { update: [{ ...attempt, status, closedAt: status === "unknown" ? null : T0 }] };
      expect(await at.store.commit(moving(payment, {}, { attempts: closing, exchanges: [row] }))).toBe("applied");
      expect(await purge("exchanges")).toBe(gone);
      expect(await purge("exchanges")).toBe(0);
      expect((await at.store.load(payment, payment.id))!.attempts).toMatchObject([{ id: attempt.id, status }]);
    });

    test.each([
      ["is open", {}, 0],
      ["was closed", { status: "resolved", resolvedAt: T0, resolvedBy: "answer" }, 1],
    ] as const)("of exchanges, old ones of a closed attempt whose case %s", async (_, given, gone) => {
      const { payment, attempt } = await processing(at.store, newScope());
      const row = exchange(attempt, { id: idAt("exc", OLD), startedAt: OLD });
      const closing = { update: [{ ...attempt, status: "declined" as const, closedAt: T0 }] };
      const about = case_(payment, { kind: "late_truth", subject: attempt.id, ...given });
      expect(await at.store.commit(moving(payment, {}, { attempts: closing, exchanges: [row], cases: { open: [about] } }))).toBe("applied");
      expect(await purge("exchanges")).toBe(gone);
    });

    test.each<[string, number, Partial<Delivery>]>([
      ["that arrived goes, with its log", 1, {}],
      ["that failed goes", 1, { status: "failed" }],
      ["that was called off goes, also where nobody noted when", 1, { status: "canceled", finishedAt: null }],
      ["that is still owed stays", 0, { status: "pending", finishedAt: null }],
      ["that ended lately stays, however long ago it began", 0, { finishedAt: BEFORE }],
    ])("a delivery %s", async (_, gone, given) => {
      const { owed, log } = await ended(OLD, given);
      expect(await purge("deliveries")).toBe(gone);
      const found = await at.reads.delivery(owed, owed.id);
      expect(found && { delivery: found.delivery, tries: found.tries }).toEqual(gone ? null : { delivery: owed, tries: log });
      expect(await at.store.findEvent(owed, owed.paymentId!, "charge")).not.toBeNull();
    });

    test("what is young stays, whatever its state says", async () => {
      const { owed, log } = await ended(BEFORE, {});
      expect(await purge("deliveries")).toBe(0);
      expect(await at.reads.delivery(owed, owed.id)).toMatchObject({ delivery: owed, tries: log });
    });

    test("a delivery that is sent again while it is removed is either there or not found, never half", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => ended(OLD, { status: "failed" })));
      const retries = all.map(({ owed }) => {
        const after: Delivery = { ...owed, status: "pending", scheduleStart: owed.tries, nextTryAt: T0, finishedAt: null };
        return at.store.commit({ merchantId: owed.merchantId, mode: owed.mode, delivery: { before: owed, after } });
      });
      const [removed, ...results] = await Promise.all([purge("deliveries"), ...retries]);
      expect(removed).toBe(results.filter((result) => result === "stale").length);
      for (const [n, { owed, log }] of all.entries()) {
        const seen = await at.reads.delivery(owed, owed.id);
        if (results[n] === "stale") expect(seen).toBeNull();
        else expect(seen).toMatchObject({ delivery: { status: "pending" }, tries: log });
      }
    });

    test("takes no more than it may, the oldest first", async () => {
      for (let n = 0; n < 7; n++) await at.store.heartbeat({ id: `p${n}`, role: "api", startedAt: 0, now: OLD - n });
      expect(await purge("processes", 5)).toBe(5);
      expect((await at.reads.processes(0)).map((row) => row.id).toSorted()).toEqual(["p0", "p1"]);
      expect(await purge("processes", 5)).toBe(2);
    });

    test("by several processes at once removes each row once", async () => {
      const { payment, attempt } = await processing(at.store, newScope());
      const rows = Array.from({ length: 200 }, (_, n) => exchange(attempt, { id: idAt("exc", OLD - n), startedAt: OLD - n }));
      const closing = { update: [{ ...attempt, status: "declined" as const, closedAt: T0 }] };
      await at.store.commit(moving(payment, {}, { attempts: closing, exchanges: rows }));
      let removed = 0;
      const one = async () => {
        for (let more = 1; more > 0; removed += more) more = await purge("exchanges", 20);
      };
      await Promise.all([one(), one(), one(), one()]);
      // Whoever found all that was left in others' hands has stopped; the next time nothing of it is left.
      removed += await purge("exchanges");
      expect(removed).toBe(rows.length);
      expect(await purge("exchanges")).toBe(0);
    });

    async function ended(when: Ms, given: Partial<Delivery>): Promise<{ owed: Delivery; log: ReturnType<typeof tryRow>[] }> {
      const before = await stored(at.store, newScope());
      const told = event({ ...before, sequence: 2 }, { id: idAt("evt", when), closes: "charge", createdAt: when });
      const owed = delivery(told, id("whe"), {
        id: idAt("dlv", when),
        status: "succeeded",
        tries: 2,
        createdAt: when,
        nextTryAt: null,
        finishedAt: when,
        ...given,
      });
      const log = [tryRow(owed, 1, { at: when - 5 }), tryRow(owed, 2, { at: when - 3 })];
      await at.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] } }));
      expect(await at.store.commit({ merchantId: owed.merchantId, mode: owed.mode, deliveryTries: log })).toBe("applied");
      expect(await at.store.take(jobIdOf(owed.id), T0, T0 + 1, "t")).toBeNull();
      return { owed, log };
    }
  });
}

/** An id as it was made then. */
function idAt(prefix: IdPrefix, when: Ms): string {
  return newId(prefix, when, randomBytes(16));
}

function closed(row: InboxRow) {
  return case_(row, { subject: row.id, status: "resolved", resolvedAt: T0, resolvedBy: "answer" });
}
