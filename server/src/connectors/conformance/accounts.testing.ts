import { describe, expect } from "vitest";
import type { AccountRules, Connector } from "../../core/ports/connector.ts";
import type { Kit } from "./kit.testing.ts";
import { callOf } from "./world.testing.ts";

/** Accounts are made by the API from what a connector declares, and tested by it before they are saved. */
export function accountConformance(kit: Kit): void {
  const { scenario } = kit;
  /** What the connector declares, and how it asks its gateway. */
  const declared = (): { rules: AccountRules; check: NonNullable<Connector["check"]> } => {
    const { accounts, check } = kit.world.connector;
    if (accounts === undefined || check === undefined)
      throw new Error("FILL IN account.ts: the credentials of an account, and a call without an effect that tests them");
    return { rules: accounts, check };
  };

  describe("the credentials of an account", () => {
    scenario("are declared, each with a pattern and a help, and those of this suite are among them", () => {
      const { rules } = declared();
      const names = rules.credentials.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toContain("webhook_secret");
      expect(names).not.toContain("previous_webhook_secret");
      for (const { name, help } of rules.credentials) {
        expect(name).toMatch(/^[a-z][a-z0-9_]{1,39}$/);
        expect(help).toMatch(/^[A-Z].*\.$/);
      }
      const { mode, credentials } = kit.world.account;
      expect(rules.modes).toContain(mode);
      for (const { name, isOptional, pattern, prefixes } of rules.credentials) {
        const value = credentials[name];
        if (value === undefined) expect([name, isOptional]).toEqual([name, true]);
        else {
          expect(value).toMatch(new RegExp(`^(?:${pattern})$`));
          expect(prefixes?.[mode].some((prefix) => value.startsWith(prefix)) ?? true).toBe(true);
        }
        // A header is made of most of them.
        for (const bad of ["", "a b c d e f g h i j", "line\nbreak_of_a_secret"]) expect(bad).not.toMatch(new RegExp(`^(?:${pattern})$`));
      }
    });

    scenario("are accepted by a call that has no effect, whatever was charged before", async (ctx) => {
      const { check } = declared();
      const world = kit.world;
      expect(await world.run(check(world.account))).toEqual({ kind: "ok" });
      const call = callOf(world, { method: kit.methodFor("approved", ctx) });
      await world.run(world.connector.send(call));
      expect(await world.run(check(world.account))).toEqual({ kind: "ok" });
      expect(world.taken(call.attempt.gatewayKey)).toBe(call.attempt.amount);
    });

    scenario("that are wrong are refused, each of them", async (ctx) => {
      const { check, rules } = declared();
      const world = kit.world;
      await world.run(world.connector.send(callOf(world, { method: kit.methodFor("approved", ctx) })));
      const { credentials } = world.account;
      const secrets = rules.credentials.filter(({ name, isSecret }) => isSecret && name !== "webhook_secret" && name in credentials);
      expect(secrets.length).toBeGreaterThan(0);
      for (const { name } of secrets) {
        const wrong = { ...credentials, [name]: `${credentials[name]!.slice(0, -4)}Zzz9` };
        const result = await world.run(check({ ...world.account, credentials: wrong }));
        expect([name, result]).toEqual([name, { kind: "refused", reason: expect.any(String) }]);
        expect(JSON.stringify(result)).not.toContain(wrong[name]);
      }
    });

    scenario("are neither accepted nor refused if nobody answers", async () => {
      declared();
      const world = kit.world;
      expect(await world.run(world.unreachable.check!(world.account))).toMatchObject({ kind: "unreachable" });
    });
  });
}
