import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { START } from "../../../../test/support/flows/rows.ts";
import { World } from "../../../../test/support/flows/world.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import type { Delivery } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import { delivery, endpoint, event, moving, newScope, stored, tryRow, T0 } from "../../storage/conformance/rows.testing.ts";
import { runJob } from "../../flows/jobs/run.ts";
import type { Deps } from "../deps.ts";
import type { Answer } from "../idempotency.ts";
import { retryDelivery } from "./retry.ts";

function sendAgain(deps: Deps, { merchantId, mode, id }: Delivery, key?: string): Promise<Answer> {
  const caller = { ...new World().caller(key), scope: { merchantId, mode } };
  return retryDelivery(deps, caller, id, async (delivery) => JSON.stringify(delivery));
}

/** How often the same two people try to do it at the same moment. */
const ROUNDS = 20;

for (const server of databaseServers()) {
  describe(`sending again by hand: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(async () => storage?.close());

    it("at once from two processes is one retry each time, and the log counts on without a gap", async () => {
      const { deps, owed } = await failed();
      const take = () => deps.store.take(`job_${owed.id.slice(4)}`, deps.clock.now(), deps.clock.now() + 20_000, "worker");
      for (let round = 0; round < ROUNDS; round++) {
        const both = await Promise.allSettled([sendAgain(deps, owed), sendAgain(deps, owed)]);
        expect(both.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
        await runJob(deps, (await take())!);
        expect(await take()).toBeNull();
      }
      const seen = (await storage.reads.delivery(owed, owed.id))!;
      expect(seen.delivery).toMatchObject({ status: "succeeded", tries: 1 + ROUNDS, scheduleStart: ROUNDS });
      expect(seen.tries.map((entry) => entry.n)).toEqual(Array.from({ length: 1 + ROUNDS }, (_, n) => n + 1));
    });

    it("at once from two processes under one key is one send, and both get the same answer (U9)", async () => {
      const { deps, owed } = await failed();
      const both = await Promise.all([sendAgain(deps, owed, "again"), sendAgain(deps, owed, "again")]);
      expect(both.map((answer) => answer.replayed).toSorted()).toEqual([false, true]);
      expect(new Set(both.map((answer) => answer.body)).size).toBe(1);
      expect((await storage.reads.delivery(owed, owed.id))!.delivery).toMatchObject({ status: "pending", scheduleStart: 1 });
    });

    it("decided upon before another one was sent never sets the tries back", async () => {
      const { deps, owed } = await failed();
      const work = async () => {
        const job = (await deps.store.take(`job_${owed.id.slice(4)}`, deps.clock.now(), deps.clock.now() + 20_000, "worker"))!;
        await runJob(deps, job);
      };
      let looked = 0;
      const store: Store = {
        ...deps.store,
        delivery: async (scope, id) => {
          const load = await deps.store.delivery(scope, id);
          if (++looked > 1) return load;
          await sendAgain(deps, owed);
          await work();
          return load;
        },
      };
      await sendAgain({ ...deps, store }, owed);
      await work();
      const seen = (await storage.reads.delivery(owed, owed.id))!;
      expect(seen.delivery).toMatchObject({ status: "succeeded", tries: 3, scheduleStart: 2 });
      expect(seen.tries.map((entry) => entry.n)).toEqual([1, 2, 3]);
    });

    /** A delivery that was given up after one try, and flows over this database. */
    async function failed(): Promise<{ deps: Deps; owed: Delivery }> {
      const { store, settings } = storage;
      const scope = newScope();
      await settings.createMerchant({ id: scope.merchantId, name: "Shop", email: `${scope.merchantId}@example.com`, createdAt: T0 });
      const to = endpoint(scope);
      await settings.putEndpoint(to, null);
      const before = await stored(store, scope);
      const told = event({ ...before, sequence: 2 });
      const owed = delivery(told, to.id, { status: "failed", tries: 1, nextTryAt: null, finishedAt: T0 });
      await store.commit(moving(before, { sequence: 2 }, { events: [told], deliveries: { insert: [owed] } }));
      await store.commit({ ...scope, deliveryTries: [tryRow(owed, 1, { at: START })] });
      return { deps: { ...new World().deps, store, settings }, owed };
    }
  });
}
