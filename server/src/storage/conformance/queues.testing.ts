import { describe, expect, test } from "vitest";
import { QUEUE_RATE_SAMPLE, QUEUE_RATE_WINDOW_MS } from "../../core/constants.ts";
import type { Change } from "../../core/change.ts";
import type { Job, Scope } from "../../core/model.ts";
import type { QueueName } from "../../core/queues.ts";
import { account, case_, delivery, endpoint, event, id, job, moving, newScope, stored, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

const NOW = T0 + 3_600_000;

/** What a merchant sees of the queues: its own jobs, in whatever lane they wait. */
export function queueConformance(make: MakeStorage): void {
  describe("queues", () => {
    const at = shared(make);

    const seen = async (scope: Scope, queue: QueueName) => (await at.reads.queues(scope, NOW)).find((each) => each.queue === queue)!;

    async function merchant(): Promise<{ scope: Scope; lanes: Record<"account" | "endpoint" | "before", string> }> {
      const scope = newScope();
      await at.settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      const gateway = account(scope);
      await at.settings.putAccount(gateway);
      const before = id("whe");
      const receiver = endpoint(scope, { predecessors: [before] });
      await at.settings.putEndpoint(receiver, null);
      return { scope, lanes: { account: gateway.id, endpoint: receiver.id, before } };
    }

    const add = (scope: Scope, given: Partial<Job>) =>
      at.store.commit({ ...scope, jobs: { insert: [job(scope, { subject: id("pay"), runAt: NOW - 7_000, ...given })] } });

    test("count what is due, planned and held in every lane of the merchant and mode, and nobody else's", async () => {
      const { scope, lanes } = await merchant();
      const other = await merchant();
      for (const lane of [scope.merchantId, lanes.account, `${lanes.account} throttled`]) await add(scope, { lane });
      await add(scope, { lane: lanes.account, runAt: NOW + 1 });
      await add(scope, { lane: lanes.account, runAt: NOW - 90_000 });
      await add(scope, { lane: lanes.account, runAt: NOW + 1, leaseToken: "t" });
      await add({ ...scope, mode: "live" }, { lane: scope.merchantId, runAt: NOW - 500_000 });
      await add(other.scope, { lane: other.lanes.account, runAt: NOW - 500_000 });
      await add(scope, { lane: lanes.account, queue: "refund-queue", kind: "refund", runAt: NOW });
      for (const lane of [lanes.endpoint, `${lanes.endpoint} waiting`, lanes.before, `${lanes.before} waiting`])
        await add(scope, { lane, queue: "webhook-queue", kind: "webhook", subject: id("dlv"), runAt: NOW + 1 });
      expect(await seen(scope, "payment-queue")).toMatchObject({
        due: 4,
        scheduled: 1,
        leased: 1,
        oldestDueAt: NOW - 90_000,
        isCapped: false,
      });
      expect(await seen(scope, "refund-queue")).toMatchObject({ due: 1, scheduled: 0, leased: 0, oldestDueAt: NOW });
      expect(await seen(scope, "webhook-queue")).toMatchObject({ due: 0, scheduled: 4, leased: 0, oldestDueAt: null });
      expect(await seen({ ...scope, mode: "live" }, "payment-queue")).toMatchObject({ due: 1, oldestDueAt: NOW - 500_000 });
    });

    test("count open cases of failing jobs, and failed deliveries, as dead letters", async () => {
      const { scope, lanes } = await merchant();
      const failing = (queue: QueueName, given = {}) => {
        const row = case_(scope, { kind: "dead_job", subject: id("job"), evidence: { job: { queue } }, ...given });
        return at.store.commit({ ...scope, cases: { open: [row] } });
      };
      await failing("payment-queue");
      await failing("refund-queue");
      await failing("refund-queue", { kind: "overdue" });
      await failing("webhook-queue");
      await failing("webhook-queue", { status: "resolved", resolvedAt: T0, resolvedBy: "answer" });
      await ended(scope, lanes.endpoint, "failed", NOW - 1);
      await ended(scope, lanes.endpoint, "succeeded", NOW - 1);
      const letters = (await at.reads.queues(scope, NOW)).map((queue) => [queue.queue, queue.deadLetters]);
      expect(letters).toEqual([
        ["payment-queue", 1],
        ["refund-queue", 1],
        ["webhook-queue", 2],
      ]);
    });

    test("count what ended within the last minutes, by the queue that had it", async () => {
      const { scope, lanes } = await merchant();
      const since = NOW - QUEUE_RATE_WINDOW_MS;
      const told = async (
        type: "payment.succeeded" | "payment.captured" | "payment.requires_action" | "refund.succeeded",
        createdAt: number,
      ) => {
        const of = await stored(at.store, scope, { createdAt: T0 });
        await at.store.commit(moving(of, { sequence: 2 }, { events: [event({ ...of, sequence: 2 }, { type, createdAt })] }));
      };
      await told("payment.succeeded", since);
      await told("payment.captured", NOW - 1);
      await told("payment.succeeded", since - 1);
      await told("payment.requires_action", NOW);
      await told("refund.succeeded", NOW);
      await ended(scope, lanes.endpoint, "succeeded", since);
      await ended(scope, lanes.endpoint, "failed", NOW);
      await ended(scope, lanes.endpoint, "succeeded", since - 1);
      expect(await seen(scope, "payment-queue")).toMatchObject({ finished: 2, finishedSince: since });
      expect(await seen(scope, "refund-queue")).toMatchObject({ finished: 1, finishedSince: since });
      expect(await seen(scope, "webhook-queue")).toMatchObject({ finished: 2, finishedSince: since });
    });

    test("look at the newest rows only, and say from when on they count", async () => {
      const { scope } = await merchant();
      const of = await stored(at.store, scope, { createdAt: T0 });
      const rows = Array.from({ length: QUEUE_RATE_SAMPLE + 50 }, (_, n) =>
        event({ ...of, sequence: n + 2 }, { type: "payment.succeeded", createdAt: NOW - 60_000 + n }),
      );
      for (let from = 0; from < rows.length; from += 500)
        await at.store.commit({ ...scope, events: rows.slice(from, from + 500) } as Change);
      expect(await seen(scope, "payment-queue")).toMatchObject({ finished: QUEUE_RATE_SAMPLE, finishedSince: NOW - 60_000 + 50 });
    });

    async function ended(scope: Scope, to: string, status: "failed" | "succeeded", finishedAt: number): Promise<void> {
      const of = await stored(at.store, scope, { createdAt: T0 });
      const told = event({ ...of, sequence: 2 }, { type: "payment.requires_action", createdAt: T0 });
      const owed = delivery(told, to, { status, tries: 1, nextTryAt: null, finishedAt, createdAt: T0 });
      await at.store.commit(moving(of, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] } }));
    }
  });
}
