import { describe, expect, test } from "vitest";
import { actionBy, type By } from "../../core/admin-actions.ts";
import type { Endpoint, Scope } from "../../core/model.ts";
import { account, endpoint, id, newScope, T0 } from "./rows.testing.ts";
import { known, shared, type MakeStorage } from "./storage.testing.ts";

const by: By = { kind: "key", id: "key_1", label: "ann@shop.example", requestId: "req_1", at: T0 + 5 };

export function actionConformance(make: MakeStorage): void {
  describe("admin actions", () => {
    const at = shared(make);

    async function merchant(): Promise<Scope> {
      const scope = newScope("test");
      const row = { id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 };
      await at.settings.by(by).createMerchant(row);
      return scope;
    }
    const listed = async (scope: Scope, more = {}) => known(await at.reads.adminActions(scope, { limit: 50, ...more })).rows;

    test("a change is noted with who, when and what differs, and none of its secrets", async () => {
      const scope = await merchant();
      const hook = { ...endpoint(scope), secret: "whsec_hush", url: "https://one.example/" };
      await at.settings.by({ ...by, at: T0 + 4 }).addEndpoint(hook);
      const before = (await at.settings.endpoint(scope))!;
      await at.settings.by(by).changeEndpoint(before, { ...before, url: "https://two.example/" });
      const [changed, added] = await listed(scope, { subject: hook.id });
      expect(changed).toMatchObject({
        merchantId: scope.merchantId,
        mode: "test",
        at: T0 + 5,
        action: "webhook_endpoint.updated",
        subject: hook.id,
        actorKind: "key",
        actorId: "key_1",
        actorLabel: "ann@shop.example",
        requestId: "req_1",
      });
      expect([changed!.before, changed!.after]).toEqual([{ url: "https://one.example/" }, { url: "https://two.example/" }]);
      expect(added).toMatchObject({ action: "webhook_endpoint.created", before: null, after: { url: "https://one.example/" } });
      expect(JSON.stringify(await listed(scope))).not.toContain("hush");
    });

    test.each<[string, (scope: Scope) => Promise<unknown>, string]>([
      ["a merchant", async () => undefined, "merchant.created"],
      [
        "an account",
        async (scope) => {
          const row = account(scope);
          await at.settings.by(by).putAccount(row);
          const before = (await at.settings.accountOf(scope, row.id))!;
          await at.settings.by(by).changeAccount(before, { ...before, status: "disabled", closedAt: T0 + 9 });
        },
        "connector_account.closed",
      ],
      ["rules", (scope) => at.settings.by(by).putRouting(scope, [], { now: T0, expected: null }), "routing_rules.replaced"],
      [
        "the checkout's settings",
        (scope) => at.settings.by(by).putCheckoutSettings(scope, { name: "Shop", color: null, logo: null, origins: [] }, T0),
        "checkout_settings.updated",
      ],
      [
        "a removed endpoint",
        async (scope) => {
          const hook = endpoint(scope);
          await at.settings.by(by).addEndpoint(hook);
          await at.settings.by(by).removeEndpoint(scope, hook.id);
        },
        "webhook_endpoint.deleted",
      ],
    ])("%s is named by what became of it", async (_name, change, action) => {
      const scope = await merchant();
      await change(scope);
      const [newest] = await listed(scope, { action });
      expect(newest).toMatchObject({ action, actorId: "key_1" });
    });

    test("of secret headers only that they were set, changed and removed is noted", async () => {
      const scope = await merchant();
      const hook = endpoint(scope);
      await at.settings.by(by).addEndpoint({ ...hook, headers: {} });
      const headers: Endpoint["headers"][] = [{ "X-Auth": "hush one" }, { "X-Auth": "hush two" }, {}, {}];
      for (const [n, each] of headers.entries()) {
        const before = (await at.settings.endpoint(scope))!;
        expect(await at.settings.by({ ...by, at: T0 + 6 + n }).changeEndpoint(before, { ...before, headers: each })).toBe("applied");
      }
      const noted = await listed(scope, { action: "webhook_endpoint.updated" });
      expect(noted.map(({ before, after, actorId }) => [before, after, actorId])).toEqual([
        [{ headers: "set" }, { headers: "none" }, "key_1"],
        [{ headers: "set" }, { headers: "changed" }, "key_1"],
        [{ headers: "none" }, { headers: "set" }, "key_1"],
      ]);
      expect(JSON.stringify(noted)).not.toContain("hush");
    });

    test("what changes nothing, and what changes by itself, is not noted", async () => {
      const scope = await merchant();
      const settings = at.settings.by(by);
      const hook = endpoint(scope);
      await settings.addEndpoint(hook);
      const count = (await listed(scope)).length;
      await settings.moveBreaker(hook, { breakerUntil: T0 + 60_000, breakerTrips: 1 });
      await settings.removeEndpoint(scope, id("whe"));
      await settings.putRouting(scope, [], { now: T0, expected: 7 });
      expect(await listed(scope)).toHaveLength(count);
    });

    test("one that came with a commit is listed, of its scope only, by pages and filters", async () => {
      const scope = await merchant();
      const deed = (n: number) => ({ id: id("act"), action: `case.resolved`, subject: `case_${n}`, before: null, after: { n } });
      const who: By = { kind: "person", id: "per_1", label: "Ann", requestId: null };
      const actions = [1, 2, 3].map((n) => actionBy(who, scope, T0 + n, deed(n)));
      expect(await at.store.commit({ ...scope, actions })).toBe("applied");
      expect(await listed(scope, { actor: "per_1" })).toEqual(actions.toReversed());
      expect(await listed(scope, { actor: "person", subject: "case_2" })).toEqual([actions[1]]);
      expect(await listed(scope, { actor: "ANN", actorKind: "person" })).toHaveLength(3);
      expect(await listed(scope, { actor: "ann", actorKind: "key" })).toEqual([]);
      expect(await listed(scope, { action: "case." })).toHaveLength(3);
      expect(await listed(scope, { actor: "per_1", startingAfter: actions[1]!.id })).toEqual([actions[0]]);
      expect(await listed(scope, { actor: "per_1", endingBefore: actions[1]!.id })).toEqual([actions[2]]);
      expect(await listed({ ...scope, mode: "live" }, { actor: "per_1" })).toEqual([]);
      expect(await listed(newScope("test"))).toEqual([]);
      expect(await at.reads.adminActions(newScope("test"), { limit: 1, startingAfter: actions[1]!.id })).toBe("unknown_cursor");
    });
  });
}
