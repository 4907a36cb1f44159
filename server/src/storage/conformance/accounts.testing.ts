import { describe, expect, test } from "vitest";
import { ACCOUNTS_MAX } from "../../core/accounts.ts";
import type { Scope } from "../../core/model.ts";
import { account, id, idempotency, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function accountConformance(make: MakeStorage): void {
  describe("gateway accounts", () => {
    const at = shared(make);

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }

    test("an account comes back as it was written, to its own merchant and mode only", async () => {
      const scope = await merchant();
      const one = account(scope, {
        name: "Shop “ü”",
        credentials: { secret_key: "sk_test_ü", webhook_secret: '{"x":1}' },
        credentialsSetAt: { secret_key: T0, webhook_secret: T0 + 5 },
        previousSecretUntil: T0 + 7,
        verifiedAt: T0 + 9,
      });
      expect(await at.settings.createAccount(one)).toBe("applied");
      expect(await at.settings.accountOf(scope, one.id)).toEqual(one);
      expect(await at.settings.account(one.id)).toEqual(one);
      expect(await at.settings.accountOf({ ...scope, mode: "live" }, one.id)).toBeNull();
      expect(await at.settings.accountOf(newScope(), one.id)).toBeNull();
      expect(await at.settings.accounts({ ...scope, mode: "live" })).toEqual([]);
    });

    test("accounts are listed by priority and then by age, those that are closed last", async () => {
      const scope = await merchant();
      const [first, second, third, closed] = [
        account(scope, { priority: 1 }),
        account(scope, { priority: 2 }),
        account(scope, { priority: 2, status: "disabled" }),
        account(scope, { priority: 0, status: "disabled", closedAt: T0 }),
      ] as const;
      for (const each of [third, closed, second, first]) await at.settings.putAccount(each);
      const expected = [first, second, third].toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
      expect(await at.settings.accounts(scope)).toEqual([...expected, closed]);
    });

    test("an account comes with its idempotency key, or neither is written", async () => {
      const scope = await merchant();
      const [one, two] = [account(scope), account(scope)];
      const key = idempotency(scope, { subject: one.id, status: 201, answerBody: "{}" });
      expect(await at.settings.createAccount(one, key)).toBe("applied");
      expect((await at.store.findIdempotent(scope, key.audience, key.key))?.row).toEqual(key);
      expect(await at.settings.createAccount(two, key)).toBe("duplicate");
      expect(await at.settings.changeAccount(one, { ...one, name: "Other" }, key)).toBe("duplicate");
      expect(await at.settings.accounts(scope)).toEqual([one]);
    });

    test("creates at once never make too many; a closed account gives its place free", async () => {
      const scope = await merchant();
      const all = Array.from({ length: ACCOUNTS_MAX + 3 }, () => account(scope));
      const results = await Promise.all(all.map((each) => at.settings.createAccount(each)));
      expect(results.filter((result) => result === "full")).toHaveLength(3);
      const [one] = await at.settings.accounts(scope);
      expect(await at.settings.changeAccount(one!, { ...one!, status: "disabled" })).toBe("applied");
      expect(await at.settings.createAccount(account(scope))).toBe("full");
      const disabled = (await at.settings.accountOf(scope, one!.id))!;
      expect(await at.settings.changeAccount(disabled, { ...disabled, closedAt: T0 })).toBe("applied");
      expect(await at.settings.createAccount(account(scope))).toBe("applied");
      expect(await at.settings.createAccount(account({ ...scope, mode: "live" }))).toBe("applied");
    });

    test("of two changes at once one is written, and each raises the version; gateway, mode and age stay", async () => {
      const scope = await merchant();
      const one = account(scope);
      await at.settings.createAccount(one);
      const after = {
        ...one,
        connector: "elsewhere",
        name: "Other",
        priority: 7,
        credentials: { secret: "other" },
        credentialsSetAt: { secret: T0 + 1 },
        previousSecretUntil: T0 + 2,
        verifiedAt: T0 + 3,
        createdAt: T0 + 4,
      };
      const results = await Promise.all([1, 2].map(() => at.settings.changeAccount(one, after)));
      expect(results.toSorted()).toEqual(["applied", "stale"]);
      const changed = { ...after, connector: one.connector, createdAt: one.createdAt, version: 2 };
      expect(await at.settings.accountOf(scope, one.id)).toEqual(changed);
      expect(await at.settings.changeAccount({ ...changed, ...newScope() }, changed)).toBe("stale");
      expect(await at.settings.changeAccount({ ...changed, id: id("acc") }, changed)).toBe("stale");
    });

    test("an account that is closed stays so, and its credentials can still be changed", async () => {
      const scope = await merchant();
      const one = account(scope, { status: "disabled", closedAt: T0 });
      await at.settings.putAccount(one);
      expect(await at.settings.changeAccount(one, { ...one, status: "enabled", closedAt: null })).toBe("stale");
      expect(await at.settings.changeAccount(one, { ...one, closedAt: T0 + 1 })).toBe("stale");
      expect(await at.settings.accountOf(scope, one.id)).toEqual(one);
      expect(await at.settings.changeAccount(one, { ...one, credentials: { secret: "other" } })).toBe("applied");
      expect(await at.settings.accountOf(scope, one.id)).toEqual({ ...one, credentials: { secret: "other" }, version: 2 });
    });
  });
}
