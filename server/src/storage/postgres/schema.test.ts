import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { freshDatabase, sampledServers } from "../../../../test/support/databases.ts";
import * as tables from "../tables.ts";
import { attempts } from "../tables.ts";
import { checkDatabase, migrate } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { dumpSchema, schemaDrift } from "./schema.ts";
import { UnfitDatabase } from "./session.ts";

const step = (id: number, sql: string) => ({ id, name: `step ${id}`, why: "a test", sql });

for (const server of sampledServers()) {
  describe(`schema: ${server.name}`, () => {
    async function withFresh(work: (url: string) => Promise<void>): Promise<void> {
      const database = await freshDatabase(server.url);
      try {
        await work(database.url);
      } finally {
        await database.drop();
      }
    }

    test("the migrations make what schema.sql says", () =>
      withFresh(async (url) => {
        await migrate(url);
        const written = await readFile(new URL("schema.sql", import.meta.url), "utf8");
        expect(schemaDrift(written, await dumpSchema(url))).toEqual([]);
      }));

    test("each index of the tables that a payment writes has a reason in decision 0080, and no other is named there", () =>
      withFresh(async (url) => {
        await migrate(url);
        const written = [
          "payments",
          "attempts",
          "exchanges",
          "events",
          "deliveries",
          "delivery_tries",
          "idempotency",
          "jobs",
          "payment_finds",
        ];
        const { rows } = await connect(url, (client) =>
          client.query<{ indexname: string }>("select indexname from pg_indexes where tablename = any($1)", [written]),
        );
        const page = await readFile(
          new URL("../../../../docs/decisions/0080-indexes-of-the-tables-that-each-payment-writes.md", import.meta.url),
          "utf8",
        );
        const explained = [...page.matchAll(/^\| `(\w+)` \| \S.*\. \|$/gm)].map(([, name]) => name);
        expect(explained.toSorted()).toEqual(rows.map(({ indexname }) => indexname).toSorted());
      }));

    test("a database of the first version with rows in it comes to the newest one, and each delivery has its event's type", () =>
      withFresh(async (url) => {
        await migrate(url, Date.now, migrations.slice(0, 1));
        const { rows } = await connect(url, async (client) => {
          await client.query(`
            insert into merchants (id, name, email, created_at) values ('mer_1', 'Shop', 'a@example.com', to_timestamp(0));
            insert into webhook_endpoints (merchant_id, mode, id, url, status, secret_sealed, created_at)
              values ('mer_1', 'test', 'whe_1', 'https://shop.example', 'disabled', 's', to_timestamp(0));
            insert into payments (merchant_id, mode, id, status, version, sequence, amount, currency, capture_method, metadata, identity_kind, identity, audience, request_id, created_at)
              values ('mer_1', 'test', 'pay_1', 'failed', 1, 1, 1, 'INR', 'automatic', '{}', 'payment', 'pay_1', 'merchant', 'r', to_timestamp(0));
            insert into events (merchant_id, mode, id, payment_id, sequence, type, body, created_at)
              values ('mer_1', 'test', 'evt_1', 'pay_1', 1, 'payment.failed', '{}', to_timestamp(0));
            insert into deliveries (merchant_id, mode, id, channel, event_id, payment_id, endpoint_id, status, tries, schedule_start, created_at)
              values ('mer_1', 'test', 'dlv_1', 'webhook', 'evt_1', 'pay_1', 'whe_1', 'pending', 0, 0, to_timestamp(0));
            insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, created_at)
              values ('job_1', 'mer_1', 'test', 'webhook-queue', 'webhook', 'dlv_1', 'mer_1 test waiting', to_timestamp(0), 0, to_timestamp(0))`);
          await migrate(url);
          return client.query(
            "select d.event_type, j.lane, w.slot, w.events, w.secret_created_at = w.created_at as kept from deliveries d, jobs j, webhook_endpoints w",
          );
        });
        expect(rows).toEqual([{ event_type: "payment.failed", lane: "whe_1 waiting", slot: 1, events: ["*"], kept: true }]);
      }));

    test("a closed attempt keeps every column that is not declared to change even then", () =>
      withFresh(async (url) => {
        await migrate(url);
        const { rows } = await connect(url, (client) =>
          client.query("select pg_get_triggerdef(oid) as text from pg_trigger where tgname = 'attempts_closed'"),
        );
        const kept = new Set([...(rows[0].text as string).matchAll(/new\.(\w+)/g)].map(([, name]) => name));
        const declared = attempts.columns.filter((column) => column.change !== "evenClosed").map((column) => column.name);
        expect(kept).toEqual(new Set(declared.filter((name) => !["id", "merchant_id", "mode"].includes(name))));
      }));

    test("each column is in its table, and in the program", () =>
      withFresh(async (url) => {
        const { table: _, ...declared } = tables;
        await migrate(url);
        const { rows } = await connect(url, (client) =>
          client.query(
            `select table_name || '.' || column_name as name from information_schema.columns
             where table_schema = 'public' and is_generated = 'NEVER' and column_default is distinct from 'pg_current_xact_id()' and table_name = any($1)`,
            [Object.values(declared).map((table) => table.name)],
          ),
        );
        const known = Object.values(declared).flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`));
        expect(
          rows
            .map((row) => row.name as string)
            .filter((name) => name !== "jobs.hinted_until")
            .toSorted(),
        ).toEqual(known.toSorted());
      }));

    test.each([
      ["a column", "alter table payments add column extra text", "payments"],
      ["a dropped index", "drop index attempts_one_charge", "attempts_one_charge"],
      ["a dropped trigger", "drop trigger payments_terminal on payments", "payments_terminal"],
      ["a weaker check", "alter table payments drop constraint payments_captured_within_authorized", "payments_captured_within_authorized"],
      ["another function", "create or replace function refuse() returns trigger language plpgsql as 'begin return new; end'", "refuse"],
    ])("drift is seen: %s", (_, sql, seen) =>
      withFresh(async (url) => {
        await migrate(url);
        const before = await dumpSchema(url);
        await connect(url, (client) => client.query(sql));
        expect(schemaDrift(before, await dumpSchema(url)).join("\n")).toContain(seen);
      }),
    );

    test("five processes that start at once migrate once", () =>
      withFresh(async (url) => {
        const reports = await Promise.all(Array.from({ length: 5 }, () => migrate(url)));
        expect(reports.flatMap((report) => report.applied)).toEqual(migrations.map((each) => each.name));
        expect(await migrate(url)).toEqual({ applied: [], version: migrations.length });
        await checkDatabase(url);
      }));

    test("a migration that fails leaves the one before it, and says which it was", () =>
      withFresh(async (url) => {
        const steps = [step(1, "create table a (x int)"), step(2, "create table b (x int); select 1 / 0")];
        await expect(migrate(url, () => 0, steps)).rejects.toThrow("migration 2 (step 2) failed: division by zero");
        expect(await migrate(url, () => 0, steps.slice(0, 1))).toEqual({ applied: [], version: 1 });
        expect((await dumpSchema(url)).includes("create table b")).toBe(false);
      }));

    test("a migration that waits for a table lets those past who only read it, and is done once it is free (security row 27)", () =>
      withFresh(async (url) => {
        await migrate(url, () => 0, [step(1, "create table a (x int)")]);
        await connect(url, async (holder) => {
          await holder.query("begin; select from a");
          const migrating = migrate(url, () => 0, [step(1, ""), step(2, "alter table a add y int")]);
          const waits = "select from pg_locks where relation = 'a'::regclass and not granted";
          await vi.waitUntil(async () => (await connect(url, (client) => client.query(waits))).rowCount === 1, { timeout: 60_000 });
          // It would wait behind the migration, and the migration for the holder.
          expect((await connect(url, (client) => client.query("select from a"))).rowCount).toBe(0);
          await holder.query("commit");
          expect((await migrating).applied).toEqual(["step 2"]);
        });
      }));

    test("a schema too new for the program is refused, an older one asks for the migration", () =>
      withFresh(async (url) => {
        await expect(checkDatabase(url)).rejects.toThrow("tillway migrate");
        await migrate(url);
        await connect(url, (client) => client.query("insert into migrations values (999, 'future', 'later', to_timestamp(0))"));
        await expect(migrate(url)).rejects.toThrow("use a newer program");
        await expect(checkDatabase(url)).rejects.toBeInstanceOf(UnfitDatabase);
      }));

    test("a version can be taken back by one: the program before starts on the newer schema, unless a migration says that it can't (security row 27)", () =>
      withFresh(async (url) => {
        const old = [step(1, "create table a (x int)"), step(2, "")];
        await migrate(url, () => 0, [...old, step(3, "alter table a add y int")]);
        expect(await migrate(url, () => 0, old)).toEqual({ applied: [], version: 3 });
        await checkDatabase(url, old);
        // One that is two behind was never tried on it.
        await expect(checkDatabase(url, old.slice(0, 1))).rejects.toThrow("works with programs from schema 2 on, and this one is of 1");
        const taken: Migration = { ...step(4, "alter table a drop y"), oldestProgram: 4 };
        await migrate(url, () => 0, [...old, step(3, ""), taken]);
        await expect(migrate(url, () => 0, [...old, step(3, "")])).rejects.toThrow("from schema 4 on");
        await expect(checkDatabase(url, [...old, step(3, "")])).rejects.toBeInstanceOf(UnfitDatabase);
      }));

    test("a database whose migrations did not say it is told, and its past ones still are strict", () =>
      withFresh(async (url) => {
        await migrate(url, () => 0, [step(1, ""), step(2, "")]);
        await connect(url, (client) => client.query("alter table migrations drop column oldest_program"));
        await migrate(url, () => 0, [step(1, ""), step(2, ""), step(3, "")]);
        await checkDatabase(url, [step(1, ""), step(2, "")]);
        await expect(checkDatabase(url, [step(1, "")])).rejects.toThrow("from schema 2 on");
      }));

    test("a server that would lose commits is refused", () =>
      withFresh(async (url) => {
        const options = new URL(url);
        options.searchParams.set("options", "-c synchronous_commit=off");
        const careless = options.href;
        await expect(migrate(careless)).rejects.toThrow("synchronous_commit=off");
        await migrate(url);
        await expect(checkDatabase(careless)).rejects.toBeInstanceOf(UnfitDatabase);
      }));
  });
}

test("migrations are numbered without gaps and say why they are there", () => {
  expect(migrations.map((each) => each.id)).toEqual(migrations.map((_, index) => index + 1));
  for (const each of migrations) expect(each.why.length).toBeGreaterThan(20);
});
