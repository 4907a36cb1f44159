import { describe, expect, test } from "vitest";
import type { CheckoutSession } from "../../core/checkout.ts";
import type { CommitResult } from "../../core/change.ts";
import type { Order, Payment, Scope } from "../../core/model.ts";
import type { PaymentLink } from "../../core/payment-links.ts";
import { creation, id, idempotency, moving, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

const keyTraits = { scopes: ["config"] as const, apiVersion: "2026-11-27", name: "A", rateLimitPerSecond: null, createdAt: T0 };

export function linkConformance(make: MakeStorage): void {
  describe("payment links", () => {
    const at = shared(make);

    async function newLink(over: Partial<PaymentLink> = {}, scope = newScope()): Promise<PaymentLink> {
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      const link: PaymentLink = {
        ...scope,
        id: id("plink"),
        token: id("key").slice(-20).toLowerCase(),
        amount: 100,
        currency: "INR",
        minAmount: null,
        maxAmount: null,
        suggestedAmount: null,
        description: "Tea",
        uses: 1,
        methods: ["card"],
        returnUrl: null,
        locale: "hi",
        metadata: { shop: "1" },
        expiresAt: T0 + 1_000,
        deactivatedAt: null,
        createdAt: T0,
        ...over,
      };
      expect(await at.settings.createPaymentLink(link)).toBe("applied");
      return link;
    }

    function orderOf(link: PaymentLink): { readonly order: Order; readonly session: CheckoutSession } {
      const { merchantId, mode } = link;
      const order: Order = {
        merchantId,
        mode,
        id: id("ord"),
        status: "created",
        amount: 100,
        currency: "INR",
        amountPaid: 0,
        receipt: null,
        notes: {},
        paymentLinkId: link.id,
        requestId: "req_1",
        createdAt: T0,
      };
      const urls = { returnUrl: null, cancelUrl: null, locale: null, customer: null };
      const session = { merchantId, mode, id: id("cs"), orderId: order.id, methods: null, ...urls, canceledAt: null };
      return { order, session: { ...session, expiresAt: T0 + 60_000, createdAt: T0 } };
    }

    async function newOrder(link: PaymentLink): Promise<string> {
      const made = orderOf(link);
      expect(await at.settings.createLinkCheckout(made)).toBe("applied");
      return made.order.id;
    }

    /** A payment of it that is to be charged. */
    async function begin(scope: Scope, orderId: string): Promise<{ readonly result: CommitResult; readonly payment: Payment }> {
      const made = creation(scope, { payment: { orderId } });
      return { result: await at.store.create(made), payment: made.payment };
    }

    const fail = async (payment: Payment): Promise<CommitResult> => {
      const { orderId } = payment;
      return at.store.commit(moving(payment, { status: "failed", finalizedAt: T0 }, { releaseOrder: orderId! }));
    };

    test("is kept as it was made, once per key, and found by its merchant or by its token alone", async () => {
      const link = await newLink();
      const key = idempotency(link, { key: "one" });
      const [first, second] = [link, link].map((of) => ({ ...of, id: id("plink"), token: id("key").slice(-20).toLowerCase() }));
      expect(await at.settings.createPaymentLink(first!, key)).toBe("applied");
      expect(await at.settings.createPaymentLink(second!, key)).toBe("duplicate");
      expect(await at.settings.paymentLinkAt(second!.token)).toBeNull();
      const scope = { merchantId: link.merchantId, mode: link.mode };
      expect(await at.settings.paymentLink(scope, first!.id)).toEqual({ ...first, timesPaid: 0 });
      expect(await at.settings.paymentLinkAt(first!.token)).toEqual({ ...first, timesPaid: 0 });
      expect(await at.settings.paymentLink({ ...scope, mode: "live" }, first!.id)).toBeNull();
      expect(await at.settings.paymentLink(newScope(), first!.id)).toBeNull();
    });

    test("an order and its session are made together, once per key", async () => {
      const link = await newLink();
      const [first, second] = [orderOf(link), orderOf(link)];
      const key = idempotency(link, { key: "press", creates: false });
      expect(await at.settings.createLinkCheckout(first, key)).toBe("applied");
      expect(await at.settings.createLinkCheckout(second, key)).toBe("duplicate");
      expect(await at.store.order(link, first.order.id)).toEqual(first.order);
      expect(await at.settings.checkoutSession(link, first.session.id)).toEqual(first.session);
      expect(await at.store.order(link, second.order.id)).toBeNull();
    });

    test("is deactivated once, by its own merchant, once per key", async () => {
      const link = await newLink();
      const off = (scope: Scope, now: number, key?: string) =>
        at.settings.deactivatePaymentLink(scope, link.id, { now, key: key === undefined ? undefined : idempotency(link, { key }) });
      expect(await off(newScope(), T0)).toBe("stale");
      await at.settings.createPaymentLink({ ...link, id: id("plink"), token: "0".repeat(20) }, idempotency(link, { key: "taken" }));
      expect(await off(link, T0, "taken")).toBe("duplicate");
      expect(await off(link, T0 + 5, "mine")).toBe("applied");
      expect(await off(link, T0 + 6)).toBe("stale");
      expect(await at.settings.paymentLinkAt(link.token)).toMatchObject({ deactivatedAt: T0 + 5 });
    });

    test("one of two orders begins to be paid, and the other one when the first has failed", async () => {
      const link = await newLink();
      const [one, two] = [await newOrder(link), await newOrder(link)];
      const first = await begin(link, one);
      expect(first.result).toBe("applied");
      expect((await begin(link, two)).result).toBe("link_full");
      // Of the same order it is that one's payment that is in the way.
      expect((await begin(link, one)).result).toBe("order_busy");
      expect(await fail(first.payment)).toBe("applied");
      expect((await begin(link, two)).result).toBe("applied");
      expect((await begin(link, one)).result).toBe("link_full");
    });

    test("a refusal leaves the caller's key free, at a create and at a confirm", async () => {
      const link = await newLink();
      const [one, two] = [await newOrder(link), await newOrder(link)];
      const first = await begin(link, one);
      const late = creation(link, { payment: { orderId: two }, key: "late" });
      expect(await at.store.create(late)).toBe("link_full");
      expect(await at.store.findIdempotent(link, "merchant", "late")).toBeNull();
      const created = creation(link, { payment: { orderId: two, status: "created" } });
      expect(await at.store.create(created)).toBe("applied");
      const confirm = () =>
        at.store.commit(
          moving(
            created.payment,
            { status: "pending" },
            { takeOrder: two, idempotency: idempotency(link, { key: "confirm", creates: false }) },
          ),
        );
      expect(await confirm()).toBe("link_full");
      expect(await at.store.findIdempotent(link, "merchant", "confirm")).toBeNull();
      await fail(first.payment);
      expect(await confirm()).toBe("applied");
    });

    test("of twenty at once as many begin as may, and none of other links is held up", async () => {
      const link = await newLink({ uses: 7 });
      const other = await newLink({ uses: null }, link);
      const mine = await Promise.all(Array.from({ length: 20 }, () => newOrder(link)));
      const others = await Promise.all(Array.from({ length: 20 }, () => newOrder(other)));
      const results = await Promise.all([...mine, ...others].map((order) => begin(link, order)));
      const applied = (from: typeof results) => from.filter(({ result }) => result === "applied").length;
      expect([applied(results.slice(0, 20)), applied(results.slice(20))]).toEqual([7, 20]);
    });

    test("who has paid keeps the use, also when all of it was given back and when it is paid again", async () => {
      const link = await newLink();
      const [one, two] = [await newOrder(link), await newOrder(link)];
      const begun = await begin(link, one);
      expect(await at.store.commit(moving(begun.payment, { status: "processing" }))).toBe("applied");
      const payment: Payment = { ...begun.payment, status: "processing", version: begun.payment.version + 1 };
      const paid = { orders: { move: [{ id: one, status: "paid", amountPaid: 100 }] } } as const;
      const money = { amountAuthorized: 100, amountCaptured: 100 };
      expect(await at.store.commit(moving(payment, { status: "succeeded", finalizedAt: T0, ...money }, paid))).toBe("applied");
      expect(await at.settings.paymentLink(link, link.id)).toMatchObject({ timesPaid: 1 });
      const succeeded = { ...payment, status: "succeeded", finalizedAt: T0, ...money, version: payment.version + 1 } as const;
      expect(await at.store.commit(moving(succeeded, { amountRefunded: 100 }, { releaseOrder: one }))).toBe("applied");
      expect((await begin(link, two)).result).toBe("link_full");
      const again = await begin(link, one);
      expect(again.result).toBe("applied");
      await fail(again.payment);
      expect((await begin(link, two)).result).toBe("link_full");
    });

    test("links are listed by their status at a time, and orders by their link", async () => {
      const scope = newScope();
      const [open, over] = [await newLink({ expiresAt: null }, scope), await newLink({}, scope)];
      const off = await newLink({ deactivatedAt: T0 }, scope);
      const order = await newOrder(open);
      await newOrder(over);
      const idsOf = async (status: "active" | "expired" | "deactivated" | "used_up" | undefined, now: number): Promise<string[]> => {
        const page = await at.reads.paymentLinks(scope, { limit: 10, status }, now);
        return page === "unknown_cursor" ? [page] : page.rows.map((row) => row.id);
      };
      expect(await idsOf(undefined, T0)).toEqual([off.id, over.id, open.id]);
      expect(await idsOf("active", T0)).toEqual([over.id, open.id]);
      expect(await idsOf("active", T0 + 1_000)).toEqual([open.id]);
      expect(await idsOf("expired", T0 + 1_000)).toEqual([over.id]);
      expect(await idsOf("deactivated", T0)).toEqual([off.id]);
      expect(await idsOf("used_up", T0)).toEqual([]);
      const orders = await at.reads.orders(scope, { limit: 10, paymentLinkId: open.id });
      expect(orders === "unknown_cursor" ? [] : orders.rows.map((row) => row.id)).toEqual([order]);
    });

    test("a publishable key of its merchant is found while one is in force", async () => {
      const link = await newLink();
      expect(await at.settings.publicKeyOf(link, T0)).toBeNull();
      const key = { merchantId: link.merchantId, mode: link.mode, id: id("key"), key: `pk_test_${link.id}`, secret: "sk_test_1" };
      await at.settings.createKey({ ...key, ...keyTraits });
      expect(await at.settings.publicKeyOf(link, T0)).toBe(key.key);
      expect(await at.settings.publicKeyOf({ ...link, mode: "live" }, T0)).toBeNull();
      await at.settings.revokeKey(link, key.id, T0 + 1);
      expect(await at.settings.publicKeyOf(link, T0 + 2)).toBeNull();
    });

    test("of several publishable keys the one that lasts longest is found, and of those without an end the first made", async () => {
      const link = await newLink();
      const newKey = () => {
        const own = id("key");
        return { id: own, key: `pk_test_${own}`, secret: "sk_test_1", merchantId: link.merchantId, mode: link.mode, ...keyTraits };
      };
      const [ending, first, second] = [newKey(), newKey(), newKey()];
      await at.settings.createKey(ending);
      const before = (await at.settings.key(link, ending.id))!;
      expect(await at.settings.rotateKey(before, T0 + 1_000, second)).toBe("applied");
      expect(await at.settings.publicKeyOf(link, T0)).toBe(second.key);
      await at.settings.createKey(first);
      expect(await at.settings.publicKeyOf(link, T0)).toBe(first.key);
      await at.settings.revokeKey(link, first.id, T0 + 1);
      await at.settings.revokeKey(link, second.id, T0 + 1);
      expect(await at.settings.publicKeyOf(link, T0 + 2)).toBe(ending.key);
    });
  });
}
