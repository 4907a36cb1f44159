/** What arrives from gateways. */
import { describe, expect, test } from "vitest";
import { jobIdOf } from "../../core/ids.ts";
import { inboxRow, job, newScope, T0 } from "./rows.testing.ts";
import { shared, type MakeStorage } from "./storage.testing.ts";

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
}
