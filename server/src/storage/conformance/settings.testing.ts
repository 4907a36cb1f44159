import { describe, expect, test } from "vitest";
import { ENDPOINTS_MAX } from "../../core/constants.ts";
import type { Scope } from "../../core/model.ts";
import { account, endpoint, id, idempotency, newScope, stored, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function settingsConformance(make: MakeStorage): void {
  describe("settings", () => {
    const at = shared(make);

    async function merchant(mode: Scope["mode"] = "test"): Promise<Scope> {
      const scope = newScope(mode);
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }

    test("an address belongs to one merchant, in whatever letters it is written", async () => {
      const first = { id: id("mer"), name: "One", email: "one@example.com", createdAt: T0 };
      expect(await at.settings.createMerchant(first)).toBe("created");
      expect(await at.settings.createMerchant({ ...first, id: id("mer") })).toBe("email_taken");
      expect(await at.settings.createMerchant({ ...first, id: id("mer"), email: "One@Example.com" })).toBe("email_taken");
      expect((await at.settings.findMerchantByEmail("one@example.com"))?.id).toBe(first.id);
      expect((await at.settings.findMerchantByEmail("ONE@example.com"))?.id).toBe(first.id);
      expect(await at.settings.findMerchantByEmail("two@example.com")).toBeNull();
    });

    test("a key opens with its own secret only, and never again once revoked", async () => {
      const scope = await merchant();
      const key = {
        ...scope,
        id: id("key"),
        key: `pk_test_${scope.merchantId}`,
        secret: `sk_test_${scope.merchantId}`,
        scopes: ["payments.read", "webhooks"] as const,
        apiVersion: "2027-01-15",
        name: "Default",
        rateLimitPerSecond: null,
        createdAt: T0,
      };
      await at.settings.createKey(key);
      const actor = { ...scope, keyId: key.id, person: null, scopes: key.scopes, rateLimitPerSecond: null, apiVersion: key.apiVersion };
      expect(await at.settings.authenticate(key.key, key.secret, T0)).toEqual(actor);
      for (const [name, secret] of [
        [key.key, `${key.secret}x`],
        [key.key, ""],
        ["pk_test_unknown", key.secret],
        [key.key, key.secret.slice(0, -1)],
        [key.key, key.secret.toUpperCase()],
      ] as const) {
        expect(await at.settings.authenticate(name, secret, T0)).toBeNull();
      }
      expect(await at.settings.revokeKey({ ...scope, mode: "live" }, key.id, T0 + 1)).toBe(false);
      expect(await at.settings.revokeKey(newScope(), key.id, T0 + 1)).toBe(false);
      expect(await at.settings.revokeKey(scope, key.id, T0 + 1)).toBe(true);
      expect(await at.settings.revokeKey(scope, key.id, T0 + 2)).toBe(false);
      expect(await at.settings.authenticate(key.key, key.secret, T0 + 2)).toBeNull();
      // By a clock that is behind as well.
      expect(await at.settings.authenticate(key.key, key.secret, T0)).toBeNull();
    });

    test("a scope has one endpoint, which a second one replaces", async () => {
      const scope = await merchant();
      expect(await at.settings.endpoint(scope)).toBeNull();
      const first = endpoint(scope);
      expect(await at.settings.putEndpoint(first, null)).toBe("applied");
      expect(await at.settings.endpoint(scope)).toEqual(first);
      const rotated = {
        ...first,
        secret: "whsec_new",
        previousSecret: first.secret,
        previousSecretUntil: T0 + 1_000,
        retryIntervalsMs: [0, 1_000, 60_000],
      };
      expect(await at.settings.putEndpoint(rotated, first.id)).toBe("applied");
      expect(await at.settings.endpoint(scope)).toEqual(rotated);
      const other = endpoint(scope, { url: "https://other.example/hook" });
      expect(await at.settings.putEndpoint(other, first.id)).toBe("applied");
      expect(await at.settings.endpoint(scope)).toEqual(other);
      expect(await at.settings.endpoint({ ...scope, mode: "live" })).toBeNull();
    });

    test("an endpoint that somebody else has replaced is not replaced again", async () => {
      const scope = await merchant();
      const [one, two] = [endpoint(scope), endpoint(scope)];
      const results = await Promise.all([at.settings.putEndpoint(one, null), at.settings.putEndpoint(two, null)]);
      expect(results.toSorted()).toEqual(["applied", "stale"]);
      const standing = results[0] === "applied" ? one : two;
      expect(await at.settings.endpoint(scope)).toEqual(standing);
      expect(await at.settings.putEndpoint(endpoint(scope), id("whe"))).toBe("stale");
    });

    test("an endpoint comes with its key, or neither is written", async () => {
      const scope = await merchant();
      const one = endpoint(scope);
      const key = idempotency(scope, { subject: one.id, status: 201, answerBody: "{}" });
      expect(await at.settings.putEndpoint(one, null, key)).toBe("applied");
      expect((await at.store.findIdempotent(scope, key.audience, key.key))?.row).toEqual(key);
      const other = endpoint(scope);
      expect(await at.settings.putEndpoint(other, one.id, { ...key, subject: other.id })).toBe("duplicate");
      const next = { ...key, key: `${key.key} next` };
      expect(await at.settings.putEndpoint(other, id("whe"), next)).toBe("stale");
      expect(await at.settings.endpoint(scope)).toEqual(one);
      expect(await at.store.findIdempotent(scope, next.audience, next.key)).toBeNull();
    });

    test("a scope has as many endpoints as there are places, oldest first, and each is found by its id", async () => {
      const scope = await merchant();
      const all = Array.from({ length: ENDPOINTS_MAX }, () => endpoint(scope));
      const results = [];
      for (const each of all) results.push(await at.settings.addEndpoint(each));
      expect(results).toEqual(all.map(() => "applied"));
      expect(await at.settings.addEndpoint(endpoint(scope))).toBe("full");
      expect(await at.settings.endpoints(scope)).toEqual(all);
      expect(await at.settings.endpoint(scope)).toEqual(all[0]);
      expect(await at.settings.endpoint(scope, all[3]!.id)).toEqual(all[3]);
      expect(await at.settings.endpoint({ ...scope, mode: "live" }, all[3]!.id)).toBeNull();
      expect(await at.settings.endpoints(newScope())).toEqual([]);
      expect(await at.settings.removeEndpoint(newScope(), all[3]!.id)).toBe(false);
      expect(await at.settings.removeEndpoint(scope, all[3]!.id)).toBe(true);
      expect(await at.settings.removeEndpoint(scope, all[3]!.id)).toBe(false);
      const next = endpoint(scope);
      expect(await at.settings.addEndpoint(next)).toBe("applied");
      expect(await at.settings.endpoints(scope)).toEqual([...all.filter((each) => each !== all[3]), next]);
    });

    test("more endpoints at once than there are places never become too many", async () => {
      const scope = await merchant();
      const add = async () => {
        for (let tries = 0; tries < 50; tries++) {
          const result = await at.settings.addEndpoint(endpoint(scope));
          if (result !== "stale") return result;
        }
        throw new Error("each time another one was faster");
      };
      const results = await Promise.all(Array.from({ length: ENDPOINTS_MAX + 4 }, add));
      expect(results.filter((result) => result === "full")).toHaveLength(4);
      expect(await at.settings.endpoints(scope)).toHaveLength(ENDPOINTS_MAX);
    });

    test("an added or changed endpoint comes with its key, or neither is written", async () => {
      const scope = await merchant();
      const one = endpoint(scope);
      const key = idempotency(scope, { subject: one.id, status: 201, answerBody: "{}" });
      expect(await at.settings.addEndpoint(one, key)).toBe("applied");
      expect(await at.settings.addEndpoint(endpoint(scope), key)).toBe("duplicate");
      expect(await at.settings.changeEndpoint(one, { ...one, url: "https://two.example" }, key)).toBe("duplicate");
      expect(await at.settings.endpoints(scope)).toEqual([one]);
    });

    test("a change of what a merchant sets is written if nobody else was faster, and never touches the status", async () => {
      const scope = await merchant();
      const [one, other] = [endpoint(scope), endpoint(scope)];
      await at.settings.addEndpoint(one);
      await at.settings.addEndpoint(other);
      expect(await at.settings.moveEndpoint(one, { ...one, status: "paused" })).toBe(true);
      const changes = {
        url: "https://two.example/hook",
        description: "books",
        events: ["payment.succeeded", "refund.*"],
        secret: "whsec_new",
        secretCreatedAt: T0 + 1,
        previousSecret: one.secret,
        previousSecretUntil: T0 + 1_000,
        headers: { "X-Shop": "a", Authorization: "Bearer ü" },
        retryIntervalsMs: [0, 60_000],
      };
      const results = [1, 2].map(() => at.settings.changeEndpoint(one, { ...one, ...changes }));
      expect((await Promise.all(results)).toSorted()).toEqual(["applied", "stale"]);
      expect(await at.settings.endpoint(scope, one.id)).toEqual({ ...one, ...changes, status: "paused", version: 2 });
      expect(await at.settings.endpoint(scope, other.id)).toEqual(other);
      const elsewhere = { ...one, ...newScope(), version: 2 };
      expect(await at.settings.changeEndpoint(elsewhere, elsewhere)).toBe("stale");
      // The short form replaces what it has read, or nothing.
      expect(await at.settings.putEndpoint(one, one.id)).toBe("stale");
    });

    test("an endpoint is moved from what it still is, by its own merchant's work only", async () => {
      const scope = await merchant();
      const one = endpoint(scope);
      await at.settings.putEndpoint(one, null);
      const gone = { ...one, goneSince: T0 + 123 };
      expect(await at.settings.moveEndpoint({ ...one, ...newScope() }, gone)).toBe(false);
      expect((await Promise.all([1, 2].map(() => at.settings.moveEndpoint(one, gone)))).toSorted()).toEqual([false, true]);
      const off = { ...gone, status: "disabled", disabledReason: "410 Gone", disabledAt: T0 + 60_123 } as const;
      expect(await at.settings.moveEndpoint(one, off)).toBe(false);
      expect(await at.settings.moveEndpoint(gone, { ...off, url: "https://other.example" })).toBe(true);
      expect(await at.settings.endpoint(scope)).toEqual(off);
      await at.settings.putEndpoint(one, one.id);
      expect(await at.settings.endpoint(scope)).toEqual(one);
    });

    test("a breaker is moved from what it still is, and a change of settings leaves it alone", async () => {
      const scope = await merchant();
      const one = endpoint(scope);
      await at.settings.addEndpoint(one);
      const open = { breakerUntil: T0 + 123, breakerTrips: 1 };
      expect(await at.settings.moveBreaker({ ...one, ...newScope() }, open)).toBe(false);
      expect((await Promise.all([1, 2].map(() => at.settings.moveBreaker(one, open)))).toSorted()).toEqual([false, true]);
      expect(await at.settings.moveBreaker(one, { breakerUntil: T0 + 5, breakerTrips: 2 })).toBe(false);
      expect(await at.settings.changeEndpoint(one, { ...one, url: "https://two.example" })).toBe("applied");
      expect(await at.settings.moveEndpoint(one, { ...one, status: "paused" })).toBe(true);
      expect(await at.settings.endpoint(scope)).toMatchObject({ ...open, url: "https://two.example", status: "paused" });
      expect(await at.settings.moveBreaker({ ...one, ...open }, { breakerUntil: null, breakerTrips: 0 })).toBe(true);
      expect(await at.settings.endpoint(scope)).toMatchObject({ breakerUntil: null, breakerTrips: 0 });
    });

    test("the connectors of enabled accounts are named once each, those of disabled ones not", async () => {
      const scope = await merchant();
      for (const changes of [{ connector: "used" }, { connector: "used" }, { connector: "unused", status: "disabled" }] as const)
        await at.settings.putAccount(account(scope, changes));
      const names = await at.settings.connectorsInUse();
      expect(names.filter((name) => name === "used")).toHaveLength(1);
      expect(names).not.toContain("unused");
    });

    test("the routes of a new payment are those of each snapshot: enabled accounts by priority, and the rules", async () => {
      const [scope, other] = [await merchant(), await merchant()];
      expect(await at.settings.routesOf(scope)).toEqual({ accounts: [], rules: [] });
      const [second, first] = [account(scope, { priority: 2 }), account(scope, { priority: 1, connector: "two" })];
      for (const each of [second, first, account(scope, { priority: 0, status: "disabled" })]) await at.settings.putAccount(each);
      await at.settings.putAccount(account({ ...scope, mode: "live" }, { connector: "live" }));
      await at.settings.putAccount(account(other, { connector: "other" }));
      const rules = [{ name: "a", when: { currencies: ["INR"] }, accounts: [first.id], elseOthers: false }];
      await at.settings.putRouting(scope, rules, { now: T0, expected: null });
      const routes = await at.settings.routesOf(scope);
      expect(routes).toEqual({
        accounts: [first, second].map(({ id: own, connector, priority }) => ({ id: own, connector, priority })),
        rules,
      });
      const { accounts, rules: read } = (await at.store.load(scope, (await stored(at.store, scope)).id))!;
      expect({ accounts, rules: read }).toEqual(routes);
      expect((await at.settings.routesOf({ ...scope, mode: "live" })).accounts.map(({ connector }) => connector)).toEqual(["live"]);
    });

    test("an account is found by its id, and its enabled accounts come with a payment, by priority", async () => {
      const scope = await merchant();
      const [second, first, off, live] = [
        account(scope, { priority: 2, credentials: { key: "ü", webhook: "{}" } }),
        account(scope, { priority: 1, connector: "mock" }),
        account(scope, { priority: 0, status: "disabled" }),
        account({ ...scope, mode: "live" }, { priority: 0 }),
      ];
      for (const each of [second, first, off, live]) await at.settings.putAccount(each!);
      expect(await at.settings.account(second.id)).toEqual(second);
      expect(await at.settings.account(id("acc"))).toBeNull();
      const row = await stored(at.store, scope);
      expect((await at.store.load(scope, row.id))!.accounts).toEqual(
        [first, second].map(({ id: own, connector, priority }) => ({ id: own, connector, priority })),
      );
      await at.settings.putAccount({ ...second, priority: 0, credentials: { key: "rotated" } });
      expect((await at.settings.account(second.id))?.credentials).toEqual({ key: "rotated" });
      expect((await at.store.load(scope, row.id))!.accounts.map((each) => each.id)).toEqual([second.id, first.id]);
    });

    test("all accounts of a merchant are listed by priority, those of others not", async () => {
      const scope = await merchant();
      const [late, early] = [account(scope, { priority: 2 }), account(scope, { priority: 1, status: "disabled" })];
      for (const row of [late, early, account(await merchant(), {})]) await at.settings.putAccount(row);
      expect(await at.settings.accounts(scope)).toEqual([early, late]);
    });
  });
}
