/** What arrives from gateways and what leaves to merchants. */
import { describe, expect, test } from "vitest";
import type { Delivery, Scope } from "../../core/model.ts";
import { jobIdOf } from "../../core/ids.ts";
import { delivery, endpoint, event, inboxRow, job, moving, newScope, stored, T0 } from "./rows.ts";
import { shared, type MakeStorage } from "./storage.ts";

export function arrivalConformance(make: MakeStorage): void {
  describe("inbox", () => {
    const at = shared(make);

    test("a gateway event is kept once per account, with its job", async () => {
      const scope = newScope();
      const row = inboxRow(scope, { body: '{"b":1, "a":"\\u0000 ü"}' });
      const work = (given: typeof row) => ({
        ...scope,
        inbox: { insert: [given] },
        jobs: { insert: [job(scope, { subject: given.id, kind: "gateway-event" })] },
      });
      expect(await at.store.commit(work(row))).toBe("applied");
      expect(await at.store.inbox(scope, row.id)).toEqual(row);
      const again = inboxRow(scope, { gatewayEventId: row.gatewayEventId });
      expect(await at.store.commit(work(again))).toBe("duplicate");
      expect(await at.store.inbox(scope, again.id)).toBeNull();
      expect(await at.store.take(jobIdOf(again.id), T0, T0 + 1, "t")).toBeNull();
      expect(await at.store.take(jobIdOf(row.id), T0, T0 + 1, "t")).not.toBeNull();
      expect(await at.store.commit(work(inboxRow(scope, { gatewayEventId: row.gatewayEventId, accountId: "acc_other" })))).toBe("applied");
    });

    test("50 deliveries of one gateway event at once are kept once", async () => {
      const scope = newScope();
      const { gatewayEventId } = inboxRow(scope);
      const results = await Promise.all(
        Array.from({ length: 50 }, () => at.store.commit({ ...scope, inbox: { insert: [inboxRow(scope, { gatewayEventId })] } })),
      );
      expect(results.toSorted()).toEqual(["applied", ...Array.from({ length: 49 }, () => "duplicate")]);
    });

    test("it is marked handled under its job's token, and nobody else sees it", async () => {
      const scope = newScope();
      const row = inboxRow(scope);
      await at.store.commit({
        ...scope,
        inbox: { insert: [row] },
        jobs: { insert: [job(scope, { subject: row.id, kind: "gateway-event" })] },
      });
      const held = await at.store.take(jobIdOf(row.id), T0, T0 + 40_000, "mine");
      const handled = { ...row, status: "applied" as const, attemptId: "att_1", handledAt: T0 + 5 };
      expect(await at.store.commit({ ...scope, job: { id: held!.id, token: "other" }, inbox: { update: [handled] } })).toBe("stale");
      expect(await at.store.inbox(scope, row.id)).toEqual(row);
      expect(await at.store.commit({ ...scope, job: { id: held!.id, token: "mine" }, inbox: { update: [handled] } })).toBe("applied");
      expect(await at.store.inbox(scope, row.id)).toEqual(handled);
      expect(await at.store.inbox(newScope(), row.id)).toBeNull();
      expect(await at.store.inbox({ ...scope, mode: "live" }, row.id)).toBeNull();
    });
  });

  describe("deliveries", () => {
    const at = shared(make);

    test("a delivery is loaded with its endpoint's secrets and its event's own bytes", async () => {
      const { scope, owed, whole } = await owing();
      expect(await at.store.delivery(scope, owed.id)).toEqual(whole);
      expect(await at.store.delivery(newScope(), owed.id)).toBeNull();
      expect(await at.store.delivery({ ...scope, mode: "live" }, owed.id)).toBeNull();
    });

    test("a payment's load names the enabled endpoints only", async () => {
      const { scope, owed } = await owing();
      const load = async () => (await at.store.load(scope, owed.paymentId))!.endpointIds;
      expect(await load()).toEqual([owed.endpointId]);
      await at.settings.disableEndpoint(scope, owed.endpointId, "410");
      expect(await load()).toEqual([]);
    });

    test("a try is kept with its result, under the job's token", async () => {
      const { scope, owed } = await owing();
      const held = (await at.store.take(jobIdOf(owed.id), T0, T0 + 20_000, "mine"))!;
      const missed: Delivery = { ...owed, tries: 1, nextTryAt: T0 + 60_000, lastStatusCode: 503 };
      const first = {
        ...scope,
        deliveryId: owed.id,
        n: 1,
        at: T0,
        durationMs: 40,
        statusCode: 503,
        response: "no\u0000\u001e",
        error: null,
      };
      const change = { ...scope, job: { id: held.id, token: "mine" }, deliveries: { update: [missed] }, deliveryTries: [first] };
      expect(await at.store.commit({ ...change, job: { id: held.id, token: "other" } })).toBe("stale");
      expect((await at.reads.delivery(scope, owed.id))!).toEqual({ delivery: owed, tries: [] });
      expect(await at.store.commit({ ...change, jobs: { move: [{ id: held.id, runAt: T0 + 60_000, tries: 0, release: true }] } })).toBe(
        "applied",
      );
      const seen = (await at.reads.delivery(scope, owed.id))!;
      expect(seen.delivery).toEqual(missed);
      expect(seen.tries.map(({ n, statusCode }) => ({ n, statusCode }))).toEqual([{ n: 1, statusCode: 503 }]);
      const again = (await at.store.take(held.id, T0 + 60_000, T0 + 80_000, "mine2"))!;
      const done: Delivery = { ...missed, status: "succeeded", tries: 2, nextTryAt: null, lastStatusCode: 200, finishedAt: T0 + 60_040 };
      expect(await at.store.commit({ ...scope, job: { id: again.id, token: "mine2" }, deliveries: { update: [done] } })).toBe("applied");
      expect((await at.store.delivery(scope, owed.id))!.delivery).toEqual(done);
      expect(await at.store.take(held.id, T0 + 99_999, T0 + 100_000, "t")).toBeNull();
    });

    test("hundreds of results at once each reach their own delivery", async () => {
      const all = await Promise.all(Array.from({ length: 60 }, () => owing()));
      const held = await Promise.all(all.map(({ owed }, n) => at.store.take(jobIdOf(owed.id), T0, T0 + 20_000, `t${n}`)));
      const results = await Promise.all(
        all.map(({ scope, owed }, n) =>
          at.store.commit({
            ...scope,
            job: { id: held[n]!.id, token: n % 2 ? "wrong" : `t${n}` },
            deliveries: { update: [{ ...owed, status: "succeeded", tries: 1, lastStatusCode: 200 + n }] },
          }),
        ),
      );
      expect(results).toEqual(all.map((_, n) => (n % 2 ? "stale" : "applied")));
      const codes = await Promise.all(
        all.map(async ({ scope, owed }) => (await at.store.delivery(scope, owed.id))!.delivery.lastStatusCode),
      );
      expect(codes).toEqual(all.map((_, n) => (n % 2 ? null : 200 + n)));
    });

    async function owing() {
      const scope = await merchant();
      const to = endpoint(scope, { previousSecret: "whsec_old", previousSecretUntil: T0 + 9, retryIntervalsMs: [0, 5_000] });
      await at.settings.putEndpoint(to);
      const before = await stored(at.store, scope);
      const told = event({ ...before, sequence: 2 }, { type: "payment.failed", body: '{"b":2, "a":"ü"}' });
      const owed = delivery(told, to.id);
      const work = job(scope, { subject: owed.id, queue: "webhook-queue", kind: "webhook", lane: to.id });
      await at.store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] }, jobs: { insert: [work] } }));
      const whole = { delivery: owed, endpoint: to, event: { id: told.id, type: told.type, body: told.body, createdAt: told.createdAt } };
      return { scope, owed, whole };
    }

    async function merchant(): Promise<Scope> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      return scope;
    }
  });
}
