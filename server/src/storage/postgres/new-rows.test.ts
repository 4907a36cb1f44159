/** Whoever reads what is new misses nothing, however late a row is committed (U6, R9). */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databaseServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { newId } from "../../core/ids.ts";
import type { Scope } from "../../core/model.ts";
import type { Listed, Page } from "../../core/ports/reads.ts";
import { creation, event, newScope, payment, stored } from "../conformance/rows.testing.ts";
import { known } from "../conformance/storage.testing.ts";

type Read = (scope: Scope, page: Page) => Promise<Listed<{ readonly id: string }>>;

for (const server of databaseServers()) {
  describe(`reading what is new: ${server.name}`, () => {
    let storage: TestStorage;
    let late: pg.Client;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
      late = new pg.Client({ connectionString: storage.databaseUrl });
      await late.connect();
    });
    afterAll(async () => {
      await late?.end();
      await storage?.close();
    });

    const lists: readonly [string, Read][] = [
      ["payments", (scope, page) => storage.reads.payments(scope, page)],
      ["events", (scope, page) => storage.reads.events(scope, page)],
    ];

    test.each(lists)("%s: a row whose id was made first and that is committed last is read last, and not missed", async (name, read) => {
      const scope = newScope();
      const { id: seen } = await stored(storage.store, scope);
      const first = name === "events" ? known(await read(scope, { limit: 9 })).rows[0]!.id : seen;
      const slow = payment(scope);
      await late.query("begin");
      await late.query(
        `insert into payments (merchant_id, mode, id, status, version, sequence, amount, currency, capture_method, metadata, identity_kind,
           identity, audience, request_id, created_at)
         values ($1, $2, $3, 'created', 1, 1, 1, 'INR', 'manual', '{}', 'payment', $3, 'merchant', 'req_1', to_timestamp(1))`,
        [scope.merchantId, scope.mode, slow.id],
      );
      const itsEvent = event(slow);
      await late.query(
        `insert into events (merchant_id, mode, id, payment_id, sequence, type, body, created_at) values ($1, $2, $3, $4, 1, 'payment.created', '{}', to_timestamp(1))`,
        [scope.merchantId, scope.mode, itsEvent.id, slow.id],
      );
      const quick = await stored(storage.store, scope);
      // What was committed beside it waits for it: nobody may take it for the newest there is.
      expect(known(await read(scope, { limit: 9, endingBefore: first })).rows).toEqual([]);
      await late.query("commit");
      const rows = known(await read(scope, { limit: 9, endingBefore: first })).rows.map((row) => row.id);
      if (name === "payments") expect(rows).toEqual([quick.id, slow.id]);
      else expect([rows.length, rows[1]]).toEqual([2, itsEvent.id]);
      expect(known(await read(scope, { limit: 9, endingBefore: rows[0] })).rows).toEqual([]);
    });

    test("a transaction that writes to another table or database hides nothing", async () => {
      const scope = newScope();
      await late.query("begin");
      await late.query("insert into processes (id, role, started_at, seen_at) values ('p', 'api', to_timestamp(1), to_timestamp(1))");
      const { id } = await stored(storage.store, scope);
      expect(known(await storage.reads.payments(scope, { limit: 9 })).rows.map((row) => row.id)).toEqual([id]);
      await late.query("rollback");
    });

    test.each(lists)("%s: of 3,000 that are created at once, 50 at a time, a poller gets each", async (_, read) => {
      const scope = newScope();
      const { id } = await stored(storage.store, scope);
      const start = known(await read(scope, { limit: 1 })).rows[0]!.id;
      const [, ...expected] = await createMany(scope, 3_000, id);
      let done = false;
      const got: string[] = [];
      const creating = expected[0]!.then(() => (done = true));
      let cursor = start;
      await waitFor(
        "all of them",
        async () => {
          const ended = done;
          const { rows } = known(await read(scope, { limit: 100, endingBefore: cursor }));
          got.push(...rows.map((row) => row.id).reverse());
          cursor = rows[0]?.id ?? cursor;
          return ended && rows.length === 0;
        },
        { timeoutMs: 60_000, pauseMs: 1 },
      );
      await creating;
      expect(got).toHaveLength(3_000);
      expect(new Set(got).size).toBe(3_000);
    });

    /** Ids of now, made before the commits that they wait for. */
    async function createMany(scope: Scope, count: number, first: string): Promise<readonly [string, Promise<unknown>]> {
      let made = 0;
      const random = () => Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 32));
      const one = async (): Promise<void> => {
        while (made++ < count) {
          const row = payment(scope, { id: newId("pay", Date.now(), random()) });
          const written = creation(row);
          await storage.store.create({ ...written, event: { ...written.event, id: newId("evt", Date.now(), random()) } });
        }
      };
      return [first, Promise.all(Array.from({ length: 50 }, one))];
    }
  });
}
