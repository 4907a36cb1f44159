/** Sessions that a server, a pooler or the network has spoiled; and how soon payments go on. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { lineTo, type Line, type LineState } from "../../../../test/support/line.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import { creation, newScope } from "../conformance/rows.testing.ts";
import { connectPostgres, type PostgresStorage } from "./index.ts";
import { checkDatabase } from "./migrate.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const masterKey = new Uint8Array(32).fill(7);

for (const server of sampledServers()) {
  describe(`sessions: ${server.name}`, () => {
    let storage: TestStorage;
    const opened: PostgresStorage[] = [];
    const lines: Line[] = [];
    beforeAll(async () => {
      storage = await postgresStorage(server.url);
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
      for (const line of lines.splice(0)) await line.close();
      await run("alter database :db reset all");
    });
    afterAll(() => storage.close());

    const run = (sql: string): Promise<Record<string, unknown>[]> =>
      connect(storage.databaseUrl, async (client) => {
        const name = new URL(storage.databaseUrl).pathname.slice(1);
        return (await client.query(sql.replaceAll(":db", `"${name}"`))).rows as Record<string, unknown>[];
      });

    async function open(databaseUrl = storage.databaseUrl): Promise<PostgresStorage> {
      const one = await connectPostgres({ databaseUrl, masterKey, log: silent });
      opened.push(one);
      await one.warm();
      return one;
    }

    async function overLine(): Promise<{ line: Line; far: PostgresStorage }> {
      const line = await lineTo(storage.databaseUrl);
      lines.push(line);
      return { line, far: await open(line.url) };
    }

    const create = (at: PostgresStorage): Promise<unknown> => at.store.create(creation(newScope()));

    /** Creates one after the other, `lanes` beside each other, until `untilMs`; answers when each that succeeded did. */
    async function keepCreating(at: PostgresStorage, lanes: number, untilMs: number): Promise<{ done: number[]; failed: number }> {
      const done: number[] = [];
      let failed = 0;
      const lane = async (): Promise<void> => {
        while (performance.now() < untilMs) {
          const ok = await create(at).then(
            () => true,
            () => false,
          );
          if (ok) done.push(performance.now());
          else failed++;
          if (!ok) await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await Promise.all(Array.from({ length: lanes }, lane));
      return { done, failed };
    }

    test("sessions that a failover left read-only are replaced: the first write afterwards succeeds (R14)", async () => {
      await run("alter database :db set default_transaction_read_only = on");
      const far = await open();
      await expect(create(far)).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
      await expect(far.ping()).rejects.toThrow("takes no writes");
      await connect(storage.databaseUrl, async (client) => {
        await client.query("set transaction_read_only = off");
        await client.query("set default_transaction_read_only = off");
        await client.query(`alter database "${new URL(storage.databaseUrl).pathname.slice(1)}" reset default_transaction_read_only`);
      });
      const healedFrom = performance.now();
      await waitFor("a write", () => create(far).catch(() => null));
      expect(performance.now() - healedFrom).toBeLessThan(3_000);
      // Not one of the sessions of that time is left to fail another write.
      const results = await Promise.all(Array.from({ length: 40 }, () => create(far)));
      expect(new Set(results)).toEqual(new Set(["applied"]));
      await far.ping();
    });

    test("what the database sets for everybody does not reach our sessions (R18)", async () => {
      for (const setting of [
        "default_transaction_isolation = 'serializable'",
        "timezone = 'Asia/Kolkata'",
        "datestyle = 'German'",
        "search_path = 'pg_temp'",
        "idle_session_timeout = '200ms'",
        "idle_in_transaction_session_timeout = '1ms'",
        "statement_timeout = '100ms'",
      ])
        await run(`alter database :db set ${setting}`);
      await checkDatabase(storage.databaseUrl);
      const far = await open();
      const scope = newScope();
      const made = creation(scope);
      expect(await far.store.create(made)).toBe("applied");
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect((await far.store.load(scope, made.payment.id))?.payment).toEqual(made.payment);
      const results = await Promise.all(Array.from({ length: 200 }, () => create(far)));
      expect(new Set(results)).toEqual(new Set(["applied"]));
    });

    test("synchronous_commit=off that is set after the start does not reach our commits, and the next start refuses it (R18)", async () => {
      await run("alter database :db set synchronous_commit = off");
      await expect(checkDatabase(storage.databaseUrl)).rejects.toThrow("synchronous_commit=off");
      await open();
      const sql = "create table if not exists seen as select current_setting('synchronous_commit') as value where false";
      await run(`${sql}; create or replace function see() returns trigger language plpgsql as
        $$ begin insert into public.seen values (current_setting('synchronous_commit')); return new; end $$;
        create or replace trigger see after insert on payments for each row execute function see()`);
      expect(await create(await open())).toBe("applied");
      expect(await run("select value from seen")).toEqual([{ value: "on" }]);
      await run("drop trigger see on payments; drop function see; drop table seen");
    });

    test.each<[LineState, number]>([
      ["held", 500],
      ["swallowing", 500],
      ["cut", 500],
    ])("a hole in the network (%s for %s ms) stops payments for about its own length (R19)", { timeout: 30_000 }, async (state, holeMs) => {
      const { line, far } = await overLine();
      const startedMs = performance.now();
      const creating = keepCreating(far, 16, startedMs + 4_000);
      setTimeout(() => line.set(state), 500);
      setTimeout(() => line.set("open"), 500 + holeMs);
      const { done } = await creating;
      const all = [startedMs, ...done.toSorted((a, b) => a - b), startedMs + 4_000];
      const gaps = all.slice(1).map((at, index) => at - all[index]!);
      expect(Math.max(...gaps)).toBeLessThan(holeMs + 1_000);
    });

    test("512 callers wait a stall of 1.5 s out: none is refused (F6)", { timeout: 30_000 }, async () => {
      const { line, far } = await overLine();
      await create(far);
      line.set("held");
      setTimeout(() => line.set("open"), 1_500);
      const scope = newScope();
      const asked = Array.from({ length: 512 }, (_, n) =>
        n % 2 === 0 ? far.store.create(creation(scope)) : far.store.findIdempotent(scope, "merchant", `key ${n}`).then(() => "applied"),
      );
      expect(new Set(await Promise.all(asked))).toEqual(new Set(["applied"]));
    });

    test(
      "a database that is gone for longer than a caller waits refuses at once, and takes all again when it is back (F6)",
      {
        timeout: 30_000,
      },
      async () => {
        const { line, far } = await overLine();
        await create(far);
        line.set("cut");
        const failure = (): Promise<unknown> =>
          far.store.findIdempotent(newScope(), "merchant", "k").then(
            () => null,
            (error: unknown) => error,
          );
        const refusal = { name: "StoreUnavailable", mayHaveCommitted: false };
        await waitFor(
          "all connections to be gone",
          async () => ((await failure()) as { mayHaveCommitted?: boolean } | null)?.mayHaveCommitted === false,
        );
        expect(await failure()).toMatchObject(refusal);
        const from = performance.now();
        const later = await Promise.allSettled(Array.from({ length: 512 }, () => create(far)));
        expect(later.every((one) => one.status === "rejected")).toBe(true);
        expect(performance.now() - from).toBeLessThan(1_500);
        line.set("open");
        expect(await create(far)).toBe("applied");
      },
    );

    test("a server that refuses writes for want of room is not ready, until a write succeeds (F4)", async () => {
      const far = await open();
      await run(`create or replace function full_disk() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
        create or replace trigger full_disk before insert on payments for each row execute function full_disk()`);
      await far.ping();
      await expect(create(far)).rejects.toMatchObject({ name: "StoreUnavailable", mayHaveCommitted: false });
      await expect(far.ping()).rejects.toThrow("53100");
      await run("drop trigger full_disk on payments");
      expect(await create(far)).toBe("applied");
      await far.ping();
    });
  });
}
