import { describe, expect, test } from "vitest";
import type { Scope } from "../../core/model.ts";
import type { Page } from "../../core/ports/reads.ts";
import type { Merchant, NewKey } from "../../core/ports/settings.ts";
import { account, id, idempotency, T0, tick } from "./rows.testing.ts";
import { known, shared, type MakeStorage } from "./storage.testing.ts";

export function merchantConformance(make: MakeStorage): void {
  describe("merchants", () => {
    const at = shared(make);

    /** Who is new here, and what they begin with. */
    const newcomer = () => {
      const scope: Scope = { merchantId: id("mer"), mode: "test" };
      const own = id("key");
      const merchant: Merchant = {
        id: scope.merchantId,
        name: "Shop",
        email: `${scope.merchantId}@example.com`,
        timeZone: "UTC",
        createdAt: tick(),
      };
      const named = { key: `pk_${own}`, secret: `sk_${own}`, name: "Default", apiVersion: "2026-11-27", createdAt: T0 };
      const key: NewKey = { ...scope, id: own, ...named, scopes: ["config"], rateLimitPerSecond: null };
      return { scope, merchant, key, account: account(scope) };
    };
    const operator: Scope = { merchantId: "operator", mode: "test" };

    test("a merchant comes with its account, its key and the idempotency key, or none of them is written", async () => {
      const [one, two] = [newcomer(), newcomer()];
      const taken = idempotency(operator, { audience: "operator", subject: one.merchant.id, status: 201, answerBody: "{}" });
      expect(await at.settings.createMerchant(one.merchant, { ...one, idempotency: taken })).toBe("created");
      expect(await at.settings.account(one.account.id)).toEqual(one.account);
      expect(await at.settings.authenticate(one.key.key, one.key.secret, T0)).toMatchObject({ keyId: one.key.id, ...one.scope });
      expect((await at.store.findIdempotent(operator, "operator", taken.key))?.row).toEqual(taken);
      expect(await at.store.findIdempotent(operator, "merchant", taken.key)).toBeNull();

      const sameEmail = { ...two.merchant, email: one.merchant.email.toUpperCase() };
      const free = { ...taken, key: `${taken.key} next` };
      expect(await at.settings.createMerchant(sameEmail, { ...two, idempotency: free })).toBe("email_taken");
      expect(await at.settings.createMerchant(two.merchant, { ...two, idempotency: taken })).toBe("duplicate");
      expect(await at.reads.merchant(two.merchant.id)).toBeNull();
      expect(await at.settings.account(two.account.id)).toBeNull();
      expect(await at.settings.keys(two.scope, T0)).toEqual([]);
      expect(await at.store.findIdempotent(operator, "operator", free.key)).toBeNull();
      expect(await at.settings.createMerchant(two.merchant, { account: two.account, key: two.key })).toBe("created");
    });

    test("merchants are listed newest first, page by page, and found by their ids", async () => {
      const all: Merchant[] = [];
      for (let n = 0; n < 5; n++) {
        const { merchant } = newcomer();
        all.unshift(merchant);
        await at.settings.createMerchant(merchant);
      }
      const oldest = all.at(-1)!;
      const page = async (given: Omit<Page, "limit"> & { limit?: number }) =>
        known(await at.reads.merchants({ limit: 2, idFrom: oldest.id, ...given }));
      expect(await page({})).toEqual({ rows: all.slice(0, 2), hasMore: true });
      expect(await page({ startingAfter: all[1]!.id })).toEqual({ rows: all.slice(2, 4), hasMore: true });
      expect(await page({ startingAfter: all[3]!.id })).toEqual({ rows: [oldest], hasMore: false });
      expect(await page({ endingBefore: oldest.id })).toEqual({ rows: all.slice(2, 4), hasMore: true });
      expect(await page({ endingBefore: all[0]!.id })).toEqual({ rows: [], hasMore: false });
      expect(await page({ limit: 9, idBefore: all[3]!.id })).toEqual({ rows: [oldest], hasMore: false });
      expect(await at.reads.merchants({ limit: 9, startingAfter: id("mer") })).toBe("unknown_cursor");
      expect(await at.reads.merchants({ limit: 9, endingBefore: id("mer") })).toBe("unknown_cursor");
      expect(await at.reads.merchant(oldest.id)).toEqual(oldest);
      expect(await at.reads.merchant(id("mer"))).toBeNull();
    });
  });
}
