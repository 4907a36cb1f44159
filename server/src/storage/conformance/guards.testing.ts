import { describe, expect, test } from "vitest";
import type { Change } from "../../core/change.ts";
import type { Payment, Scope } from "../../core/model.ts";
import { jobIdOf } from "../../core/ids.ts";
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
  processing,
  refund,
  stored,
  T0,
} from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function guardConformance(make: MakeStorage): void {
  describe("guards", () => {
    const at = shared(make);

    test.each([
      ["status", { status: "created" as const }],
      ["version", { version: 7 }],
      ["current attempt", { attempt: 3 }],
    ])("a stale %s writes nothing at all", async (_, stale) => {
      const { payment, attempt: first } = await processing(at.store, newScope());
      const before = { ...payment, ...stale };
      const everything = await wholeChange(before, first);
      const seen = await at.store.load(payment, payment.id);
      expect(await at.store.commit(everything.change)).toBe("stale");
      expect(await at.store.load(payment, payment.id)).toEqual(seen);
      await expectAbsent(payment, everything.change);
    });

    test("the same change with a fresh guard writes all of it", async () => {
      const { payment, attempt: first } = await processing(at.store, newScope());
      const { change } = await wholeChange(payment, first);
      expect(await at.store.commit(change)).toBe("applied");
      expect(await at.store.findIdempotent(payment, "merchant", change.idempotency!.key)).not.toBeNull();
      expect(await at.store.inbox(payment, change.inbox!.insert![0]!.id)).toEqual(change.inbox!.insert![0]);
      expect(await at.store.delivery(payment, change.deliveries!.insert![0]!.id)).not.toBeNull();
      expect(await at.store.take(change.jobs!.insert![0]!.id, T0, T0 + 1, "t")).not.toBeNull();
      expect(await at.store.create(creation(payment, { payment: { orderId: change.takeOrder! } }))).toBe("order_busy");
    });

    test("a payment of another merchant is stale, whatever the change says", async () => {
      const payment = await stored(at.store, newScope());
      expect(
        await at.store.commit({
          ...moving(payment, { status: "canceled" }),
          ...newScope(),
          payment: { before: { ...payment, ...newScope() }, after: payment },
        }),
      ).toBe("stale");
      expect((await at.store.load(payment, payment.id))!.payment.status).toBe("pending");
    });

    test("a stale change and a duplicate one leave the others of their batch alone", async () => {
      const scope = newScope();
      const [a, b, c, d] = await Promise.all([
        stored(at.store, scope),
        stored(at.store, scope),
        stored(at.store, scope, { orderId: "busy", status: "created" }),
        stored(at.store, scope),
      ]);
      await stored(at.store, scope, { orderId: "busy" });
      const taken = idempotency(scope);
      await at.store.commit(moving(d, {}, { idempotency: taken }));
      const fresh = { ...d, version: 2 };
      const results = await Promise.all([
        at.store.commit(moving(a, { status: "processing" })),
        at.store.commit(moving({ ...b, version: 9 }, { status: "processing" })),
        at.store.commit(moving(c, { status: "pending" }, { takeOrder: "busy", idempotency: idempotency(scope) })),
        at.store.commit(moving(fresh, { status: "processing" }, { idempotency: { ...idempotency(scope), key: taken.key } })),
        at.store.commit({ ...scope, cases: { open: [case_(scope, { subject: a.id })] } }),
      ]);
      expect(results).toEqual(["applied", "stale", "order_busy", "duplicate", "applied"]);
      const statuses = await Promise.all([a, b, c, d].map(async (row) => (await at.store.load(scope, row.id))!.payment.status));
      expect(statuses).toEqual(["processing", "pending", "created", "pending"]);
    });

    describe("what the rules of the tables refuse", () => {
      test("a second open attempt on one subject", async () => {
        const { payment } = await processing(at.store, newScope());
        await expectRefused(moving(payment, {}, { attempts: { insert: [attempt(payment, { operation: "void", n: 1 })] } }));
      });

      test("a second charge that is not proven to have failed", async () => {
        const { payment, attempt: first } = await processing(at.store, newScope());
        const closed = { ...first, status: "authorized" as const, closedAt: T0 };
        await expectRefused(moving(payment, {}, { attempts: { update: [closed], insert: [attempt(payment, { n: 2 })] } }));
      });

      test("one gateway key for two attempts", async () => {
        const { payment, attempt: first } = await processing(at.store, newScope());
        const closed = { ...first, status: "declined" as const, closedAt: T0 };
        await expectRefused(
          moving(
            payment,
            { attempt: 2 },
            { attempts: { update: [closed], insert: [attempt(payment, { n: 2, gatewayKey: first.gatewayKey })] } },
          ),
        );
      });

      test("one gateway key for attempts of two merchants, who may have one account at the gateway", async () => {
        const [{ attempt: first }, { payment, attempt: own }] = [
          await processing(at.store, newScope()),
          await processing(at.store, newScope()),
        ];
        const closed = { ...own, status: "declined" as const, closedAt: T0 };
        const again = attempt(payment, { n: 2, gatewayKey: first.gatewayKey });
        await expectRefused(moving(payment, { attempt: 2 }, { attempts: { update: [closed], insert: [again] } }));
      });

      test("one number for two charges", async () => {
        const { payment, attempt: first } = await processing(at.store, newScope());
        const closed = { ...first, status: "declined" as const, closedAt: T0 };
        await expectRefused(moving(payment, {}, { attempts: { update: [closed], insert: [attempt(payment, { n: 1 })] } }));
      });

      test("a closed attempt that changes beside its late columns", async () => {
        const { payment, attempt: first } = await processing(at.store, newScope());
        const closed = { ...first, status: "declined" as const, closedAt: T0 };
        await at.store.commit(moving(payment, { status: "failed" }, { attempts: { update: [closed] } }));
        const failed: Payment = { ...payment, status: "failed", version: payment.version + 1 };
        await expectRefused(moving(failed, {}, { attempts: { update: [{ ...closed, status: "succeeded" }] } }));
      });

      test("a payment that leaves a terminal state", async () => {
        const before = await stored(at.store, newScope());
        await at.store.commit(moving(before, { status: "canceled" }));
        await expectRefused(moving({ ...before, status: "canceled", version: 2 }, { status: "processing" }));
      });

      test.each([
        ["more captured than authorized", { amountAuthorized: 100, amountCaptured: 60, captureReserved: 41 }],
        ["more authorized than the amount", { amountAuthorized: 50_001 }],
        ["more refunded than captured", { amountAuthorized: 100, amountCaptured: 100, amountRefunded: 60, refundReserved: 41 }],
        ["a negative amount", { amountAuthorized: 10, amountCaptured: 10, refundReserved: -1 }],
      ])("%s", async (_, amounts) => {
        const before = await stored(at.store, newScope(), { status: "processing" });
        await expectRefused(moving(before, amounts));
      });

      test("an event with the number of another", async () => {
        const before = await stored(at.store, newScope());
        await expectRefused(moving(before, {}, { events: [event(before)] }));
      });

      test("a refused change leaves the others of its batch alone", async () => {
        const scope = newScope();
        const all = await Promise.all(Array.from({ length: 10 }, () => stored(at.store, scope)));
        const results = await Promise.allSettled(
          all.map((row, n) => at.store.commit(moving(row, n === 4 ? { amountAuthorized: -1 } : { status: "processing" }))),
        );
        expect(results.map((result) => result.status === "fulfilled" && result.value)).toEqual(
          all.map((_, n) => (n === 4 ? false : "applied")),
        );
      });
    });

    async function expectRefused(change: Change): Promise<void> {
      const { before } = change.payment!;
      const seen = await at.store.load(before, before.id);
      const failure = await at.store.commit(change).catch((error: unknown) => error);
      // An Error that names the rule, not "unavailable": asking again would change nothing.
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toHaveProperty("mayHaveCommitted");
      expect(await at.store.load(before, before.id)).toEqual(seen);
    }

    /** One change that writes into every table there is. */
    async function wholeChange(before: Payment, first: ReturnType<typeof attempt>): Promise<{ change: Change }> {
      const told = event({ ...before, sequence: before.sequence + 1 });
      const owed = delivery(told, id("whe"));
      const change = moving(
        before,
        { sequence: before.sequence + 1, nextAction: null },
        {
          attempts: { update: [{ ...first, status: "declined", closedAt: T0 }], insert: [attempt(before, { n: 2 })] },
          refunds: { insert: [refund(before)] },
          exchanges: [exchange(first)],
          events: [told],
          deliveries: { insert: [owed] },
          cases: { open: [case_(before, { subject: first.id, paymentId: before.id })] },
          inbox: { insert: [inboxRow(before)] },
          jobs: {
            insert: [job(before, { subject: owed.id, queue: "webhook-queue", kind: "webhook" })],
            move: [{ id: jobIdOf(before.id), runAt: T0 + 99, kind: "ask", release: true }],
          },
          idempotency: idempotency(before),
          takeOrder: `order of ${before.id}`,
        },
      );
      return { change };
    }

    async function expectAbsent(scope: Scope, change: Change): Promise<void> {
      expect(await at.store.findIdempotent(scope, "merchant", change.idempotency!.key)).toBeNull();
      expect(await at.store.inbox(scope, change.inbox!.insert![0]!.id)).toBeNull();
      expect(await at.store.delivery(scope, change.deliveries!.insert![0]!.id)).toBeNull();
      expect(await at.store.take(change.jobs!.insert![0]!.id, T0, T0 + 1, "t")).toBeNull();
      expect((await at.store.take(change.jobs!.move![0]!.id, T0, T0 + 1, "t"))?.kind).toBe("charge");
      expect(await at.store.create(creation(scope, { payment: { orderId: change.takeOrder! } }))).toBe("applied");
    }
  });
}
