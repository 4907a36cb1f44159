/** What a look tells of many breaks at once: none hides another, none is called mended that is not, and none is forgotten. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../../../test/support/connect.ts";
import { databaseServers, type FreshDatabase } from "../../../../test/support/databases.ts";
import { newScope, T0 } from "../conformance/rows.testing.ts";
import type { Invariants } from "../../core/ports/invariants.ts";
import { openDatabase, type Database } from "./connect.ts";
import { invariantsOf } from "./invariants.ts";
import { fill, migrated } from "./pages.testing.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ROWS = 300;

describe.each(databaseServers())("a look at many breaks on $name", ({ url }) => {
  const scope = newScope();
  let fresh: FreshDatabase;
  let database: Database;
  let port: Invariants;
  let now: number;
  const sql = (text: string) => connect(fresh.url, (client) => client.query(`set session_replication_role = replica; ${text}`));

  beforeEach(async () => {
    now = T0;
    fresh = await migrated(url);
    await fill(fresh.url, scope, ROWS, { payment: "'failed'", attempt: "'declined'", delivery: "'succeeded'" });
    await sql(`delete from refunds; delete from live_payments;
      insert into merchants (id, name, email, created_at) values ('${scope.merchantId}', 'm', 'm@m.example', now()) on conflict do nothing`);
    database = openDatabase({ databaseUrl: fresh.url, log: silent, size: 2, connectWaitMs: 15_000, hot: false });
    port = invariantsOf(database);
    await port.turns(now, now - 1, 10);
  });
  afterEach(async () => {
    await database.close();
    await fresh.drop();
  });

  /** All payments, once. */
  async function lookAtAll() {
    await sql("update invariant_checks set walk_id = '', walk_started_at = null, walk_finished_at = null");
    const look = await port.look(scope, { now: ++now, toldSince: now });
    await port.keep(scope, look);
    return look;
  }

  const broken = async (limit = 1_000) =>
    Object.fromEntries((await port.broken(scope, limit)).map((each) => [each.invariant, each.rows.length]));

  it("begins with none", async () => {
    expect(await lookAtAll()).toMatchObject({ breaks: [], mended: [] });
    expect(await broken()).toEqual({});
  });

  it("an invariant with more breaks than are counted leaves the others theirs", async () => {
    await sql("update payments set sequence = 2, status = 'succeeded'");
    await lookAtAll();
    expect(await broken(20)).toEqual({ events_without_gap: 20, status_fits_amounts: 20 });
    expect(await broken()).toEqual({ events_without_gap: ROWS, status_fits_amounts: ROWS });
  });

  it("those that were mended are seen to be, also behind 200 older ones that were not", async () => {
    await sql("update payments set sequence = 2");
    await lookAtAll();
    await sql("update payments set sequence = 1 where right(id, 3)::int > 240");
    expect((await lookAtAll()).mended).toHaveLength(ROWS - 240);
    expect(await broken()).toEqual({ events_without_gap: 240 });
  });

  it("none is called mended because others have more rows than a look tells of", async () => {
    await sql("update deliveries set status = 'pending'; delete from jobs");
    await lookAtAll();
    expect(await broken()).toEqual({ delivery_is_owned: ROWS });
    const copied = "channel, event_id, event_type, payment_id, status, tries, schedule_start, created_at";
    await sql(`insert into deliveries (merchant_id, mode, id, endpoint_id, ${copied})
      select merchant_id, mode, id || g, 'whe_x' || g, ${copied} from deliveries, generate_series(1, 2) g`);
    expect((await lookAtAll()).mended).toEqual([]);
    await sql("update deliveries set status = 'succeeded'");
    await lookAtAll();
    expect(await broken()).toEqual({});
  });

  it("what the sweeps compare counts as checked from the end of the first of them on", async () => {
    await lookAtAll();
    expect(await port.state(scope)).toMatchObject({ lastRunAt: now, swept: { lastRunAt: null, checkedUpTo: null } });
    await sql(`insert into sweeps (merchant_id, mode, account_id, swept_until, walk_at, walk_until, span_ms, finished_at, seen, found, failure)
      select '${scope.merchantId}', '${scope.mode}', 'acc_' || n, to_timestamp(1000 * n), null, null, 1, case when n = 1 then null else to_timestamp(2000 * n) end, 0, 0, null
      from generate_series(1, 3) n`);
    expect(await port.state(scope)).toMatchObject({ swept: { lastRunAt: 6_000_000, checkedUpTo: 2_000_000 } });
  });
});
