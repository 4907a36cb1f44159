import { describe, expect, test } from "vitest";
import type { Order, Payment, Scope } from "../../core/model.ts";
import { case_, delivery, event, id, job, moving, newScope, processing, refund, stored, T0 } from "./rows.testing.ts";
import { known, shared, type MakeStorage } from "./storage.testing.ts";

export function readsConformance(make: MakeStorage): void {
  describe("reads", () => {
    const at = shared(make);

    async function seven(scope: Scope): Promise<Payment[]> {
      const made: Payment[] = [];
      for (let n = 0; n < 7; n++)
        made.push(await stored(at.store, scope, { orderId: n === 3 ? "order" : null, status: n % 2 ? "created" : "pending" }));
      return made.toReversed();
    }

    test("payments by several statuses, method, amount, currency, e-mail, last digits and account, all at once and page by page", async () => {
      const scope = newScope();
      const card = { type: "card", connector: "sandbox", token: "t", network: "visa", last4: "4242" } as const;
      const made: Payment[] = [];
      for (let n = 0; n < 6; n++)
        made.push(
          await stored(at.store, scope, {
            status: n % 2 ? "created" : "pending",
            amount: 1_000 + n,
            currency: n === 4 ? "JPY" : "INR",
            method: n === 3 ? { type: "upi", vpa: "a@b" } : card,
            customer: n === 2 ? null : { email: n === 5 ? "Other@Shop.example" : "a@example.com" },
          }),
        );
      const { payment: charged, attempt } = await processing(at.store, scope);
      const places = async (page: object) => {
        const { rows, hasMore } = known(await at.reads.payments(scope, { limit: 9, idBefore: charged.id, ...page }));
        return [rows.map((row) => made.findIndex(({ id: one }) => one === row.id)), hasMore];
      };
      expect(await places({ statuses: ["created", "pending"] })).toEqual([[5, 4, 3, 2, 1, 0], false]);
      expect(await places({ statuses: ["created", "failed"] })).toEqual([[5, 3, 1], false]);
      expect(await places({ statuses: ["created", "pending"], limit: 2 })).toEqual([[5, 4], true]);
      expect(await places({ statuses: ["created", "pending"], limit: 2, startingAfter: made[4]!.id })).toEqual([[3, 2], true]);
      expect(await places({ statuses: ["created", "pending"], limit: 2, endingBefore: made[1]!.id })).toEqual([[3, 2], true]);
      expect(await places({ method: "upi" })).toEqual([[3], false]);
      expect(await places({ currency: "JPY" })).toEqual([[4], false]);
      expect(await places({ amountMin: 1_002, amountMax: 1_004 })).toEqual([[4, 3, 2], false]);
      expect(await places({ email: "other@shop.EXAMPLE" })).toEqual([[5], false]);
      expect(await places({ last4: "4242", statuses: ["created", "pending"] })).toEqual([[5, 4, 2, 1, 0], false]);
      expect(await places({ last4: "4243" })).toEqual([[], false]);
      expect(await places({ email: "a@example.com", method: "card", status: "created", amountMax: 1_002 })).toEqual([[1], false]);
      const over = known(await at.reads.payments(scope, { limit: 9, accountId: attempt.accountId }));
      expect(over.rows.map((row) => row.id)).toEqual([charged.id]);
    });

    test("a payment with its attempts", async () => {
      const { payment, attempt } = await processing(at.store, newScope());
      expect(await at.reads.payment(payment, payment.id)).toEqual({ payment, attempts: [attempt], refunds: [], cases: [] });
      expect(await at.reads.payment({ ...payment, mode: "live" }, payment.id)).toBeNull();
      expect(await at.reads.payment(newScope(), payment.id)).toBeNull();
      expect(await at.reads.payment(payment, id("pay"))).toBeNull();
    });

    test("events: one, those of a payment, by types, in the order of commits", async () => {
      const { payment } = await processing(at.store, newScope());
      const [second, third] = [
        event({ ...payment, sequence: 2 }, { type: "payment.failed" }),
        event({ ...payment, sequence: 3 }, { type: "refund.failed" }),
      ];
      // The later one is committed first.
      expect(await at.store.commit(moving(payment, { sequence: 2 }, { events: [third] }))).toBe("applied");
      expect(
        await at.store.commit(moving({ ...payment, sequence: 2, version: payment.version + 1 }, { sequence: 3 }, { events: [second] })),
      ).toBe("applied");
      const ids = async (page: object) => known(await at.reads.events(payment, { limit: 9, ...page })).rows.map((row) => row.id);
      const all = await ids({});
      expect(all.slice(0, 2)).toEqual([second.id, third.id]);
      expect(await ids({ endingBefore: third.id })).toEqual([second.id]);
      expect(await ids({ startingAfter: third.id })).toEqual(all.slice(2));
      expect(await ids({ types: ["refund.failed"] })).toEqual([third.id]);
      expect(await ids({ types: ["payment.failed", "payment.created"] })).toContain(second.id);
      expect(await ids({ paymentId: payment.id, limit: 1 })).toEqual([second.id]);
      expect(await ids({ idFrom: third.id })).toEqual([third.id]);
      expect(await at.reads.event(payment, second.id)).toEqual(second);
      expect(await at.reads.event(newScope(), second.id)).toBeNull();
      expect(await at.reads.events(newScope(), { limit: 9, endingBefore: third.id })).toBe("unknown_cursor");
    });

    test("orders: one, by status and receipt; a paid one stays paid", async () => {
      const scope = newScope();
      const order = (given: Partial<Order>): Order => ({
        ...scope,
        id: id("ord"),
        status: "created",
        amount: 500,
        currency: "INR",
        amountPaid: 0,
        paymentLinkId: null,
        receipt: null,
        notes: { b: "1", a: "2" },
        requestId: id("req"),
        createdAt: T0,
        ...given,
      });
      const [first, second] = [order({ receipt: "R 1" }), order({})];
      expect(await at.store.commit({ ...scope, orders: { insert: [first, second] } })).toBe("applied");
      const paid = { id: first.id, status: "paid", amountPaid: 500 } as const;
      const payment = await stored(at.store, scope, { orderId: first.id });
      expect(await at.store.commit(moving(payment, {}, { orders: { move: [paid] } }))).toBe("applied");
      const later = { ...payment, version: payment.version + 1 };
      expect(await at.store.commit(moving(later, {}, { orders: { move: [{ id: first.id, status: "attempted", amountPaid: 0 }] } }))).toBe(
        "applied",
      );
      expect(await at.reads.order(scope, first.id)).toEqual({ ...first, ...paid });
      expect(await at.store.order(scope, second.id)).toEqual(second);
      expect([await at.store.order(newScope(), first.id), await at.reads.order(newScope(), first.id)]).toEqual([null, null]);
      const ids = async (page: object) => known(await at.reads.orders(scope, { limit: 9, ...page })).rows.map((row) => row.id);
      expect(await ids({})).toEqual([second.id, first.id]);
      expect(await ids({ status: "paid" })).toEqual([first.id]);
      expect(await ids({ receipt: "R 1" })).toEqual([first.id]);
      expect(await ids({ endingBefore: first.id })).toEqual(await ids({ status: "created" }));
    });

    test("refunds: one, those of a payment, by status", async () => {
      const { payment } = await processing(at.store, newScope());
      const [first, second] = [refund(payment), refund(payment, { status: "failed" })];
      expect(await at.store.commit({ ...moving(payment, {}), refunds: { insert: [first, second] } })).toBe("applied");
      const other = newScope();
      expect(await at.reads.refund(payment, first.id)).toEqual(first);
      expect(await at.reads.refund(other, first.id)).toBeNull();
      const rows = async (page: object) => known(await at.reads.refunds(payment, { limit: 9, ...page })).rows;
      expect(await rows({})).toEqual([second, first]);
      expect(await rows({ status: "failed" })).toEqual([second]);
      expect(await rows({ paymentId: payment.id })).toEqual([second, first]);
      expect(await rows({ paymentId: id("pay") })).toEqual([]);
      expect(await at.reads.refunds(other, { limit: 9 })).toEqual({ rows: [], hasMore: false });
      expect((await at.reads.payment(payment, payment.id))!.refunds).toEqual([first, second]);
    });

    test("newest first, page by page, forwards and back", async () => {
      const scope = newScope();
      const all = await seven(scope);
      const ids = (page: { rows: readonly { id: string }[]; hasMore: boolean }) => [
        page.rows.map((row) => all.findIndex((each) => each.id === row.id)),
        page.hasMore,
      ];
      const list = async (page: Parameters<typeof at.reads.payments>[1]) => ids(known(await at.reads.payments(scope, page)));
      expect(await list({ limit: 3 })).toEqual([[0, 1, 2], true]);
      expect(await list({ limit: 7 })).toEqual([[0, 1, 2, 3, 4, 5, 6], false]);
      expect(await list({ limit: 3, startingAfter: all[2]!.id })).toEqual([[3, 4, 5], true]);
      expect(await list({ limit: 3, startingAfter: all[3]!.id })).toEqual([[4, 5, 6], false]);
      expect(await list({ limit: 3, startingAfter: all[6]!.id })).toEqual([[], false]);
      expect(await list({ limit: 2, endingBefore: all[4]!.id })).toEqual([[2, 3], true]);
      expect(await list({ limit: 2, endingBefore: all[2]!.id })).toEqual([[0, 1], false]);
      expect(await list({ limit: 2, endingBefore: all[0]!.id })).toEqual([[], false]);
    });

    test("every page follows the last until all were seen once", async () => {
      const scope = newScope();
      const all = await seven(scope);
      const seen: string[] = [];
      for (let startingAfter: string | undefined, more = true; more;) {
        const page = known(await at.reads.payments(scope, { limit: 2, startingAfter }));
        seen.push(...page.rows.map((row) => row.id));
        startingAfter = seen.at(-1);
        more = page.hasMore;
      }
      expect(seen).toEqual(all.map((row) => row.id));
    });

    test("filters by status and order, also beside an id that they leave out", async () => {
      const scope = newScope();
      const all = await seven(scope);
      expect(known(await at.reads.payments(scope, { limit: 9, status: "created" })).rows).toEqual(
        all.filter((row) => row.status === "created"),
      );
      expect(known(await at.reads.payments(scope, { limit: 9, orderId: "order" })).rows).toEqual(
        all.filter((row) => row.orderId === "order"),
      );
      expect(known(await at.reads.payments(scope, { limit: 9, orderId: "order", status: "pending" })).rows).toEqual([]);
      expect(known(await at.reads.payments(scope, { limit: 1, status: "pending" })).hasMore).toBe(true);
    });

    test("a foreign scope sees nothing", async () => {
      const scope = newScope();
      await seven(scope);
      expect(await at.reads.payments(newScope(), { limit: 9 })).toEqual({ rows: [], hasMore: false });
      expect(await at.reads.payments({ ...scope, mode: "live" }, { limit: 9 })).toEqual({ rows: [], hasMore: false });
    });

    test("each status finds its payments, those under way by their work (R16)", async () => {
      const scope = newScope();
      const under = await processing(at.store, scope);
      const rows = [under.payment];
      for (const status of ["requires_action", "authorized", "succeeded", "failed", "canceled"] as const) {
        const { payment } = await processing(at.store, scope);
        expect(await at.store.commit(moving(payment, { status }))).toBe("applied");
        rows.push({ ...payment, status });
      }
      for (const status of ["created", "pending"] as const) rows.push(await stored(at.store, scope, { status }));
      for (const { id: own, status } of rows)
        expect(
          known(await at.reads.payments(scope, { limit: 9, status })).rows.map((row) => row.id),
          status,
        ).toEqual([own]);
    });

    test("a page beside an id that names no row, or another merchant's or mode's, is refused and not empty (U7)", async () => {
      const scope = newScope();
      const theirs = await stored(at.store, newScope());
      const own = await stored(at.store, scope);
      for (const mark of [theirs.id, id("pay"), id("dlv")]) {
        expect(await at.reads.payments(scope, { limit: 9, startingAfter: mark })).toBe("unknown_cursor");
        expect(await at.reads.payments(scope, { limit: 9, endingBefore: mark })).toBe("unknown_cursor");
        expect(await at.reads.deliveries(scope, { limit: 9, startingAfter: mark })).toBe("unknown_cursor");
        expect(await at.reads.cases(scope, { limit: 9, endingBefore: mark })).toBe("unknown_cursor");
      }
      expect(await at.reads.payments({ ...scope, mode: "live" }, { limit: 9, startingAfter: own.id })).toBe("unknown_cursor");
    });

    test("a page beside a row that may have been removed goes on from its place (R10)", async () => {
      const scope = newScope();
      const of = await stored(at.store, scope);
      const told = event({ ...of, sequence: 2 });
      const [oldest, removed, newest] = [delivery(told, id("whe")), delivery(told, id("whe")), delivery(told, id("whe"))];
      await at.store.commit(moving(of, { sequence: 2 }, { events: [told], deliveries: { insert: [oldest!, newest!] } }));
      const list = (page: object) => at.reads.deliveries(scope, { limit: 9, mayBeRemoved: true, ...page });
      expect(await list({ startingAfter: removed!.id })).toEqual({ rows: [oldest], hasMore: false });
      expect(await list({ endingBefore: removed!.id })).toEqual({ rows: [newest], hasMore: false });
    });

    test("deliveries, by status and payment, page by page", async () => {
      const scope = newScope();
      const one = await stored(at.store, scope);
      const two = await stored(at.store, scope);
      const owed = [];
      for (const of of [one, two]) {
        const told = event({ ...of, sequence: 2 });
        const rows = [delivery(told, id("whe")), delivery(told, id("whe"), { status: "failed" })];
        const owedJob = job(scope, { subject: rows[0]!.id, queue: "webhook-queue", kind: "webhook" });
        await at.store.commit(moving(of, { sequence: 2 }, { events: [told], deliveries: { insert: rows }, jobs: { insert: [owedJob] } }));
        owed.unshift(...rows.toReversed());
      }
      expect(await at.reads.deliveries(scope, { limit: 9 })).toEqual({ rows: owed, hasMore: false });
      expect(await at.reads.deliveries(scope, { limit: 1, startingAfter: owed[1]!.id })).toEqual({ rows: [owed[2]], hasMore: true });
      expect(known(await at.reads.deliveries(scope, { limit: 9, paymentId: one.id })).rows).toEqual(owed.slice(2));
      expect(known(await at.reads.deliveries(scope, { limit: 9, paymentId: one.id, status: "failed" })).rows).toEqual([owed[2]]);
      expect(known(await at.reads.deliveries(scope, { limit: 9, status: "failed" })).rows).toEqual([owed[0], owed[2]]);
      expect(known(await at.reads.deliveries(scope, { limit: 9, status: "pending" })).rows).toEqual([owed[1], owed[3]]);
      expect(known(await at.reads.deliveries(newScope(), { limit: 9, paymentId: one.id })).rows).toEqual([]);
      expect(await at.reads.delivery(newScope(), owed[0]!.id)).toBeNull();
      expect(await at.reads.delivery({ ...scope, mode: "live" }, owed[0]!.id)).toBeNull();
    });

    test("cases, whole and in order", async () => {
      const scope = newScope();
      const rows = [case_(scope, { subject: "a" }), case_(scope, { subject: "b" })];
      await at.store.commit({ ...scope, cases: { open: rows } });
      await at.store.commit({ ...scope, cases: { resolve: [{ kind: rows[0]!.kind, subject: "a", resolvedAt: 1 }] } });
      expect(known(await at.reads.cases(scope, { limit: 9, status: "open" })).rows).toEqual([rows[1]]);
      expect(known(await at.reads.cases(scope, { limit: 9 })).rows.map((row) => row.id)).toEqual([rows[1]!.id, rows[0]!.id]);
      expect(known(await at.reads.cases(newScope(), { limit: 9 })).rows).toEqual([]);
    });
  });
}
