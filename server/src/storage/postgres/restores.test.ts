/** A database that was set back sends nothing, from its first session on: docs/decisions/0075. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers } from "../../../../test/support/databases.ts";
import { migratedDatabase } from "../../../../test/support/migrated-database.ts";
import type { Mark, Restore } from "../../core/restore.ts";
import { attempt, moving, newScope, processing, stored, T0 } from "../conformance/rows.testing.ts";
import { connectPostgres, type PostgresStorage } from "./index.ts";
import { marksInMemory, type Marks } from "./restores.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const by = { kind: "cli", id: null, label: "ann", requestId: null } as const;

describe.each(sampledServers())("restore mode on $name", ({ url }) => {
  let database: Awaited<ReturnType<typeof migratedDatabase>>;
  const open: PostgresStorage[] = [];
  beforeAll(async () => {
    database = await migratedDatabase(url);
  });
  afterAll(async () => {
    for (const storage of open) await storage.close();
    await database.drop();
  });

  async function started(marks: Marks = marksInMemory(), keepsCommits = false, more: object = {}): Promise<PostgresStorage> {
    const options = { databaseUrl: database.url, masterKey: new Uint8Array(32), log: silent, marks, keepsCommits, ...more };
    const storage = await connectPostgres({ ...options, connectWaitMs: 15_000 });
    open.push(storage);
    return storage;
  }

  const sql = (text: string) => connect(database.url, (client) => client.query(text));
  const finished = async ({ restores }: PostgresStorage, forcedReason: string | null = null): Promise<Restore> => {
    const { id } = (await restores.latest())!;
    await restores.finish({ id, finishedAt: T0, forcedReason }, by);
    return (await restores.latest())!;
  };
  const begunByHand: Restore = {
    id: "rstr_00000000000000000000000001",
    reason: "by_hand",
    detail: "the disk was set back",
    lostFrom: T0 - 5,
    begunAt: T0,
    finishedAt: null,
    forcedReason: null,
  };

  it("refuses what would be sent, whoever wrote it beside what, and nothing else; then money moves again (security row 28)", async () => {
    const storage = await started();
    const other = await started();
    const [open, asked, pending, created] = [
      await processing(storage.store, newScope()),
      await processing(storage.store, newScope()),
      await stored(storage.store, newScope()),
      await stored(storage.store, newScope(), { status: "created" }),
    ];
    expect(await storage.restores.begin(begunByHand, by)).toEqual(begunByHand);
    expect(await other.restores.begin({ ...begunByHand, id: "rstr_00000000000000000000000002" }, by)).toBeNull();

    // One batch: what another process, which has heard of nothing, sends anew and for the first time, and what a gateway said.
    const first = attempt(pending, { sends: 1 });
    const settled = { ...asked.attempt, status: "declined" as const, closedAt: T0 + 1 };
    const results = await Promise.allSettled([
      other.store.commit(moving(open.payment, {}, { attempts: { update: [{ ...open.attempt, sends: open.attempt.sends + 1 }] } })),
      other.store.commit(moving(pending, { status: "processing", attempt: 1 }, { attempts: { insert: [first] } })),
      other.store.commit(moving(asked.payment, { status: "failed" }, { attempts: { update: [settled] } })),
      // What would be charged an hour later, by a request that was admitted before.
      other.store.commit(moving(created, { status: "pending" })),
      stored(other.store, newScope()),
      stored(other.store, newScope(), { status: "created" }).then(({ status }) => status),
    ]);
    expect(results.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as { code: string }).code))).toEqual([
      "restore_mode",
      "restore_mode",
      "applied",
      "restore_mode",
      "restore_mode",
      "created",
    ]);
    expect(await other.restores.look()).toMatchObject({ id: "rstr_00000000000000000000000001" });
    expect(other.restores.isOpen()).toBe(true);

    expect(await finished(storage, "no gateway of it is left")).toMatchObject({ finishedAt: T0, forcedReason: "no gateway of it is left" });
    expect(await other.store.commit(moving(pending, { status: "processing", attempt: 1 }, { attempts: { insert: [first] } }))).toBe(
      "applied",
    );
    expect(await other.store.commit(moving(created, { status: "pending" }))).toBe("applied");
    expect(await other.restores.look()).toBeNull();
    expect(other.restores.isOpen()).toBe(false);
  });

  it("is a step of a person in the audit log, as the end of it is, and so is another master key", async () => {
    await sql(
      "insert into root_keys (master_key_id, wrapped, created_at) values ('0123abcd', 'sealed', to_timestamp(0)); delete from root_keys",
    );
    const { rows } = await sql(
      "select actor_kind, actor_label, action, subject, after from admin_actions where merchant_id = '' order by id",
    );
    expect(rows).toMatchObject([
      { actor_kind: "cli", actor_label: "ann", action: "restore.created", subject: "rstr_00000000000000000000000001" },
      { actor_kind: "cli", actor_label: "ann", action: "restore.updated", after: { forced_reason: "no gateway of it is left" } },
      { actor_kind: "system", action: "master_key.created" },
      { actor_kind: "system", action: "master_key.deleted" },
    ]);
    expect(JSON.stringify(rows)).not.toContain("sealed");
  });

  it.each<[string, string]>([
    ["other_server", "update database_identity set system_identifier = '1'"],
    ["other_timeline", "update database_identity set timeline = 'FFFFFFFF'"],
  ])("begins before the first statement of a process that finds it on another place (%s), and once", async (reason, text) => {
    const paid = await stored((await started()).store, newScope());
    await sql(text);
    const marks = marksInMemory();
    const storage = await started(marks);
    const sent = moving(paid, { status: "processing", attempt: 1 }, { attempts: { insert: [attempt(paid, { sends: 1 })] } });
    await expect(storage.store.commit(sent)).rejects.toMatchObject({ code: "restore_mode" });
    // A list looks as well: what it does not find may be forgotten.
    await sql("delete from restores");
    await sql(text);
    const lister = await started(marks);
    expect(await lister.requests.find(paid, "req_1")).toBeNull();
    expect(lister.restores.isOpen()).toBe(true);
    expect(await storage.restores.look()).toMatchObject({ reason, finishedAt: null });
    await finished(storage);
    expect(await (await started(marks)).restores.look()).toBeNull();
  });

  it("begins, and ends, by a role that may only read and write", async () => {
    const role = `tillway_rw_${new URL(database.url).pathname.slice(1)}`;
    await sql(`create role ${role}; grant select, insert, update, delete on all tables in schema public to ${role};
      update database_identity set timeline = 'FFFFFFFF'`);
    const url = new URL(database.url);
    url.searchParams.set("options", `-c role=${role}`);
    const storage = await started(marksInMemory(), false, { databaseUrl: url.href });
    expect(await storage.restores.look()).toMatchObject({ reason: "other_timeline", finishedAt: null });
    await expect(stored(storage.store, newScope())).rejects.toMatchObject({ code: "restore_mode" });
    await finished(storage);
    expect((await stored(storage.store, newScope())).status).toBe("pending");
    await open.pop()!.close();
    await sql(`drop owned by ${role}; drop role ${role}`);
  });

  it("does not begin by a command that only looks", async () => {
    await sql("update database_identity set timeline = 'FFFFFFFF'");
    const storage = await started(marksInMemory(), false, { onlyLooks: true });
    await storage.ping();
    expect((await sql("select from restores where finished_at is null")).rowCount).toBe(0);
  });

  it("does not begin by another timeline alone where a failover loses nothing, whose place is then known", async () => {
    await sql("update database_identity set timeline = 'FFFFFFFF'");
    expect(await (await started(marksInMemory(), true)).restores.look()).toBeNull();
    expect(await (await started()).restores.look()).toBeNull();
  });

  it("begins where its log ends before what was noted outside of it, also under processes that run; older marks are then answered for", async () => {
    const marks = marksInMemory();
    const storage = await started(marks);
    await storage.restores.look();
    const { rows } = await sql("select id from database_identity");
    const installation = rows[0].id as string;
    const mark = marks.read(installation) as Mark;
    const ahead = { ...mark, position: String(BigInt(mark.position) + 10n ** 12n) };
    marks.write(installation, ahead);
    expect(await storage.restores.look()).toMatchObject({ reason: "behind" });
    expect(BigInt(marks.read(installation)!.position)).toBeLessThan(BigInt(ahead.position));
    await finished(storage);
    const late = marksInMemory();
    late.write(installation, ahead);
    expect(await (await started(late)).restores.look()).toBeNull();
  });

  it("waits for all accounts, disabled ones too, that were not swept up to its beginning", async () => {
    const { restores } = await started();
    await sql(`insert into merchants (id, name, email, created_at) values ('mer_1', 'Shop', 'a@example.com', to_timestamp(0));
      insert into connector_accounts (merchant_id, mode, id, connector, status, priority, credentials_sealed, created_at)
        select 'mer_1', 'test', 'acc_' || n, 'sandbox', case when n = 1 then 'disabled' else 'enabled' end, n, 's', to_timestamp(0) from generate_series(1, 3) n;
      insert into sweeps (merchant_id, mode, account_id, swept_until, span_ms, seen, found, failure)
        values ('mer_1', 'test', 'acc_2', to_timestamp(100), 1, 0, 0, 'no answer'), ('mer_1', 'test', 'acc_3', to_timestamp(200), 1, 0, 0, null)`);
    const missing = await restores.unswept(200_000, 10);
    expect(missing.map(({ account, failure }) => [account.id, account.mode, account.connector, failure])).toEqual([
      ["acc_1", "test", "sandbox", null],
      ["acc_2", "test", "sandbox", "no answer"],
    ]);
  });
});
