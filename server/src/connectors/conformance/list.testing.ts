/** What a gateway's list must be for the settlement sweep: whole, in pages, of its span only, and never a guess. For tests only. */
import { describe, expect } from "vitest";
import type { Listed, ListQuery, ListReply } from "../../core/ports/connector.ts";
import { referenceOf, type Kit, type Skipping } from "./kit.testing.ts";
import { wireFaults } from "./wire.testing.ts";
import { callOf } from "./world.testing.ts";

/** More than a page of any gateway. */
const CHARGES = 103;
const PAGES_MAX = 50;
const MINUTE_MS = 60_000;

export function listConformance(kit: Kit): void {
  const { scenario } = kit;
  const page = (ctx: Skipping, query: ListQuery): Promise<ListReply> => {
    const { connector, account } = kit.world;
    return connector.list === undefined ? kit.lacking(ctx, "list") : kit.world.run(connector.list(account, query));
  };
  /** All pages of a span. */
  const all = async (ctx: Skipping, from: number, before: number): Promise<{ entries: readonly Listed[]; pages: number }> => {
    const entries: Listed[] = [];
    let cursor: string | null = null;
    for (let pages = 1; pages <= PAGES_MAX; pages++) {
      const reply: ListReply = await page(ctx, { from, before, cursor });
      if (!reply.ok) throw new Error(`the list was to be read: ${reply.reason}`);
      entries.push(...reply.entries);
      cursor = reply.cursor;
      if (cursor === null) return { entries, pages };
    }
    throw new Error(`the list goes on after ${PAGES_MAX} pages`);
  };
  const charge = async (ctx: Skipping, capture: "automatic" | "manual" = "automatic") => {
    const call = callOf(kit.world, { method: kit.methodFor("approved", ctx), capture });
    const outcome = await kit.outcomeOf(kit.send(call));
    return { call, reference: referenceOf(outcome), outcome };
  };
  const around = (): { from: number; before: number } => ({ from: kit.world.now() - MINUTE_MS, before: kit.world.now() + 60 * MINUTE_MS });

  describe("the list of an account", () => {
    scenario("shows every charge of a span, page by page", async (ctx) => {
      const { from, before } = around();
      await page(ctx, { from, before, cursor: null });
      const keys: string[] = [];
      for (let n = 0; n < CHARGES; n++) keys.push((await charge(ctx)).call.attempt.gatewayKey);
      const { entries, pages } = await all(ctx, from, before);
      const charges = entries.filter(({ operation }) => operation === "charge");
      // Where pages can move, the next one begins before the end of this one: twice is well, never is not.
      expect(new Set(charges.map(({ gatewayKey }) => gatewayKey))).toEqual(new Set(keys));
      expect(pages).toBeGreaterThan(1);
      for (const { createdAt } of entries) expect(createdAt >= from && createdAt < before).toBe(true);
    });

    scenario("shows of a charge what a question about it answers", async (ctx) => {
      const { from, before } = around();
      await page(ctx, { from, before, cursor: null });
      const made = [await charge(ctx), await charge(ctx, "manual")];
      const declined = callOf(kit.world, { method: kit.methodFor("card_declined", ctx) });
      await kit.send(declined);
      await kit.settled();
      const { entries } = await all(ctx, from, before);
      for (const { call } of [...made, { call: declined }]) {
        const entry = entries.find(({ gatewayKey }) => gatewayKey === call.attempt.gatewayKey)!;
        const { kind } = entry.outcome;
        const asked = await kit.outcomeOf(kit.retrieve(call, entry.reference));
        expect([call.attempt.gatewayKey, kind]).toEqual([call.attempt.gatewayKey, asked.kind]);
        if ("figures" in asked) expect(entry.outcome).toMatchObject({ figures: asked.figures });
      }
    });

    scenario("shows a refund as one, under its own key", async (ctx) => {
      const { from, before } = around();
      await page(ctx, { from, before, cursor: null });
      const { calls } = await kit.on(ctx, "refund", [1_500]);
      await kit.send(calls[0]!);
      await kit.world.pass(MINUTE_MS);
      const { entries } = await all(ctx, from, before);
      const refunds = entries.filter(({ operation }) => operation === "refund");
      expect(refunds).toMatchObject([
        { gatewayKey: calls[0]!.attempt.gatewayKey, outcome: { kind: "succeeded", figures: { amount: 1_500 } } },
      ]);
    });

    scenario("leaves out what is outside of its span", async (ctx) => {
      const { from } = around();
      await page(ctx, { from, before: from + 1, cursor: null });
      const [early, middle] = [await charge(ctx), (await kit.world.pass(5 * MINUTE_MS), kit.world.now())];
      await kit.world.pass(5 * MINUTE_MS);
      const late = await charge(ctx);
      const keysIn = async (start: number, end: number) => (await all(ctx, start, end)).entries.map(({ gatewayKey }) => gatewayKey);
      expect(await keysIn(from, middle)).toEqual([early.call.attempt.gatewayKey]);
      expect(await keysIn(middle, kit.world.now() + MINUTE_MS)).toEqual([late.call.attempt.gatewayKey]);
    });

    scenario("shows what a stranger made without a key of ours", async (ctx) => {
      const { from, before } = around();
      await page(ctx, { from, before, cursor: null });
      if (kit.world.stranger === undefined) return kit.lacking(ctx, "strangers");
      await kit.world.stranger();
      expect((await all(ctx, from, before)).entries).toMatchObject([
        { operation: "charge", gatewayKey: null, reference: expect.any(String) },
      ]);
    });

    scenario("is not known if its answer is lost or can't be read", async (ctx) => {
      const { from, before } = around();
      await page(ctx, { from, before, cursor: null });
      await charge(ctx);
      for (const fault of wireFaults) {
        kit.world.wire.meet(fault);
        expect([fault.name, await page(ctx, { from, before, cursor: null })]).toEqual([
          fault.name,
          { ok: false, reason: expect.any(String) },
        ]);
      }
      const nobody = await kit.world.run(kit.world.unreachable.list!(kit.world.account, { from, before, cursor: null }));
      expect(nobody).toEqual({ ok: false, reason: expect.any(String) });
    });
  });
}
