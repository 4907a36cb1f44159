import { describe, expect, test } from "vitest";
import { KEY_USE_NOTED_MS, KEYS_MAX, KEYS_ROTATED_MAX } from "../../core/constants.ts";
import type { Scope } from "../../core/model.ts";
import type { ApiKey, NewKey } from "../../core/ports/settings.ts";
import { id, idempotency, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

export function keysConformance(make: MakeStorage): void {
  describe("keys", () => {
    const at = shared(make);

    async function merchant(): Promise<Scope> {
      const scope = newScope("test");
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }

    const newKey = (scope: Scope, more: Partial<NewKey> = {}): NewKey => {
      const name = id("key");
      const own = { id: name, key: `pk_${name}`, secret: `sk_${name}`, name: "Shop", apiVersion: "2026-11-27", createdAt: T0 };
      return { ...scope, ...own, scopes: ["config"], rateLimitPerSecond: null, ...more };
    };
    const asRead = ({ secret, ...key }: NewKey): ApiKey => {
      expect(secret).toContain("sk_");
      return { ...key, lastUsedAt: null, expiresAt: null, revokedAt: null };
    };

    test("keys are listed with those in force first, found in their own scope only, and never more than a bound", async () => {
      const scope = await merchant();
      const all = Array.from({ length: KEYS_MAX }, () => newKey(scope));
      for (const each of all) expect(await at.settings.createKey(each)).toBe("applied");
      expect(await at.settings.createKey(newKey(scope))).toBe("full");
      expect(await at.settings.createKey(newKey({ ...scope, mode: "live" }))).toBe("applied");
      expect(await at.settings.keys(scope, T0)).toEqual(all.map(asRead).toReversed());
      const last = all.at(-1)!;
      await at.settings.revokeKey(scope, last.id, T0 + 1);
      expect((await at.settings.keys(scope, T0 + 1)).at(-1)).toEqual({ ...asRead(last), revokedAt: T0 + 1 });
      expect(await at.settings.key(scope, all[0]!.id)).toEqual(asRead(all[0]!));
      expect(await at.settings.key({ ...scope, mode: "live" }, all[0]!.id)).toBeNull();
      expect(await at.settings.key(newScope(), all[0]!.id)).toBeNull();
      expect(await at.settings.createKey(newKey(scope))).toBe("applied");
    });

    test("creates at once never make more keys than the most", async () => {
      const scope = await merchant();
      const results = await Promise.all(Array.from({ length: KEYS_MAX + 14 }, () => at.settings.createKey(newKey(scope))));
      expect(results.filter((result) => result === "full")).toHaveLength(14);
      expect(await at.settings.keys(scope, T0)).toHaveLength(KEYS_MAX);
    });

    test("keys that were rotated and still work are no way to more than twice the most", async () => {
      const scope = await merchant();
      let last = newKey(scope);
      await at.settings.createKey(last);
      for (let n = 1; n < KEYS_ROTATED_MAX; n++) {
        const next = newKey(scope);
        expect(await at.settings.rotateKey(asRead(last), T0 + 10, next)).toBe("applied");
        last = next;
      }
      expect(await at.settings.rotateKey(asRead(last), T0 + 10, newKey(scope))).toBe("full");
      expect((await at.settings.keys(scope, T0)).filter(({ expiresAt }) => expiresAt === null)).toEqual([asRead(last)]);
      // By then those before it have ended.
      expect(await at.settings.rotateKey(asRead(last), T0 + 20, newKey(scope, { createdAt: T0 + 10 }))).toBe("applied");
    });

    test("a key comes with its idempotency key, or neither is written", async () => {
      const scope = await merchant();
      const [one, two] = [newKey(scope), newKey(scope)];
      const taken = idempotency(scope, { subject: one.id, status: 201, answerBody: "{}" });
      expect(await at.settings.createKey(one, taken)).toBe("applied");
      expect(await at.settings.createKey(two, taken)).toBe("duplicate");
      expect(await at.settings.rotateKey(asRead(one), T0 + 5, two, taken)).toBe("duplicate");
      expect(await at.settings.keys(scope, T0)).toEqual([asRead(one)]);
    });

    test("a rotated key works beside the next one until its end, and is rotated once", async () => {
      const scope = await merchant();
      const [one, next, other] = [newKey(scope), newKey(scope), newKey(scope)];
      await at.settings.createKey(one);
      expect(await at.settings.rotateKey({ ...asRead(one), ...newScope() }, T0 + 10, other)).toBe("stale");
      expect(await at.settings.rotateKey({ ...asRead(one), scopes: ["cases"] }, T0 + 10, other)).toBe("stale");
      const results = await Promise.all([next, other].map((each) => at.settings.rotateKey(asRead(one), T0 + 10, each)));
      expect(results.toSorted()).toEqual(["applied", "stale"]);
      expect(await at.settings.keys(scope, T0 + 9)).toHaveLength(2);
      expect(await at.settings.authenticate(one.key, one.secret, T0 + 9)).not.toBeNull();
      expect(await at.settings.authenticate(one.key, one.secret, T0 + 10)).toBeNull();
      const standing = results[0] === "applied" ? next : other;
      expect(await at.settings.authenticate(standing.key, standing.secret, T0 + 10)).toMatchObject({ keyId: standing.id });
      await at.settings.revokeKey(scope, standing.id, T0);
      expect(await at.settings.rotateKey(asRead(standing), T0 + 10, newKey(scope))).toBe("stale");
    });

    test("a key is changed if nobody else has changed or revoked it, and its use is noted once a minute", async () => {
      const scope = await merchant();
      const one = newKey(scope);
      await at.settings.createKey(one);
      const after = { name: "Books", scopes: ["cases", "webhooks"] as const, rateLimitPerSecond: null, apiVersion: "2027-01-15" };
      expect(await at.settings.changeKey({ ...asRead(one), apiVersion: "2027-01-15" }, after)).toBe(false);
      expect(await at.settings.changeKey({ ...asRead(one), ...newScope() }, after)).toBe(false);
      expect(await at.settings.changeKey(asRead(one), after)).toBe(true);
      expect(await at.settings.changeKey(asRead(one), after)).toBe(false);
      await at.settings.noteKeyUse(newScope(), one.id, T0 + 1);
      await at.settings.noteKeyUse(scope, one.id, T0 + 5);
      await at.settings.noteKeyUse(scope, one.id, T0 + 4 + KEY_USE_NOTED_MS);
      const used = { ...asRead(one), ...after, lastUsedAt: T0 + 5 };
      expect(await at.settings.key(scope, one.id)).toEqual(used);
      await at.settings.noteKeyUse(scope, one.id, T0 + 5 + KEY_USE_NOTED_MS);
      expect(await at.settings.key(scope, one.id)).toEqual({ ...used, lastUsedAt: T0 + 5 + KEY_USE_NOTED_MS });
      await at.settings.revokeKey(scope, one.id, T0);
      expect(await at.settings.changeKey(used, after)).toBe(false);
    });

    test("a limit is kept with its key, and whoever has read another limit changes and rotates nothing", async () => {
      const scope = await merchant();
      const one = newKey(scope, { rateLimitPerSecond: 7 });
      await at.settings.createKey(one);
      const before = asRead(one);
      const { name, scopes, apiVersion } = before;
      expect(await at.settings.authenticate(one.key, one.secret, T0)).toMatchObject({ keyId: one.id, rateLimitPerSecond: 7 });
      expect(await at.settings.changeKey(before, { name, scopes, apiVersion, rateLimitPerSecond: null })).toBe(true);
      expect(await at.settings.changeKey(before, { name, scopes, apiVersion, rateLimitPerSecond: 9 })).toBe(false);
      expect(await at.settings.rotateKey(before, T0 + 10, newKey(scope))).toBe("stale");
      expect(await at.settings.key(scope, one.id)).toEqual({ ...before, rateLimitPerSecond: null });
      expect(
        await at.settings.changeKey({ ...before, rateLimitPerSecond: null }, { name, scopes, apiVersion, rateLimitPerSecond: 9 }),
      ).toBe(true);
      const next = newKey(scope, { rateLimitPerSecond: 9 });
      expect(await at.settings.rotateKey({ ...before, rateLimitPerSecond: 9 }, T0 + 10, next)).toBe("applied");
      expect(await at.settings.authenticate(next.key, next.secret, T0)).toMatchObject({ rateLimitPerSecond: 9 });
    });
  });
}
