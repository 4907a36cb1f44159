import { describe, expect, test } from "vitest";
import { noCheckoutSettings, type CheckoutSession } from "../../core/checkout.ts";
import type { Order, Scope } from "../../core/model.ts";
import { id, idempotency, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function checkoutConformance(make: MakeStorage): void {
  describe("checkouts", () => {
    const at = shared(make);

    async function shop(): Promise<{ readonly scope: Scope; readonly orderId: string }> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      const order: Order = {
        ...scope,
        id: id("ord"),
        status: "created",
        amount: 100,
        currency: "INR",
        amountPaid: 0,
        paymentLinkId: null,
        receipt: null,
        notes: {},
        requestId: "req_1",
        createdAt: T0,
      };
      await at.store.commit({ ...scope, orders: { insert: [order] } });
      return { scope, orderId: order.id };
    }

    const session = (scope: Scope, orderId: string, over: Partial<CheckoutSession> = {}): CheckoutSession => ({
      ...scope,
      id: id("cs"),
      orderId,
      methods: ["card", "upi"],
      returnUrl: "https://shop.example/thanks",
      cancelUrl: null,
      locale: "hi",
      customer: { email: "asha@shopper.example" },
      expiresAt: T0 + 60_000,
      canceledAt: null,
      createdAt: T0,
      ...over,
    });

    test("a session is kept as it was made, once per key, and found by its merchant or by its id alone", async () => {
      const { scope, orderId } = await shop();
      const [first, second] = [
        session(scope, orderId),
        session(scope, orderId, { methods: null, returnUrl: null, locale: null, customer: null }),
      ];
      const key = idempotency(scope, { key: "one" });
      expect(await at.settings.createCheckoutSession(first, key)).toBe("applied");
      expect(await at.settings.createCheckoutSession(second, key)).toBe("duplicate");
      expect(await at.settings.checkoutSession(scope, second.id)).toBeNull();
      expect(await at.settings.createCheckoutSession(second)).toBe("applied");
      expect(await at.settings.checkoutSession(scope, first.id)).toEqual(first);
      expect(await at.settings.checkoutSession(scope, second.id)).toEqual(second);
      expect(await at.settings.checkoutSession({ ...scope, mode: "live" }, first.id)).toBeNull();
      expect(await at.settings.checkoutSession(newScope(), first.id)).toBeNull();
      expect(await at.settings.checkoutScope(first.id)).toEqual(scope);
      expect(await at.settings.checkoutScope(id("cs"))).toBeNull();
    });

    test("a session is called off once, by its own merchant", async () => {
      const { scope, orderId } = await shop();
      const made = session(scope, orderId);
      await at.settings.createCheckoutSession(made);
      expect(await at.settings.cancelCheckoutSession({ ...scope, mode: "live" }, made.id, T0 + 1)).toBe(false);
      expect(await at.settings.cancelCheckoutSession(scope, made.id, T0 + 1)).toBe(true);
      expect(await at.settings.cancelCheckoutSession(scope, made.id, T0 + 2)).toBe(false);
      expect(await at.settings.checkoutSession(scope, made.id)).toEqual({ ...made, canceledAt: T0 + 1 });
    });

    test("the settings are replaced as a whole, in each mode by itself", async () => {
      const { scope } = await shop();
      expect(await at.settings.checkoutSettings(scope)).toBeNull();
      const first = { name: "Tea", color: "#0b5cff", logo: "data:image/png;base64,AAAA", origins: ["https://tea.example"] };
      await at.settings.putCheckoutSettings(scope, first, T0);
      expect(await at.settings.checkoutSettings(scope)).toEqual(first);
      await at.settings.putCheckoutSettings(scope, noCheckoutSettings, T0 + 1);
      expect(await at.settings.checkoutSettings(scope)).toEqual(noCheckoutSettings);
      expect(await at.settings.checkoutSettings({ ...scope, mode: "live" })).toBeNull();
    });

    test("a publishable key says whose it is until it is revoked", async () => {
      const { scope } = await shop();
      const key = `pk_test_${scope.merchantId}`;
      const own = { id: id("key"), key, secret: "sk_test_1", scopes: ["config"] as const, apiVersion: "2026-11-27", name: "Default" };
      await at.settings.createKey({ ...scope, ...own, rateLimitPerSecond: null, createdAt: T0 });
      expect(await at.settings.publicKey(key, T0)).toEqual(scope);
      expect(await at.settings.publicKey("pk_test_of_nobody", T0)).toBeNull();
      await at.settings.revokeKey(scope, own.id, T0 + 1);
      expect(await at.settings.publicKey(key, T0 + 2)).toBeNull();
    });
  });
}
