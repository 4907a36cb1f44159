import { describe, expect, test } from "vitest";
import { creation, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function createConformance(make: MakeStorage): void {
  describe("create", () => {
    const at = shared(make);

    test("writes payment, event, job and key, and gives them back as they were", async () => {
      const scope = newScope();
      const made = creation(scope, { key: "k-1", job: { traceparent: "00-abc-def-01", deadlineAt: T0 + 5 } });
      expect(await at.store.create(made)).toBe("applied");
      const snapshot = await at.store.load(scope, made.payment.id);
      expect(snapshot).toEqual({ payment: made.payment, attempts: [], refunds: [], endpoints: [], accounts: [], rules: [], cases: [] });
      expect(JSON.stringify(snapshot!.payment.metadata)).toBe(JSON.stringify(made.payment.metadata));
      expect(await at.store.findIdempotent(scope, "merchant", "k-1")).toEqual({
        row: made.idempotency,
        answer: {
          id: made.event.id,
          type: "payment.created",
          apiVersion: made.event.apiVersion,
          body: made.event.body,
          createdAt: made.event.createdAt,
        },
        subjectExists: true,
      });
      expect(await at.store.take(made.job.id, T0, T0 + 40_000, "tok")).toEqual({
        ...made.job,
        tries: 1,
        leaseToken: "tok",
        runAt: T0 + 40_000,
      });
    });

    test("keeps empty strings, nulls and text of any language apart", async () => {
      const scope = newScope();
      for (const description of ["", null, 'नमस्ते "quoted" \\ back,slash {brace}', "\n\t "]) {
        const made = creation(scope, { payment: { description, customer: null, returnUrl: null, method: null, metadata: {} } });
        expect(await at.store.create(made)).toBe("applied");
        expect((await at.store.load(scope, made.payment.id))!.payment).toEqual(made.payment);
      }
    });

    test("lets a merchant's own words be changed, unless somebody else has changed them, and nothing else of the payment", async () => {
      const scope = newScope();
      const { payment, ...rest } = creation(scope, {
        payment: { description: null, metadata: { "2": "b", "1": 'a "quoted" नमस्ते', z: "" } },
      });
      await at.store.create({ payment, ...rest });
      const after = { description: "for the film", metadata: { z: "1", a: "2" } };
      expect(await at.store.annotate(payment, after)).toBe(true);
      expect((await at.store.load(scope, payment.id))!.payment).toEqual({ ...payment, ...after, version: payment.version + 1 });
      expect(await at.store.annotate(payment, { description: "late", metadata: {} })).toBe(false);
      const now = (await at.store.load(scope, payment.id))!.payment;
      expect(await at.store.annotate({ ...now, ...newScope() }, { description: "foreign", metadata: {} })).toBe(false);
      expect((await at.store.load(scope, payment.id))!.payment).toEqual(now);
      expect(await at.store.annotate(now, { description: null, metadata: {} })).toBe(true);
    });

    test("200 equal requests at once make one payment", async () => {
      const scope = newScope();
      const all = Array.from({ length: 200 }, () => creation(scope, { key: "same" }));
      const results = await Promise.all(all.map((each) => at.store.create(each)));
      expect(results.filter((result) => result === "applied")).toHaveLength(1);
      expect(results.filter((result) => result === "duplicate")).toHaveLength(199);
      const winner = all[results.indexOf("applied")]!;
      expect((await at.store.findIdempotent(scope, "merchant", "same"))!.row).toEqual(winner.idempotency);
      const loaded = await Promise.all(all.map((each) => at.store.load(scope, each.payment.id)));
      expect(loaded.filter((snapshot) => snapshot !== null)).toHaveLength(1);
    });

    test("200 different requests at once make 200 payments", async () => {
      const scope = newScope();
      const all = Array.from({ length: 200 }, (_, n) => creation(scope, { key: `own ${n}` }));
      expect(new Set(await Promise.all(all.map((each) => at.store.create(each))))).toEqual(new Set(["applied"]));
    });

    test("one key means different things to another merchant, another mode and the checkout", async () => {
      const scope = newScope();
      const live = { ...scope, mode: "live" as const };
      const results = await Promise.all([
        at.store.create(creation(scope, { key: "k" })),
        at.store.create(creation(newScope(), { key: "k" })),
        at.store.create(creation(live, { key: "k" })),
        at.store.create(creation(scope, { key: "k", idempotency: { audience: "checkout" } })),
      ]);
      expect(results).toEqual(["applied", "applied", "applied", "applied"]);
    });

    test("a second live payment of an order is refused, and the refusal is kept under its key", async () => {
      const scope = newScope();
      const first = creation(scope, { payment: { orderId: "order 1" } });
      const second = creation(scope, { payment: { orderId: "order 1" }, key: "second", idempotency: { answerBody: "busy" } });
      expect(await at.store.create(first)).toBe("applied");
      expect(await at.store.create(second)).toBe("order_busy");
      expect(await at.store.load(scope, second.payment.id)).toBeNull();
      expect(await at.store.findIdempotent(scope, "merchant", "second")).toEqual({
        row: second.idempotency,
        answer: null,
        subjectExists: false,
      });
      expect(await at.store.create(creation(scope, { payment: { orderId: "order 1" }, key: "second" }))).toBe("duplicate");
    });

    test("of many payments of one order at once one goes live", async () => {
      const scope = newScope();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => at.store.create(creation(scope, { payment: { orderId: "order 2" } }))),
      );
      expect(results.toSorted()).toEqual(["applied", ...Array.from({ length: 19 }, () => "order_busy")]);
    });

    test("an order is another one at another merchant, and a payment that is not to be charged yet does not take it", async () => {
      const scope = newScope();
      const created = creation(scope, { payment: { orderId: "order 3", status: "created" } });
      expect(await at.store.create(created)).toBe("applied");
      expect(await at.store.create(creation(scope, { payment: { orderId: "order 3" } }))).toBe("applied");
      expect(await at.store.create(creation(newScope(), { payment: { orderId: "order 3" } }))).toBe("applied");
      expect(await at.store.create(creation({ ...scope, mode: "live" }, { payment: { orderId: "order 3" } }))).toBe("applied");
    });

    test("a job may be born leased, and is then nobody else's until the lease ends", async () => {
      const scope = newScope();
      const made = creation(scope, { job: { leaseToken: "mine", runAt: T0 + 40_000 } });
      await at.store.create(made);
      expect(await at.store.take(made.job.id, T0 + 39_999, T0 + 80_000, "other")).toBeNull();
      expect((await at.store.take(made.job.id, T0 + 40_000, T0 + 80_000, "other"))?.leaseToken).toBe("other");
    });

    test("a broken rule refuses that payment alone, not those that came in beside it", async () => {
      const scope = newScope();
      const good = Array.from({ length: 5 }, () => creation(scope));
      const bad = creation(scope, { payment: { amount: 0 } });
      const results = await Promise.allSettled([...good.slice(0, 2), bad, ...good.slice(2)].map((each) => at.store.create(each)));
      expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
      expect((results[2] as PromiseRejectedResult).reason).not.toHaveProperty("mayHaveCommitted");
      expect(await at.store.load(scope, bad.payment.id)).toBeNull();
    });

    test("a foreign scope sees nothing", async () => {
      const scope = newScope();
      const made = creation(scope, { key: "k" });
      await at.store.create(made);
      for (const foreign of [newScope(), { ...scope, mode: "live" as const }]) {
        expect(await at.store.load(foreign, made.payment.id)).toBeNull();
        expect(await at.store.findIdempotent(foreign, "merchant", "k")).toBeNull();
        expect(await at.store.findEvent(foreign, made.payment.id, "charge")).toBeNull();
      }
      expect(await at.store.findIdempotent(scope, "checkout", "k")).toBeNull();
    });
  });
}
