/** What every connector must accept and refuse as a webhook of its gateway. For tests only. */
import { describe, expect } from "vitest";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { RawWebhook } from "../../core/ports/connector.ts";
import type { Kit, Skipping } from "./kit.testing.ts";
import { callOf, type World } from "./world.testing.ts";

export function webhookConformance(kit: Kit): void {
  const { scenario } = kit;
  const genuine = async (ctx: Skipping) => {
    const { world } = kit;
    const call = callOf(world, { method: kit.methodFor("pendingThenApproved", ctx) });
    const raw = await world.webhook(call);
    return { world, call, raw, body: Buffer.from(raw.body).toString("utf8") };
  };
  const verify = (world: World, raw: RawWebhook, nowMs = world.now()) => world.connector.verifyWebhook(raw, world.account, nowMs);
  const secretOf = (world: World) => world.account.credentials["webhook_secret"]!;

  describe("a webhook", () => {
    scenario("of the gateway is accepted and carries the outcome of the charge", async (ctx) => {
      const { world, call, raw, body } = await genuine(ctx);
      const wanted = {
        ok: true,
        gatewayKey: call.attempt.gatewayKey,
        operation: "charge",
        outcome: { kind: "succeeded", figures: { amount: 4_500, currency: kit.currency } },
      };
      expect(verify(world, raw)).toMatchObject(wanted);
      expect(world.connector.readWebhook(body, world.account.id)).toEqual(verify(world, raw));
    });

    scenario("is refused if its body, header, secret or account is wrong", async (ctx) => {
      const { world, raw, body } = await genuine(ctx);
      const tampered = Buffer.from(body.replace("4500", "4501"));
      const cases: [string, RawWebhook][] = [
        ["tampered", { ...raw, body: tampered }],
        ["one space more", { ...raw, body: Buffer.from(`${body} `) }],
        ["no header", { ...raw, headers: {} }],
        ["an empty header", { ...raw, headers: Object.fromEntries(Object.keys(raw.headers).map((name) => [name, ""])) }],
        [
          "a cut signature",
          { ...raw, headers: Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name, value?.slice(0, -1)])) },
        ],
        ["another secret", world.sign(body, "another-secret", world.now())],
        ["an empty secret", world.sign(body, "", world.now())],
        ["not an event, though signed", world.sign("[]", secretOf(world), world.now())],
      ];
      for (const [name, forged] of cases) expect([name, verify(world, forged).ok]).toEqual([name, false]);
      // What is signed and can't be read is kept by its receiver; what is forged is not.
      const authentic = cases.filter(([, each]) => "isAuthentic" in verify(world, each)).map(([name]) => name);
      expect(authentic).toEqual(["not an event, though signed"]);
      const other = { ...world.account, id: "acc_other" };
      // Some gateways send all events to all endpoints, and take a refusal for an outage.
      const verdict = world.connector.verifyWebhook(raw, other, world.now());
      expect(verdict.ok && verdict.outcome !== null).toBe(false);
      expect(world.connector.verifyWebhook(world.sign(body, "", world.now()), { ...world.account, credentials: {} }, world.now()).ok).toBe(
        false,
      );
    });

    scenario("is refused if it is too old or from the future, and accepted up to the tolerance", async (ctx) => {
      const { world, body } = await genuine(ctx);
      if (world.lacks?.signed_time !== undefined) kit.lacking(ctx, "signed_time");
      // Signatures carry whole seconds.
      const now = Math.ceil(world.now() / 1_000) * 1_000;
      const signedAt = (atMs: number) => verify(world, world.sign(body, secretOf(world), atMs), now).ok;
      expect([signedAt(now - SIGNATURE_TOLERANCE_MS), signedAt(now + SIGNATURE_TOLERANCE_MS)]).toEqual([true, true]);
      expect([signedAt(now - SIGNATURE_TOLERANCE_MS - 1_000), signedAt(now + SIGNATURE_TOLERANCE_MS + 1_000)]).toEqual([false, false]);
    });

    scenario("by the secret before is accepted while the account's secret is being replaced, and no longer", async (ctx) => {
      const { world, body } = await genuine(ctx);
      const rotating = { ...world.account.credentials, webhook_secret: "the-next-secret", previous_webhook_secret: secretOf(world) };
      const isGenuine = (secret: string, credentials: Readonly<Record<string, string>>): boolean =>
        world.connector.verifyWebhook(world.sign(body, secret, world.now()), { ...world.account, credentials }, world.now()).ok;
      for (const secret of [secretOf(world), "the-next-secret"]) expect(isGenuine(secret, rotating)).toBe(true);
      for (const secret of ["", "the-next-secre", "the-third-secret"]) expect(isGenuine(secret, rotating)).toBe(false);
      expect(isGenuine(secretOf(world), { ...rotating, previous_webhook_secret: "" })).toBe(false);
    });

    scenario("with several signatures is accepted if one of them is right, wherever it stands", async (ctx) => {
      const { world, body } = await genuine(ctx);
      const signed = (secrets: readonly string[]): RawWebhook =>
        world.signByEach?.(body, secrets, world.now()) ?? world.sign(body, secrets.at(-1)!, world.now());
      const right = secretOf(world);
      for (const secrets of [[right], ["another-secret", right]]) expect(verify(world, signed(secrets)).ok).toBe(true);
      if (world.signByEach !== undefined) expect(verify(world, signed([right, "another-secret"])).ok).toBe(true);
      expect(verify(world, signed(["another-secret", "a-third-secret"])).ok).toBe(false);
    });

    scenario("that comes twice has the same id both times, however late", async (ctx) => {
      const { world, raw, body } = await genuine(ctx);
      const idOf = (sent: RawWebhook): string | null => {
        const verdict = verify(world, sent);
        return verdict.ok ? verdict.gatewayEventId : null;
      };
      const first = idOf(raw);
      expect(first).toMatch(/\S/);
      const { headers } = world.sign(body, secretOf(world), world.now() + 60_000);
      expect(idOf({ ...raw, headers: { ...raw.headers, ...headers } })).toBe(first);
      const other = await genuine(ctx);
      expect(idOf(other.raw)).not.toBe(first);
    });

    scenario("that is signed and can't be read is told from a forged one, and never throws", () => {
      const { world } = kit;
      const bodies = ["", " ", "not json", "null", "true", "7", '""', "[]", "{}", '{"id":7}', `{"event":${"[".repeat(5_000)}`];
      for (const body of [...bodies, "\u0000", `{"id":"${"x".repeat(100_000)}"`]) {
        const verdict = verify(world, world.sign(body, secretOf(world), world.now()));
        if (verdict.ok) expect([body, verdict.outcome, verdict.gatewayKey]).toEqual([body, null, null]);
        else expect([body, verdict.isAuthentic]).toEqual([body, true]);
        expect(verify(world, world.sign(body, "another-secret", world.now()))).toEqual({ ok: false, reason: expect.any(String) });
        expect(world.connector.readWebhook(body, world.account.id).ok).toBe(verdict.ok);
      }
    });

    scenario("with a status that nobody documented leaves the payment waiting", async (ctx) => {
      const { world, body } = await genuine(ctx);
      const odd = body.replaceAll(/"status"(\s*):(\s*)"\w+"/g, '"status"$1:$2"zz_under_review"');
      expect(odd).not.toBe(body);
      const verdict = verify(world, world.sign(odd, secretOf(world), world.now()));
      expect(verdict.ok).toBe(true);
      if (verdict.ok && verdict.outcome !== null) expect(["pending", "unknown"]).toContain(verdict.outcome.kind);
    });

    scenario("about nothing of ours is accepted without an outcome", () => {
      const world = kit.world;
      const body = JSON.stringify(world.strangeEvent ?? { id: "evt_other", type: "payout.paid", account: world.account.id, data: {} });
      expect(verify(world, world.sign(body, secretOf(world), world.now()))).toMatchObject({
        ok: true,
        gatewayEventId: world.strangeEvent === undefined ? "evt_other" : (expect.any(String) as string),
        gatewayKey: null,
        outcome: null,
      });
    });
  });
}
