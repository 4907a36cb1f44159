import { describe, expect, test } from "vitest";
import { noEmailSettings } from "../../core/email.ts";
import type { Scope } from "../../core/model.ts";
import { delivery, endpoint, event, id, moving, newScope, stored, T0 } from "./rows.testing.ts";
import { known, shared, type MakeStorage } from "./storage.testing.ts";

export function emailConformance(make: MakeStorage): void {
  describe("e-mail", () => {
    const at = shared(make);

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Chai", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }

    test("settings are one row of a merchant and mode, whose id stays", async () => {
      const scope = await merchant();
      expect(await at.settings.emailSettings(scope)).toBeNull();
      const first = {
        ...noEmailSettings(scope, id("eml")),
        enabled: true,
        fromName: "Chai",
        replyTo: "a@b.example",
        line: "Hi",
        updatedAt: T0,
      };
      expect(await at.settings.putEmailSettings(first)).toEqual(first);
      const next = { ...noEmailSettings(scope, id("eml")), events: ["payment.failed"] as const, locale: "ar" as const, updatedAt: T0 + 1 };
      expect(await at.settings.putEmailSettings(next)).toEqual({ ...next, id: first.id });
      expect(await at.settings.emailSettings(scope)).toEqual({ ...next, id: first.id });
      expect(await at.settings.emailSettings({ ...scope, mode: "live" })).toBeNull();
      expect(await at.settings.emailSettings(newScope())).toBeNull();
    });

    test("a payment's load names it among the endpoints while it is turned on", async () => {
      const scope = await merchant();
      const to = endpoint(scope, { events: ["*"] });
      await at.settings.putEndpoint(to, null);
      const payment = await stored(at.store, scope);
      const settings = { ...noEmailSettings(scope, id("eml")), enabled: true };
      await at.settings.putEmailSettings(settings);
      expect((await at.store.load(scope, payment.id))!.endpoints).toEqual([
        { id: settings.id, events: settings.events },
        { id: to.id, events: ["*"] },
      ]);
      await at.settings.putEmailSettings({ ...settings, enabled: false });
      expect((await at.store.load(scope, payment.id))!.endpoints).toEqual([{ id: to.id, events: ["*"] }]);
    });

    test("a delivery of it is loaded with what its message is made of, and is listed with its recipient", async () => {
      const scope = await merchant();
      const settings = await at.settings.putEmailSettings({ ...noEmailSettings(scope, id("eml")), enabled: true });
      const payment = await stored(at.store, scope, { customer: { email: "a@shopper.example" }, metadata: { locale: "de" } });
      const told = event({ ...payment, sequence: 2 }, { type: "payment.succeeded" });
      const owed = delivery(told, settings.id, { channel: "email" });
      const beside = delivery(told, endpoint(scope).id);
      const change = moving(payment, { sequence: 2 }, { events: [told], deliveries: { insert: [owed, beside] } });
      expect(await at.store.commit(change)).toBe("applied");
      const after = (await at.store.load(scope, payment.id))!.payment;
      expect(await at.store.delivery(scope, owed.id)).toMatchObject({
        delivery: owed,
        endpoint: null,
        mail: { settings, merchantName: "Chai", payment: after },
      });
      expect((await at.store.delivery(scope, beside.id))!.mail).toBeUndefined();
      const { rows } = known(await at.reads.deliveries(scope, { limit: 10, paymentId: payment.id }));
      const recipients = new Map(rows.map((row) => [row.id, row.to]));
      expect([recipients.get(owed.id), recipients.get(beside.id)]).toEqual(["a@shopper.example", undefined]);
      expect((await at.reads.delivery(scope, owed.id))!.to).toBe("a@shopper.example");
    });
  });
}
