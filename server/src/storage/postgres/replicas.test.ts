/** On a primary and a real standby of it: no list is ever older than what was acknowledged, and a standby that cannot keep up is left out. */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers } from "../../../../test/support/databases.ts";
import { needs } from "../../../../test/support/require-services.ts";
import { postgresStorage, type TestStorage } from "../../../../test/support/storage.ts";
import { waitFor } from "../../../../test/support/wait-for.ts";
import type { Scope } from "../../core/model.ts";
import { newScope, stored } from "../conformance/rows.testing.ts";
import { openDatabase, type Database, type Pool } from "./connect.ts";
import { failureOf } from "./failures.ts";
import { checkDatabase, migrate } from "./migrate.ts";
import { nextAnswerOf, withReplicas } from "./replicas.ts";
import { readsOf } from "./reads.ts";

const primaryUrl = needs("a primary with a standby", process.env["REPLICATED_DATABASE_URL"]);
const standbyUrl = process.env["REPLICA_DATABASE_URL"] ?? "";
const patiently = { timeout: 20_000, interval: 20 };

primaryUrl.describe("lists of a standby", () => {
  let storage: TestStorage;
  let primary: Pool;
  const open: Pool[] = [];
  const warned: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, text: string) => void warned.push(text), error: () => undefined };
  const pool = (databaseUrl: string): Pool => {
    const opened = openDatabase({
      databaseUrl,
      log,
      size: 2,
      connectWaitMs: 5_000,
      hot: false,
      isStandby: databaseUrl !== storage.databaseUrl,
    });
    open.push(opened);
    return opened;
  };
  const onStandby = (): string => standbyUrl.replace(/\/[^/]*$/, new URL(storage.databaseUrl).pathname);

  beforeAll(async () => {
    storage = await postgresStorage(primaryUrl.url);
    primary = pool(storage.databaseUrl);
    await vi.waitFor(() => connect(onStandby(), (client) => client.query("select 1 from payments limit 1")), patiently);
  });
  beforeEach(() => void warned.splice(0));
  afterAll(async () => {
    await standbySays("select pg_wal_replay_resume()");
    await Promise.all(open.map((each) => each.close()));
    await storage?.close();
  });

  const standbySays = (text: string) => connect(standbyUrl, (client) => client.query(text));
  async function pause(): Promise<void> {
    await standbySays("select pg_wal_replay_pause()");
    const paused = async () => expect((await standbySays("select pg_get_wal_replay_pause_state() as state")).rows[0].state).toBe("paused");
    await vi.waitFor(paused, patiently);
  }

  /** Names of the statements that it was asked. */
  function counted(database: Database): Database & { readonly asked: string[] } {
    const asked: string[] = [];
    const query: Database["query"] = (statement, values, by) => {
      if (statement.name !== "wal_position") asked.push(statement.name);
      return database.query(statement, values, by);
    };
    return { ...database, query, asked };
  }

  async function opened(standby: Database) {
    const [one, other] = [counted(primary), counted(standby)];
    const replicas = withReplicas(one, [other], log);
    // A page of a fresh session needs its time.
    await vi.waitFor(async () => expect((await replicas.look())[0]!.status).not.toBe("late"), patiently);
    return { primary: one, standby: other, look: replicas.look, reads: readsOf(one, replicas.lists) };
  }

  const newest = async (reads: ReturnType<typeof readsOf>, scope: Scope) => {
    const page = await reads.payments(scope, { limit: 5 });
    return page === "unknown_cursor" ? page : page.rows.map(({ id }) => id);
  };

  test(
    "each page has what was committed before it was asked for, and the primary only says which transactions have ended",
    { timeout: 90_000 },
    async () => {
      const { reads, primary: asked, standby } = await opened(pool(onStandby()));
      const scope = newScope();
      const stale: string[] = [];
      let pages = 0;
      // A machine that is busy may keep the standby from it now and then: then the primary answers for a second.
      await waitFor(
        "the standby to answer forty pages",
        async () => {
          const made = await stored(storage.store, scope);
          if ((await newest(reads, scope))[0] !== made.id) stale.push(made.id);
          pages++;
          return standby.asked.length >= 40;
        },
        { timeoutMs: 60_000 },
      );
      expect(stale).toEqual([]);
      expect(asked.asked.filter((name) => name.endsWith("_settled"))).toHaveLength(pages);
      expect(standby.asked.some((name) => name.endsWith("_settled"))).toBe(false);
    },
  );

  test("is never taken for the primary: what it has not replayed yet must not be answered as the truth, such as that a key does not exist", async () => {
    const taken = openDatabase({ databaseUrl: onStandby(), log, size: 1, connectWaitMs: 5_000, hot: false });
    open.push(taken);
    const refusal = await taken.query({ name: "", text: "select 1" }, []).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: "NoConnection", cause: { name: "UnfitDatabase" } });
    expect(failureOf(refusal)).toMatchObject({
      name: "StoreUnavailable",
      mayHaveCommitted: false,
      message: expect.stringContaining("in recovery") as string,
    });
    // Nor is its schema, which may be that of an hour ago: nobody is told to migrate a server that takes no writes.
    for (const look of [checkDatabase, migrate]) await expect(look(onStandby())).rejects.toThrow(/in recovery/);
  });

  test("while it replays nothing, the primary answers; and it answers again once it does", async () => {
    const { reads, primary: asked, standby, look } = await opened(pool(onStandby()));
    const scope = newScope();
    await pause();
    const made = await stored(storage.store, scope);
    expect(await newest(reads, scope)).toEqual([made.id]);
    expect([standby.asked, asked.asked.length]).toEqual([[], 2]);
    expect(await look()).toEqual([{ status: "late", behindBytes: expect.any(Number) as number }]);
    // It is left alone: nobody waits for it again at once.
    expect(await newest(reads, scope)).toEqual([made.id]);
    expect(warned.filter((text) => text.startsWith("the primary answers"))).toHaveLength(1);
    await standbySays("select pg_wal_replay_resume()");
    const isBack = async () => {
      expect(await newest(reads, scope)).toEqual([made.id]);
      expect(standby.asked.length).toBeGreaterThan(0);
    };
    await vi.waitFor(isBack, patiently);
    expect(warned.at(-1)).toBe("a read replica answers again");
  });

  test.each([
    ["is away", () => "postgres://tillway@127.0.0.1:1/tillway", "down"],
    ["is the primary itself", () => storage.databaseUrl, "foreign"],
    ["is a server of its own", () => databaseServers()[0]!.url, "foreign"],
  ])("one that %s is left out", async (_what, url, status) => {
    const { reads, standby, look } = await opened(pool(url()));
    const scope = newScope();
    const made = await stored(storage.store, scope);
    expect(await newest(reads, scope)).toEqual([made.id]);
    expect(standby.asked).toEqual([]);
    expect((await look())[0]!.status).toBe(status);
  });
});

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

test.each([
  ["was restarted between its position and its rows", ["monday", "tuesday"], "of the primary"],
  ["runs on", ["monday", "monday"], "of the standby"],
])("a standby that %s", async (_what, started, answered) => {
  const starts = [...started];
  const server = (rows: string, since: () => string): Database => ({
    query: async ({ name }) => (name === "wal_position" ? [{ at: "7", history: "one", since: since() }] : [{ rows }]),
    warm: async () => undefined,
    close: async () => undefined,
  });
  const { lists } = withReplicas(
    server("of the primary", () => ""),
    [server("of the standby", () => starts.shift()!)],
    SILENT,
  );
  expect(await lists.query({ name: "list_payments", text: "" }, [])).toEqual([{ rows: answered }]);
});

test("whoever asks while a question is under way gets the answer of the next one, together", async () => {
  const answers: ((value: number) => void)[] = [];
  const ask = nextAnswerOf(() => new Promise<number>((resolve) => void answers.push(resolve)));
  const [first, second, third] = [ask(), ask(), ask()];
  expect(answers).toHaveLength(1);
  answers[0]!(1);
  expect(await first).toBe(1);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  expect(answers).toHaveLength(2);
});
