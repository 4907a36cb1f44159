/** What every request of a connector must be, and what is kept of it. For tests only. */
import { describe, expect } from "vitest";
import { GATEWAY_CONNECT_TIMEOUT_MS, GATEWAY_MAX_LIST_BYTES, GATEWAY_MONEY_TIMEOUT_MS } from "../../core/constants.ts";
import { referenceOf, resent, type Kit } from "./kit.testing.ts";
import { echoing } from "./wire.testing.ts";
import { callOf, type World } from "./world.testing.ts";

/** A number that passes Luhn's check: where it appears, a card number could. */
export const canary = "4539578763621486";

export function requestConformance(kit: Kit): void {
  const { scenario } = kit;

  describe("requests", () => {
    scenario("have a time limit and a largest answer each, and those that move money their last moment", async (ctx) => {
      const { wire } = kit.world;
      const sendBefore = kit.world.now() + 60_000;
      const call = { ...callOf(kit.world, { method: kit.methodFor("approved", ctx) }), sendBefore };
      const reference = referenceOf(await kit.outcomeOf(kit.send(call)));
      await kit.retrieve(call, reference);
      await kit.find(call);
      await kit.cancel(resent(call));
      for (const request of wire.seen) {
        const { connectTimeoutMs, totalTimeoutMs, maxBytes } = request;
        expect(connectTimeoutMs > 0 && connectTimeoutMs <= GATEWAY_CONNECT_TIMEOUT_MS).toBe(true);
        expect(totalTimeoutMs > 0 && totalTimeoutMs <= GATEWAY_MONEY_TIMEOUT_MS).toBe(true);
        expect(maxBytes > 0 && maxBytes <= GATEWAY_MAX_LIST_BYTES).toBe(true);
      }
      const { takesMoney = ({ method }) => method === "POST" } = kit.world;
      const money = wire.seen.find((request) => takesMoney(request) && request.notAfter !== undefined && request.notAfter !== null);
      expect(money?.notAfter).toBe(sendBefore);
    });

    scenario("carry the trace of whoever asked, and none of their own", async (ctx) => {
      const { wire } = kit.world;
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
      const traced = { ...callOf(kit.world, { method: kit.methodFor("approved", ctx) }), traceparent };
      // What comes before the first request of an account is nobody's.
      await kit.send(callOf(kit.world, { method: kit.methodFor("approved", ctx) }));
      expect(wire.seen.filter(({ headers }) => "traceparent" in headers)).toEqual([]);
      const before = wire.seen.length;
      await kit.retrieve(traced, referenceOf(await kit.outcomeOf(kit.send(traced))));
      await kit.find(traced);
      expect(new Set(wire.seen.slice(before).map(({ headers }) => headers["traceparent"]))).toEqual(new Set([traceparent]));
    });

    scenario("of a word that nobody documented leave the payment waiting, and warn", async (ctx) => {
      const call = callOf(kit.world, { method: kit.methodFor("unknownStatus", ctx) });
      const { outcome, exchanges } = await kit.send(call);
      expect(outcome).toMatchObject({ kind: "pending" });
      expect(kit.world.warnings.join("\n")).toContain("unknown status");
      expect(exchanges.map(({ result }) => result).join("\n")).toContain("unknown status");
    });
  });

  describe("evidence", () => {
    scenario("holds no secret, and no card number even if one is repeated", async (ctx) => {
      const { world } = kit;
      const replies = [
        await kit.send(callOf(world, { method: kit.methodFor("approved", ctx) })),
        await kit.send(callOf(world, { method: { type: "upi", vpa: `${canary}@bank` } })),
        await kit.send(
          callOf(world, { method: { type: "card", connector: world.connector.name, token: canary, network: "visa", last4: "1486" } }),
        ),
      ];
      expectClean(JSON.stringify(replies), Object.values(world.account.credentials));
    });

    scenario("holds none either if the gateway repeats what it was sent", async (ctx) => {
      const { world } = kit;
      const secrets = secretsOf(world);
      const warmUp = await kit.send(callOf(world, { method: kit.methodFor("approved", ctx) }));
      expect(warmUp.exchanges.length).toBeGreaterThan(0);
      for (const secret of [...secrets, canary]) {
        const call = callOf(world, { method: kit.methodFor("approved", ctx) });
        world.wire.plan((request) => echoing(request, secret));
        const replies = [await kit.send(call), await kit.find(resent(call))];
        world.wire.plan(null);
        expectClean(JSON.stringify(replies), secrets);
      }
    });

    scenario("of a card exchange: a number that is no test card goes nowhere", async () => {
      const { tokenizer, connector } = kit.world;
      // Most gateways take none from us, and so there is no way for one.
      if (!tokenizer?.tokenize) return expect(connector.name).not.toBe("sandbox");
      const result = await tokenizer.tokenize({ number: canary, expiryMonth: 1, expiryYear: 2040, cvv: "123", holderName: null });
      expect(result).toMatchObject({ ok: false });
      expect(JSON.stringify(result)).not.toContain(canary);
    });
  });
}

function secretsOf({ connector, account }: World): readonly string[] {
  const isOpen = new Set(connector.accounts?.credentials.filter(({ isSecret }) => !isSecret).map(({ name }) => name));
  // The secret of webhooks is never sent, so no answer can repeat it.
  return Object.entries(account.credentials).flatMap(([name, value]) => (isOpen.has(name) || name === "webhook_secret" ? [] : [value]));
}

function expectClean(text: string, secrets: readonly string[]): void {
  expect(text).not.toContain(canary);
  for (const secret of secrets) expect(text).not.toContain(secret);
  expect(text.toLowerCase()).not.toMatch(/bearer |basic [a-z0-9+/]{16}/);
}
