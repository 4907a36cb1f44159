/** What every connector must accept and refuse as a webhook of its gateway. For tests only. */
import { describe, expect, it } from "vitest";
import { SIGNATURE_TOLERANCE_MS } from "../../core/constants.ts";
import type { RawWebhook } from "../../core/ports/connector.ts";
import { callOf, type World } from "./world.testing.ts";

export function webhookConformance(current: () => World): void {
  const genuine = async () => {
    const world = current();
    const call = callOf(world, { method: world.methods.pendingThenApproved ?? null });
    const raw = await world.webhook(call);
    return { world, call, raw, body: Buffer.from(raw.body).toString("utf8") };
  };
  const verify = (world: World, raw: RawWebhook, nowMs = world.now()) => world.connector.verifyWebhook(raw, world.account, nowMs);
  const secretOf = (world: World) => world.account.credentials["webhook_secret"]!;

  describe("a webhook", () => {
    it("of the gateway is accepted and carries the outcome of the charge", async () => {
      const { world, call, raw, body } = await genuine();
      const wanted = {
        ok: true,
        gatewayKey: call.attempt.gatewayKey,
        operation: "charge",
        outcome: { kind: "succeeded", figures: { amount: 4_500, currency: "INR" } },
      };
      expect(verify(world, raw)).toMatchObject(wanted);
      expect(world.connector.readWebhook(body)).toEqual(verify(world, raw));
    });

    it("is refused if its body, header, secret or account is wrong", async () => {
      const { world, raw, body } = await genuine();
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
      const other = { ...world.account, id: "acc_other" };
      expect(world.connector.verifyWebhook(raw, other, world.now()).ok).toBe(false);
      expect(world.connector.verifyWebhook(world.sign(body, "", world.now()), { ...world.account, credentials: {} }, world.now()).ok).toBe(
        false,
      );
    });

    it("is refused if it is too old or from the future, and accepted up to the tolerance", async () => {
      const { world, body } = await genuine();
      // Signatures carry whole seconds.
      const now = Math.ceil(world.now() / 1_000) * 1_000;
      const signedAt = (atMs: number) => verify(world, world.sign(body, secretOf(world), atMs), now).ok;
      expect([signedAt(now - SIGNATURE_TOLERANCE_MS), signedAt(now + SIGNATURE_TOLERANCE_MS)]).toEqual([true, true]);
      expect([signedAt(now - SIGNATURE_TOLERANCE_MS - 1_000), signedAt(now + SIGNATURE_TOLERANCE_MS + 1_000)]).toEqual([false, false]);
    });

    it("about nothing of ours is accepted without an outcome", () => {
      const world = current();
      const body = JSON.stringify({ id: "evt_other", type: "payout.paid", account: world.account.id, data: {} });
      expect(verify(world, world.sign(body, secretOf(world), world.now()))).toMatchObject({
        ok: true,
        gatewayEventId: "evt_other",
        gatewayKey: null,
        outcome: null,
      });
    });
  });
}
