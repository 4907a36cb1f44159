import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import type { By } from "../../core/admin-actions.ts";
import type { EventType } from "../../core/events.ts";
import type { Scope } from "../../core/model.ts";
import type { ResultLog } from "../../core/ports/result-log.ts";
import { event, newScope, payment, T0 } from "../conformance/rows.testing.ts";

const by: By = { kind: "person", id: "per_1", label: "Ann Lee", requestId: "req_1", at: T0 };

for (const server of databaseServers())
  describe(`results that are to be announced: ${server.name}`, () => {
    let storage: TestStorage;
    let log: ResultLog;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
      log = storage.upkeep.results;
    });
    afterAll(async () => storage?.close());

    async function merchant(): Promise<Scope> {
      const scope = newScope("test");
      const row = { id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 };
      await storage.settings.by(by).createMerchant(row);
      return scope;
    }
    async function told(scope: Scope, type: EventType = "payment.succeeded"): Promise<string> {
      const one = { ...event(payment(scope)), paymentId: null, type };
      await storage.store.commit({ ...scope, events: [one] });
      return one.id;
    }
    const isDue = async (scope: Scope) =>
      (await log.scopes(1_000)).some(({ merchantId, mode }) => merchantId === scope.merchantId && mode === scope.mode);

    it("begin with the first look, and that of a new merchant's at its first event", async () => {
      const scope = await merchant();
      await told(scope);
      await log.begin();
      expect(await isDue(scope)).toBe(false);
      expect(await log.oldestWaitingAt()).toBe(null);
      const second = await told(scope);
      await log.begin();
      expect(await log.oldestWaitingAt()).toEqual(expect.any(Number));
      expect((await log.next(scope, 10)).results.map(({ id }) => id)).toEqual([second]);
      const other = await merchant();
      const first = await told(other);
      expect((await log.next(other, 10)).results.map(({ id }) => id)).toEqual([first]);
    });

    it("come in the order of commits, step by step, and what is no result is passed with them", async () => {
      await log.begin();
      const scope = await merchant();
      const ids = [await told(scope), await told(scope, "payment.requires_action"), await told(scope, "payment.failed")];
      const live = await told({ ...scope, mode: "live" });
      const first = await log.next(scope, 2);
      expect(first.results.map(({ id }) => id)).toEqual([ids[0]]);
      expect(first).toMatchObject({ mark: { id: ids[1] }, hasMore: true });
      await log.passed(scope, first.mark!);
      const second = await log.next(scope, 2);
      expect(second.results).toMatchObject([{ id: ids[2], type: "payment.failed", merchantId: scope.merchantId, mode: "test" }]);
      await log.passed(scope, second.mark!);
      // Another process, which was slower.
      await log.passed(scope, first.mark!);
      expect(await log.next(scope, 2)).toEqual({ results: [], mark: null, hasMore: false });
      expect(await isDue(scope)).toBe(false);
      expect((await log.next({ ...scope, mode: "live" }, 2)).results.map(({ id }) => id)).toEqual([live]);
    });

    it("wait for those whose commit began before theirs", async () => {
      await log.begin();
      const scope = await merchant();
      const late = { ...event(payment(scope)), type: "payment.succeeded" };
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query(
          "insert into events (merchant_id, mode, id, payment_id, sequence, type, body, created_at) values ($1, $2, $3, null, 1, $4, '{}', now())",
          [scope.merchantId, scope.mode, late.id, late.type],
        );
        const quick = await told(scope);
        expect(await log.next(scope, 10)).toEqual({ results: [], mark: null, hasMore: false });
        await client.query("commit");
        expect((await log.next(scope, 10)).results.map(({ id }) => id)).toEqual([late.id, quick]);
      });
    });
  });
