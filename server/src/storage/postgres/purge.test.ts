/** That nobody but the clean-up deletes what is append-only, and that the clean-up reads no more than it removes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type pg from "pg";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { delivery, event, exchange, id, moving, newScope, processing, T0, tryRow } from "../conformance/rows.testing.ts";
import { openDatabase } from "./connect.ts";
import { outboxOf } from "./outbox.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const until = (client: pg.Client, before: number) => client.query("select set_config('tillway.purged_before', $1, true)", [String(before)]);

for (const server of sampledServers()) {
  describe(`the clean-up: ${server.name}`, () => {
    let storage: TestStorage;
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterAll(() => storage.close());

    /** A payment with an exchange and a log row, both of `T0`. */
    async function evidence() {
      const { payment, attempt } = await processing(storage.store, newScope());
      const told = event({ ...payment, sequence: 2 });
      const owed = delivery(told, id("whe"));
      const result = await storage.store.commit(
        moving(
          payment,
          { sequence: 2 },
          { exchanges: [exchange(attempt)], events: [told], deliveries: { insert: [owed] }, deliveryTries: [tryRow(owed, 1)] },
        ),
      );
      expect(result).toBe("applied");
      return payment;
    }

    describe.each(["exchanges", "delivery_tries"])("%s", (table) => {
      const left = async (of: { merchantId: string }) =>
        connect(storage.databaseUrl, async (client) => {
          const { rows } = await client.query(`select count(*)::int as n from ${table} where merchant_id = $1`, [of.merchantId]);
          return rows[0].n as number;
        });
      const remove = (client: pg.Client, of: { merchantId: string }) =>
        client.query(`delete from ${table} where merchant_id = $1`, [of.merchantId]);

      test("are not deleted by hand", async () => {
        const of = await evidence();
        await connect(storage.databaseUrl, async (client) => {
          await expect(remove(client, of)).rejects.toThrow("only the clean-up removes them");
          // What a finished transaction left of the setting is an empty text, not nothing.
          await until(client, T0 + 1);
          await expect(remove(client, of)).rejects.toThrow("only the clean-up removes them");
        });
        expect(await left(of)).toBe(1);
      });

      test("are not deleted by the clean-up either while they are young, nor ever changed", async () => {
        const of = await evidence();
        await connect(storage.databaseUrl, async (client) => {
          await client.query("begin");
          await until(client, T0);
          await client.query("savepoint young");
          await expect(remove(client, of)).rejects.toThrow("only old ones");
          await client.query("rollback to young");
          await until(client, T0 + 1);
          await expect(client.query(`update ${table} set mode = mode where merchant_id = $1`, [of.merchantId])).rejects.toThrow(
            "append-only",
          );
          await client.query("rollback");
        });
        expect(await left(of)).toBe(1);
      });
    });

    test.each(["Infinity", String(Date.now() + 1_000)])("what is younger than a day is kept though the setting says %s", async (said) => {
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await client.query(
          `insert into exchanges (merchant_id, mode, id, kind, method, url, result, started_at, duration_ms)
           values ('mer_young', 'test', 'exc_young', 'send', 'POST', 'http://bank', 'answer', clock_timestamp() - interval '23 hours', 1)`,
        );
        await client.query("select set_config('tillway.purged_before', $1, true)", [said]);
        await expect(client.query("delete from exchanges where merchant_id = 'mer_young'")).rejects.toThrow();
        await client.query("rollback");
      });
    });

    test("an exchange that an audit store has acknowledged goes however young it is, where the statement says so; its attempt stays", async () => {
      const of = await evidence();
      await connect(storage.databaseUrl, async (client) => {
        const young = "select clock_timestamp() - interval '1 minute'";
        await client.query(
          `insert into exchanges (merchant_id, mode, id, kind, method, url, result, started_at, duration_ms)
           values ($1, 'test', 'exc_young_' || $1, 'send', 'POST', 'http://bank', 'answer', (${young}), 1)`,
          [of.merchantId],
        );
        for (const said of ["", "yes"]) {
          await client.query("begin");
          await client.query("select set_config('tillway.archived', $1, true)", [said]);
          await expect(client.query("delete from exchanges where merchant_id = $1", [of.merchantId])).rejects.toThrow("append-only");
          await client.query("rollback");
        }
        const ids = async () =>
          (await client.query("select id from exchanges where merchant_id = $1 order by id", [of.merchantId])).rows.map((row) => row.id);
        const all = await ids();
        expect(all).toHaveLength(2);
        const database = openDatabase({ databaseUrl: storage.databaseUrl, log: silent, size: 1, connectWaitMs: 15_000, hot: false });
        const outbox = outboxOf(database);
        expect(await outbox.waiting()).toMatchObject({ count: expect.any(Number), oldestAt: expect.any(Number) });
        expect((await outbox.next("", 1_000)).map((row) => row.id)).toEqual(expect.arrayContaining(all));
        await outbox.remove([all[0]]);
        await database.close();
        expect(await ids()).toEqual([all[1]]);
        expect((await client.query("select from attempts where merchant_id = $1", [of.merchantId])).rowCount).toBe(1);
      });
    });

    test.each(["events cascade", "exchanges, delivery_tries", "delivery_tries"])("truncate %s is refused", async (tables) => {
      const of = await evidence();
      await connect(storage.databaseUrl, async (client) => {
        await expect(client.query(`truncate ${tables}`)).rejects.toThrow("append-only");
        expect((await client.query("select from events where merchant_id = $1", [of.merchantId])).rowCount).toBeGreaterThan(0);
      });
    });

    test("events are not deleted by anybody", async () => {
      const of = await evidence();
      await connect(storage.databaseUrl, async (client) => {
        await client.query("begin");
        await until(client, T0 * 2);
        await expect(client.query("delete from events where merchant_id = $1", [of.merchantId])).rejects.toThrow("append-only");
      });
    });
  });
}
