import { describe, expect, test } from "vitest";
import { jobIdOf } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import { account, creation, job, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

/** What leads payments to accounts, and what compares their books with the gateway's. */
export function routingConformance(make: MakeStorage): void {
  describe("routing and sweeps", () => {
    const at = shared(make);

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }

    test("routing rules are replaced as a whole, by whoever has read what stands there, and come with the payment's snapshot", async () => {
      const scope = await merchant();
      const rules = [{ name: "Euros", when: { currencies: ["EUR"], amountFrom: 100 }, accounts: ["acc_2"], elseOthers: true }];
      expect(await at.settings.routing(scope)).toBeNull();
      expect(await at.settings.putRouting(scope, rules, { now: T0, expected: 1 })).toBeNull();
      expect(await at.settings.putRouting(scope, [], { now: T0, expected: 0 })).toEqual({ rules: [], version: 1, updatedAt: T0 });
      expect(await at.settings.putRouting(scope, rules, { now: T0 + 1, expected: 0 })).toBeNull();
      expect(await at.settings.putRouting(scope, rules, { now: T0 + 1, expected: 1 })).toEqual({ rules, version: 2, updatedAt: T0 + 1 });
      expect(await at.settings.putRouting(scope, rules, { now: T0 + 2, expected: null })).toMatchObject({ version: 3 });
      expect(await at.settings.routing(scope)).toEqual({ rules, version: 3, updatedAt: T0 + 2 });
      expect(await at.settings.routing({ ...scope, mode: "live" })).toBeNull();
      const made = creation(scope, {});
      await at.store.create(made);
      expect((await at.store.load(scope, made.payment.id))?.rules).toEqual(rules);
    });

    test("how far a sweep has come is kept, and an account without a sweep job is found", async () => {
      const scope = await merchant();
      const [swept, other] = [account(scope, { connector: "lists" }), account(scope, { connector: "lists", status: "disabled" })];
      for (const row of [swept, other]) await at.settings.putAccount(row);
      const mine = async () =>
        (await at.settings.unsweptAccounts(["lists"], 1_000)).filter(({ merchantId }) => merchantId === scope.merchantId);
      expect(await mine()).toEqual([{ ...scope, id: swept.id }]);
      await at.store.commit({ ...scope, jobs: { insert: [job(scope, { id: jobIdOf(swept.id), kind: "sweep", subject: swept.id })] } });
      expect(await mine()).toEqual([]);
      expect(await at.settings.sweep(swept)).toBeNull();
      const walk = { at: T0 + 1, until: T0 + 2 };
      const row = {
        ...scope,
        accountId: swept.id,
        sweptUntil: T0,
        walk,
        spanMs: 60_000,
        finishedAt: null,
        seen: 3,
        found: 1,
        failure: "timeout",
      };
      await at.settings.putSweep(row);
      expect(await at.settings.sweep(swept)).toEqual(row);
      const done = { ...row, walk: null, sweptUntil: T0 + 2, finishedAt: T0 + 3, failure: null };
      await at.settings.putSweep(done);
      expect(await at.settings.sweep(swept)).toEqual(done);
      expect(await at.settings.sweep({ ...swept, mode: "live" })).toBeNull();
    });
  });
}
