/**
 * What runs all the time, and what people ask for while they wait, costs what it looks at, however much there is: each statement touches as
 * many pages in a database with four times the rows. So no plan reads a table, or all rows of a merchant, as a whole. Once without
 * statistics, as in a young database, and once with them.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { sampledServers, type FreshDatabase } from "../../../../test/support/databases.ts";
import type { Scope } from "../../core/model.ts";
import { readSearch } from "../../core/search.ts";
import { sealNew } from "../../flows/audit/seal.ts";
import { newScope, T0 } from "../conformance/rows.testing.ts";
import { adminActionReads } from "./admin-actions.ts";
import { analyticsOf } from "./analytics.ts";
import { auditOf } from "./audit.ts";
import type { Database } from "./connect.ts";
import { fillerOf } from "./finds.ts";
import { invariantsOf } from "./invariants.ts";
import { queryOf } from "./lists.ts";
import { countedDatabase, fill, migrated, type Pages } from "./pages.testing.ts";
import { searchOf } from "./search.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** More than a look takes at once: only then is a bound seen to hold. */
const FEW = 3_000;
const MANY = 4 * FEW;
/** Of what grows with the depth of an index, and with how full its pages are. */
const MORE_AT_MOST = 1.5;
const A_FEW_PAGES = 100;
/** Webhooks whose end is waited for. */
const OWED = 50;
const GROWS = /Seq Scan on (payments|attempts|events|deliveries|refunds|exchanges|admin_actions|payment_finds)/;

/** Everything that reads for the dashboard, or follows what was committed. */
async function useAll(database: Database, scope: Scope): Promise<void> {
  const { merchantId } = scope;
  const filler = fillerOf(database, silent, { each: 1_000, all: 2_000 });
  const search = async () => {
    const texts = ["pay_00000000000000000000000007", "a@people.example", "4242", "INR 1.00", "77 EUR", "receipt-7", "r7"];
    for (const text of texts) await searchOf(database).find(scope, readSearch(text)!, 20);
  };
  await filler.fill();
  await filler.stop();
  await search();
  const invariants = invariantsOf(database);
  const analytics = analyticsOf(database);
  let now = T0;
  // Nothing is rolled up yet: as much as an overview ever counts itself.
  await analytics.today(scope, now, "Asia/Kathmandu");
  for (let n = 0; n < 5; n++) {
    now += 60_000;
    await invariants.turns(now, now - 1, 2);
    await invariants.keep(scope, await invariants.look(scope, { now, toldSince: 0 }));
    await analytics.turns(now, now - 1, 2);
    await analytics.rollUp(scope, now);
  }
  await invariants.state(scope);
  await invariants.broken(scope, 1_000);
  await analytics.upTo(scope);
  const span = { from: T0 - 86_400_000, to: T0 + 86_400_000, zone: "Asia/Kathmandu" } as const;
  for (const group of [null, "connector", "method", "currency"] as const)
    for (const by of ["hour", "day"] as const) await analytics.read(scope, { what: ["payment", "attempt"], ...span, by, group });
  const audit = auditOf(database);
  const sealing = { audit, clock: { now: () => now }, mac: () => "0".repeat(64), token: "one" };
  expect(await sealNew(sealing)).toBeGreaterThan(0);
  const head = (await audit.head(merchantId))!;
  for (const seal of await audit.seals(merchantId, { from: null, until: null, after: 0 }, 2)) await audit.rowsOf(seal);
  await audit.seals(merchantId, { from: T0 - 1_000, until: T0, after: 0 }, 2);
  await audit.rowsAfter(head, merchantId, 2_000);
  const { adminActions } = adminActionReads(queryOf(database));
  const subject = "pay_00000000000000000000000007";
  for (const filter of [{}, { subject }, { action: "payment." }, { actor: "key" }, { startingAfter: "act_00000000000000000000002900" }])
    await adminActions(scope, { limit: 100, ...filter });
}

async function filled(serverUrl: string, scope: Scope, rows: number): Promise<FreshDatabase> {
  const fresh = await migrated(serverUrl);
  await fill(fresh.url, scope, rows, { payment: "'failed'", attempt: "'declined'", delivery: "'succeeded'", order: "'ord_' || n" });
  const { merchantId, mode } = scope;
  await connect(fresh.url, (client) =>
    client.query(`set session_replication_role = replica; delete from refunds; delete from live_payments;
      insert into merchants (id, name, email, created_at) values ('${merchantId}', 'm', 'm@m.example', now()) on conflict do nothing;
      insert into admin_actions (merchant_id, mode, id, at, actor_kind, actor_id, action, subject)
      select '${merchantId}', '${mode}', 'act_' || lpad(n::text, 26, '0'), now(), 'key', 'key_1', 'payment.captured', 'pay_' || lpad(n::text, 26, '0')
      from generate_series(1, ${rows}) n;
      insert into analytics_owed (merchant_id, mode, delivery_id, looked_at)
      select merchant_id, mode, id, now() from (select * from deliveries where merchant_id = '${merchantId}' order by id desc limit ${OWED}) d`),
  );
  return fresh;
}

for (const server of sampledServers()) {
  describe(`what follows and what people ask for: ${server.name}`, () => {
    const scope = newScope();
    const databases: FreshDatabase[] = [];
    beforeAll(async () => {
      for (const rows of [FEW, MANY, FEW, MANY]) databases.push(await filled(server.url, scope, rows));
    }, 180_000);
    afterAll(async () => {
      for (const each of databases) await each.drop();
    });

    async function counted(fresh: FreshDatabase): Promise<Pages & { readonly whole: readonly string[] }> {
      const database = countedDatabase(fresh.url, { hot: false });
      try {
        await useAll(database, scope);
        const seen = [...database.seen];
        const whole: string[] = [];
        for (const { statement, values } of new Map(seen.map((one) => [one.statement.name, one])).values()) {
          const plan = await database.query({ name: "", text: `explain ${statement.text}` }, values);
          if (plan.some((row) => GROWS.test(String(row["QUERY PLAN"])))) whole.push(statement.name);
        }
        return { seen, whole, most: (name) => Math.max(0, ...seen.filter((one) => one.statement.name === name).map((one) => one.pages)) };
      } finally {
        await database.close();
      }
    }

    test.each([
      ["without statistics", 0, false],
      ["with statistics", 2, true],
    ] as const)("costs what it looks at, and reads no table as a whole, %s", { timeout: 180_000 }, async (_, first, isAnalyzed) => {
      const [little, much] = [databases[first]!, databases[first + 1]!];
      if (isAnalyzed) for (const { url } of [little, much]) await connect(url, (client) => client.query("vacuum analyze"));
      const [few, many] = [await counted(little), await counted(much)];
      const names = [...new Set(few.seen.map(({ statement }) => statement.name))];
      const grown = names.flatMap((name) => {
        const [small, large] = [few.most(name), many.most(name)];
        return large > small * MORE_AT_MOST + A_FEW_PAGES ? [{ name, small, large }] : [];
      });
      expect({ grown, whole: many.whole }).toEqual({ grown: [], whole: [] });
    });
  });
}
