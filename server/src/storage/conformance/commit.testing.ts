import { describe, expect, test } from "vitest";
import type { Change } from "../../core/change.ts";
import { jobIdOf, madeAt } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import {
  attempt,
  case_,
  creation,
  delivery,
  event,
  exchange,
  id,
  job,
  moving,
  newScope,
  payment,
  processing,
  refund,
  stored,
  T0,
} from "./rows.testing.ts";
import { known, shared, type MakeStorage } from "./storage.testing.ts";

export function commitConformance(make: MakeStorage): void {
  describe("commit", () => {
    const at = shared(make);

    test("loads attempts and refunds in the order they were made, with all their columns", async () => {
      const { payment: before, attempt: first } = await processing(at.store, newScope());
      const closed = {
        ...first,
        status: "declined" as const,
        closedAt: T0 + 9,
        gatewayReference: "ch_1",
        error: { code: "payment_declined" as const, message: "no", source: "bank" as const, step: "charge" as const },
      };
      const second = attempt(before, {
        n: 2,
        status: "unknown",
        questions: 3,
        notFound: 1,
        storedError: true,
        sends: 2,
        parentReference: "p",
      });
      const given = refund(before, { kind: "reversal", reverses: first.id, reason: null });
      const change = moving(before, { attempt: 2 }, { attempts: { update: [closed], insert: [second] }, refunds: { insert: [given] } });
      expect(await at.store.commit(change)).toBe("applied");
      const snapshot = (await at.store.load(before, before.id))!;
      expect(snapshot.attempts).toEqual([closed, second]);
      expect(snapshot.refunds).toEqual([given]);
      const settled = { ...given, status: "failed" as const, error: closed.error, processedAt: T0 + 10 };
      expect(await at.store.commit(moving(snapshot.payment, {}, { refunds: { update: [settled] } }))).toBe("applied");
      expect((await at.store.load(before, before.id))!.refunds).toEqual([settled]);
    });

    test("closes one attempt and inserts the next in one commit, many beside each other", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 50 }, () => processing(at.store, scope)));
      const results = await Promise.all(
        all.map(({ payment: before, attempt: first }) =>
          at.store.commit(
            moving(
              before,
              { attempt: 2 },
              { attempts: { update: [{ ...first, status: "not_sent", closedAt: T0 }], insert: [attempt(before, { n: 2 })] } },
            ),
          ),
        ),
      );
      expect(new Set(results)).toEqual(new Set(["applied"]));
    });

    test("changes of one payment at once: one is applied, the others are stale", async () => {
      const before = await stored(at.store, newScope());
      const results = await Promise.all(Array.from({ length: 20 }, () => at.store.commit(moving(before, { status: "processing" }))));
      expect(results.toSorted()).toEqual(["applied", ...Array.from({ length: 19 }, () => "stale")]);
      expect((await at.store.load(before, before.id))!.payment.version).toBe(2);
    });

    test("200 changes of 200 payments at once are all applied, each to its own", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 200 }, (_, n) => stored(at.store, scope, { amount: 1000 + n })));
      expect(
        new Set(
          await Promise.all(all.map((each) => at.store.commit(moving(each, { status: "processing", amountAuthorized: each.amount })))),
        ),
      ).toEqual(new Set(["applied"]));
      for (const each of all) expect((await at.store.load(scope, each.id))!.payment.amountAuthorized).toBe(each.amount);
    });

    test("events, exchanges, deliveries and their jobs are written with the payment", async () => {
      const { payment: before, attempt: first } = await processing(at.store, newScope());
      const told = event({ ...before, sequence: 2 }, { type: "payment.succeeded", closes: "charge", body: '{"b":2,"a":[1, 2]}' });
      const owed = delivery(told, id("whe"));
      const work = job(before, { subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: owed.endpointId });
      const change = moving(
        before,
        { status: "succeeded", sequence: 2, amountAuthorized: before.amount, amountCaptured: before.amount },
        {
          attempts: { update: [{ ...first, status: "succeeded", closedAt: T0 + 1, gatewayReference: "ch_9" }] },
          exchanges: [
            exchange(first),
            exchange(first, { status: null, request: "bad \u0000\u001e\u001f bytes", response: null, result: "unknown: timeout" }),
          ],
          events: [told],
          deliveries: { insert: [owed] },
          jobs: { insert: [work], remove: [jobIdOf(before.id)] },
        },
      );
      expect(await at.store.commit(change)).toBe("applied");
      expect(await at.store.findEvent(before, before.id, "charge")).toMatchObject({ id: told.id, type: told.type, body: told.body });
      expect(await at.store.delivery(before, owed.id)).toEqual({
        delivery: owed,
        endpoint: null,
        event: { id: told.id, type: told.type, apiVersion: told.apiVersion, body: told.body, createdAt: told.createdAt },
      });
      expect(await at.store.take(jobIdOf(before.id), T0, T0 + 1, "t")).toBeNull();
      expect(await at.store.take(work.id, T0, T0 + 1, "t")).not.toBeNull();
    });

    test("truth that arrives late goes beside a closed attempt", async () => {
      const { payment: before, attempt: first } = await processing(at.store, newScope());
      const closed = { ...first, status: "declined" as const, closedAt: T0 };
      await at.store.commit(moving(before, { status: "failed" }, { attempts: { update: [closed] } }));
      const failed = { ...before, status: "failed" as const, version: before.version + 1 };
      const late = { ...closed, lateStatus: "succeeded" as const, lateReference: "ch_late", lateAt: T0 + 5 };
      expect(await at.store.commit(moving(failed, {}, { attempts: { update: [late] } }))).toBe("applied");
      expect((await at.store.load(before, before.id))!.attempts).toEqual([late]);
    });

    test("late truth may be followed by later truth: held at first, then captured", async () => {
      const { payment: before, attempt: first } = await processing(at.store, newScope());
      const closed = {
        ...first,
        status: "declined" as const,
        closedAt: T0,
        lateStatus: "authorized" as const,
        lateReference: "ch_late",
        lateAt: T0 + 5,
      };
      await at.store.commit(
        moving(
          before,
          { status: "failed" },
          { attempts: { update: [{ ...closed, lateStatus: null, lateReference: null, lateAt: null }] } },
        ),
      );
      const failed = { ...before, status: "failed" as const, version: before.version + 1 };
      expect(await at.store.commit(moving(failed, {}, { attempts: { update: [closed] } }))).toBe("applied");
      const captured = { ...closed, lateStatus: "succeeded" as const, lateAt: T0 + 9 };
      expect(await at.store.commit(moving({ ...failed, version: failed.version + 1 }, {}, { attempts: { update: [captured] } }))).toBe(
        "applied",
      );
      expect((await at.store.load(before, before.id))!.attempts).toEqual([captured]);
    });

    test("a case opens once per kind and subject, closes, and may open again", async () => {
      const before = await stored(at.store, newScope());
      const one = case_(before, { subject: "att_1", paymentId: before.id });
      const same = case_(before, { subject: "att_1", paymentId: before.id });
      const other = case_(before, { subject: "att_1", paymentId: before.id, kind: "overdue" });
      const open = (...rows: (typeof one)[]): Change => ({ ...scopeOf(before), cases: { open: rows } });
      expect(await at.store.commit(open(one))).toBe("applied");
      expect(await at.store.commit(open(same, other))).toBe("applied");
      const seen = (await at.store.load(before, before.id))!.cases;
      expect(seen).toEqual(
        [one, other].map(({ id: own, kind, subject, status, openedAt }) => ({ id: own, kind, subject, status, openedAt })),
      );
      expect((await at.reads.payment(before, before.id))!.cases).toEqual(seen);
      const end = { kind: one.kind, subject: one.subject, resolvedAt: T0 + 7 };
      const again = case_(before, { subject: "att_1", paymentId: before.id });
      expect(await at.store.commit({ ...scopeOf(before), cases: { resolve: [end] } })).toBe("applied");
      expect(await at.store.commit(open(again))).toBe("applied");
      const all = known(await at.reads.cases(before, { limit: 10 })).rows;
      expect(all.find((row) => row.id === one.id)).toEqual({ ...one, status: "resolved", resolvedAt: T0 + 7, resolvedBy: "answer" });
      expect((await at.store.load(before, before.id))!.cases.map((row) => row.id).toSorted()).toEqual([other.id, again.id].toSorted());
    });

    test("what is loaded for routing: enabled endpoints, and enabled accounts by priority", async () => {
      const before = await stored(at.store, newScope());
      const snapshot = (await at.store.load(before, before.id))!;
      expect(snapshot.endpoints).toEqual([]);
      expect(snapshot.accounts).toEqual([]);
    });

    test("an order is free again only by the payment that holds it", async () => {
      const scope = newScope();
      const waiting = await stored(at.store, scope, { status: "created", orderId: "o" });
      const holder = await stored(at.store, scope, { orderId: "o" });
      const cancel = (row: typeof holder): Change => moving(row, { status: "canceled" }, { releaseOrder: "o" });
      expect(await at.store.commit(cancel(waiting))).toBe("applied");
      expect(await at.store.create(creation(scope, { payment: { orderId: "o" } }))).toBe("order_busy");
      expect(await at.store.commit(cancel(holder))).toBe("applied");
      expect(await at.store.create(creation(scope, { payment: { orderId: "o" } }))).toBe("applied");
    });

    test("an order is regained by the payment that had it, unless another has it by now", async () => {
      const scope = newScope();
      const holder = await stored(at.store, scope, { orderId: "o", status: "pending" });
      expect(await at.store.commit(moving(holder, { status: "canceled" }, { releaseOrder: "o" }))).toBe("applied");
      const back = { ...holder, status: "canceled" as const, version: 2 };
      expect(await at.store.commit(moving(back, {}, { regainOrder: "o" }))).toBe("applied");
      expect(await at.store.liveOrder(scope, "o")).toBe(holder.id);
      expect(await at.store.commit(moving({ ...back, version: 3 }, {}, { releaseOrder: "o" }))).toBe("applied");
      const next = creation(scope, { payment: { orderId: "o", status: "pending" } });
      expect(await at.store.create(next)).toBe("applied");
      expect(await at.store.commit(moving({ ...back, version: 4 }, {}, { regainOrder: "o" }))).toBe("applied");
      expect(await at.store.liveOrder(scope, "o")).toBe(next.payment.id);
    });

    test("an attempt is found by its gateway key, or by a reference, of its own account only", async () => {
      const { payment: before, attempt: first } = await processing(at.store, newScope(), { attempt: { gatewayReference: "ch_find" } });
      const by = (gatewayKey: string | null, reference: string | null, account = first.accountId) =>
        at.store.findAttempt(account, { gatewayKey, reference });
      expect(await by(first.gatewayKey, null)).toEqual(first);
      expect(await by(null, "ch_find")).toEqual(first);
      expect(await by(first.gatewayKey, "ch_else")).toEqual(first);
      expect(await by("gk_else", "ch_find")).toBeNull();
      expect(await by(null, null)).toBeNull();
      expect(await by(first.gatewayKey, "ch_find", `${first.accountId}x`)).toBeNull();
      const isAnothers = (scope: Scope, key = first.gatewayKey) => at.store.isKeyOfAnother(scope, key);
      const { merchantId, mode } = first;
      expect([await isAnothers({ merchantId, mode }), await isAnothers(newScope()), await isAnothers(newScope(), "gk_none")]).toEqual([
        false,
        true,
        false,
      ]);
      expect(await isAnothers({ merchantId, mode: "live" })).toBe(true);
      expect(before.id).toBe(first.paymentId);
    });

    test("charges and refunds that count as successful are read in the order of their time, of this account only", async () => {
      const scope = newScope();
      const { attempt: first } = await processing(at.store, scope, { attempt: { status: "succeeded", closedAt: T0 } });
      const { attempt: second } = await processing(at.store, scope, { attempt: { status: "authorized", closedAt: T0 } });
      await processing(at.store, scope, { attempt: { status: "declined", closedAt: T0 } });
      await processing(at.store, scope, { attempt: { status: "succeeded", closedAt: T0, accountId: "acc_other" } });
      const [from, before] = [madeAt(first.id), madeAt(second.id) + 1];
      const read = async (span: { from: number; before: number }, limit = 10) =>
        (await at.store.settledAttempts({ ...scope, id: first.accountId }, span, limit)).map((row) => row.id);
      expect(await read({ from, before })).toEqual([first.id, second.id].sort());
      expect(await read({ from, before }, 1)).toHaveLength(1);
      expect(await read({ from: before, before: before + 1_000 })).toEqual([]);
      expect(await read({ from: from - 1_000, before: from })).toEqual([]);
    });

    test("the first event that closed an operation answers for it", async () => {
      const before = await stored(at.store, newScope());
      const one = event({ ...before, sequence: 2 }, { type: "payment.failed", closes: "charge" });
      const two = event({ ...before, sequence: 3 }, { type: "payment.failed", closes: "charge" });
      await at.store.commit(moving(before, { sequence: 3 }, { events: [one, two] }));
      expect(await at.store.findEvent(before, before.id, "charge")).toMatchObject({ id: one.id });
      expect(await at.store.findEvent(before, before.id, "att_none")).toBeNull();
    });

    test("a payment that does not exist is stale", async () => {
      expect(await at.store.commit(moving(payment(newScope()), { status: "canceled" }))).toBe("stale");
    });
  });
}

function scopeOf(row: { merchantId: string; mode: "test" | "live" }) {
  return { merchantId: row.merchantId, mode: row.mode };
}
