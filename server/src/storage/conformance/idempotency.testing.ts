import { describe, expect, test } from "vitest";
import { creation, event, idempotency, moving, newScope, stored } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function idempotencyConformance(make: MakeStorage): void {
  describe("idempotency", () => {
    const at = shared(make);

    test("a key that is taken writes nothing, and the first answer stays", async () => {
      const before = await stored(at.store, newScope());
      const first = idempotency(before, { answerBody: "first" });
      expect(await at.store.commit(moving(before, { lapsesAt: 1 }, { idempotency: first }))).toBe("applied");
      const now = { ...before, lapsesAt: 1, version: 2 };
      const second = { ...idempotency(before), key: first.key, answerBody: "second" };
      const told = event({ ...now, sequence: 2 }, { closes: "x" });
      expect(await at.store.commit(moving(now, { status: "processing", sequence: 2 }, { idempotency: second, events: [told] }))).toBe(
        "duplicate",
      );
      expect((await at.store.load(before, before.id))!.payment).toEqual(now);
      expect(await at.store.findEvent(before, before.id, "x")).toBeNull();
      expect(await at.store.findIdempotent(before, "merchant", first.key)).toEqual({ row: first, answer: null, subjectExists: false });
    });

    test("the guard comes first: a stale change does not take the key", async () => {
      const before = await stored(at.store, newScope());
      const row = idempotency(before);
      expect(await at.store.commit(moving({ ...before, version: 5 }, {}, { idempotency: row }))).toBe("stale");
      expect(await at.store.findIdempotent(before, "merchant", row.key)).toBeNull();
    });

    test("100 equal commits at once with fresh guards apply one and call the others stale or duplicate", async () => {
      const before = await stored(at.store, newScope());
      const { key } = idempotency(before);
      const results = await Promise.all(
        Array.from({ length: 100 }, () =>
          at.store.commit(moving(before, { lapsesAt: 1 }, { idempotency: { ...idempotency(before), key } })),
        ),
      );
      expect(results.filter((result) => result === "applied")).toHaveLength(1);
      expect(new Set(results).has("order_busy")).toBe(false);
    });

    test("one key for changes of many payments at once goes to one of them", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 50 }, () => stored(at.store, scope)));
      const { key } = idempotency(scope);
      const results = await Promise.all(
        all.map((row) => at.store.commit(moving(row, { lapsesAt: 1 }, { idempotency: { ...idempotency(scope), key, subject: row.id } }))),
      );
      expect(results.filter((result) => result === "applied")).toHaveLength(1);
      expect(results.filter((result) => result === "duplicate")).toHaveLength(49);
      const winner = all[results.indexOf("applied")]!;
      expect((await at.store.findIdempotent(scope, "merchant", key))!.row.subject).toBe(winner.id);
      const loaded = await Promise.all(all.map((row) => at.store.load(scope, row.id)));
      expect(loaded.filter((snapshot) => snapshot!.payment.lapsesAt === 1).map((snapshot) => snapshot!.payment.id)).toEqual([winner.id]);
    });

    test("the answer is the event the row names, once it exists", async () => {
      const scope = newScope();
      const made = creation(scope, { key: "waits", idempotency: { answerEvent: null, answerCloses: "charge" } });
      await at.store.create(made);
      expect((await at.store.findIdempotent(scope, "merchant", "waits"))!.answer).toBeNull();
      const told = event({ ...made.payment, sequence: 2 }, { type: "payment.failed", closes: "charge", body: '{"z":1,"a":2}' });
      await at.store.commit(moving(made.payment, { status: "failed", sequence: 2 }, { events: [told] }));
      expect((await at.store.findIdempotent(scope, "merchant", "waits"))!.answer).toEqual({
        id: told.id,
        type: told.type,
        apiVersion: told.apiVersion,
        body: told.body,
        createdAt: told.createdAt,
      });
    });

    test("a busy order takes nothing with it, not even the key", async () => {
      const scope = newScope();
      await stored(at.store, scope, { orderId: "o" });
      const before = await stored(at.store, scope, { orderId: "o", status: "created" });
      const row = idempotency(before, { subject: before.id });
      const confirm = moving(before, { status: "pending" }, { idempotency: row, takeOrder: "o" });
      expect(await at.store.commit(confirm)).toBe("order_busy");
      expect(await at.store.findIdempotent(scope, "merchant", row.key)).toBeNull();
      expect((await at.store.load(scope, before.id))!.payment).toEqual(before);
      const refusal = { ...row, answerBody: "busy" };
      expect(await at.store.commit({ ...scope, idempotency: refusal })).toBe("applied");
      expect(await at.store.findIdempotent(scope, "merchant", row.key)).toEqual({ row: refusal, answer: null, subjectExists: true });
      expect(await at.store.commit(confirm)).toBe("duplicate");
    });

    test("a key that is taken does not take the order", async () => {
      const scope = newScope();
      const before = await stored(at.store, scope, { orderId: "free", status: "created" });
      const row = idempotency(before);
      await at.store.commit({ ...scope, idempotency: row });
      expect(
        await at.store.commit(moving(before, { status: "pending" }, { idempotency: { ...row, requestId: "req_2" }, takeOrder: "free" })),
      ).toBe("duplicate");
      expect(await at.store.create(creation(scope, { payment: { orderId: "free" } }))).toBe("applied");
    });

    test("of many payments of one order that are confirmed at once, each with its key, one goes live", async () => {
      const scope = newScope();
      const all = await Promise.all(Array.from({ length: 12 }, () => stored(at.store, scope, { orderId: "many", status: "created" })));
      const keys = all.map((row) => idempotency(row, { subject: row.id }));
      const results = await Promise.all(
        all.map((row, n) => at.store.commit(moving(row, { status: "pending" }, { idempotency: keys[n], takeOrder: "many" }))),
      );
      expect(results.toSorted()).toEqual(["applied", ...Array.from({ length: 11 }, () => "order_busy")]);
      const kept = await Promise.all(keys.map((key) => at.store.findIdempotent(scope, "merchant", key.key)));
      expect(kept.map((found) => found !== null)).toEqual(results.map((result) => result === "applied"));
    });

    test("an order taken at confirm is busy for the next", async () => {
      const scope = newScope();
      const before = await stored(at.store, scope, { orderId: "p", status: "created" });
      expect(await at.store.commit(moving(before, { status: "pending" }, { takeOrder: "p" }))).toBe("applied");
      expect(await at.store.create(creation(scope, { payment: { orderId: "p" } }))).toBe("order_busy");
    });
  });
}
