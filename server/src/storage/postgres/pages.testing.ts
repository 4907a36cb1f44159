/** Counts the pages that statements touch, in databases whose figures nobody renews. */
import { connect } from "../../../../test/support/connect.ts";
import { freshDatabase, type FreshDatabase } from "../../../../test/support/databases.ts";
import type { Scope } from "../../core/model.ts";
import { T0 } from "../conformance/rows.testing.ts";
import { openDatabase, type Database, type Statement } from "./connect.ts";
import { migrate } from "./migrate.ts";

interface Seen {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  readonly pages: number;
  /** From asking to the last row. */
  readonly ms: number;
}

export interface Pages {
  readonly seen: Seen[];
  /** The most pages that a statement of this name touched. */
  most(name: string): number;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One connection, with the settings of the store's pool, that counts the pages of tables and indexes which each statement touches. */
export function countedDatabase(databaseUrl: string, { hot = true } = {}): Database & Pages {
  const database = openDatabase({ databaseUrl, log: silent, size: 1, connectWaitMs: 15_000, hot });
  const seen: Seen[] = [];
  const touched = async (): Promise<number> => {
    await database.query({ name: "", text: "select pg_stat_force_next_flush()" }, []);
    const [row] = await database.query({ name: "", text: touchedPages }, []);
    return Number(row!.pages);
  };
  let last: Promise<unknown> = Promise.resolve();
  const query: Database["query"] = (statement, values) => {
    const run = last.then(async () => {
      const before = await touched();
      const askedAt = performance.now();
      const rows = await database.query(statement, values);
      const ms = performance.now() - askedAt;
      seen.push({ statement, values, pages: (await touched()) - before, ms });
      return rows;
    });
    last = run.catch(() => undefined);
    return run;
  };
  const most = (name: string): number => Math.max(0, ...seen.filter((one) => one.statement.name === name).map((one) => one.pages));
  return { ...database, query, seen, most };
}

const touchedPages = `
select sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)
  + coalesce(toast_blks_hit + toast_blks_read + tidx_blks_hit + tidx_blks_read, 0)) as pages from pg_statio_user_tables`;

export function migrated(serverUrl: string): Promise<FreshDatabase> {
  return freshDatabase(serverUrl, {
    name: "migrated without autovacuum",
    build: async (url) => {
      await migrate(url);
      await connect(url, (client) =>
        client.query(`do $$ declare t regclass; begin
          for t in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
            execute format('alter table %s set (autovacuum_enabled = off)', t);
          end loop; end $$`),
      );
    },
  });
}

/** SQL over `n`, the number of the row. */
const usual = {
  payment: "'succeeded'",
  order: "null::text",
  attempt: "'unknown'",
  delivery: "'failed'",
  type: "'payment.succeeded'",
  endpoint: "'whe_1'",
  case: "'open'",
  queue: "'payment-queue'",
  kind: "'charge'",
  subject: "'pay_' || lpad(n::text, 26, '0')",
  lane: "'lane ' || n % 20",
};

/** Many rows of the same merchant in every table that grows: a plan along the merchant reads all of them. */
export async function fill(
  databaseUrl: string,
  { merchantId, mode }: Scope,
  count: number,
  given: Partial<typeof usual> = {},
): Promise<void> {
  const rows = `generate_series(1, ${count}) n, (select '${merchantId}' as m, '${mode}' as o, to_timestamp(${T0 / 1000} - 100) as at) s`;
  const is = { ...usual, ...given };
  const key = (prefix: string) => `'${prefix}_' || lpad(n::text, 26, '0')`;
  const charged = `insert into payments (merchant_id, mode, id, order_id, status, version, sequence, amount, currency, capture_method, metadata, identity_kind, identity, audience, request_id, created_at)
    select m, o, ${key("pay")}, ${is.order}, ${is.payment}, 1, 1, 100, 'INR', 'automatic', '{}', 'payment', n::text, 'merchant', 'r', at from ${rows}`;
  await connect(databaseUrl, async (client) => {
    for (const sql of [
      charged,
      `insert into attempts (merchant_id, mode, id, payment_id, subject, operation, n, connector, account_id, gateway_key, status, amount, currency, gateway_reference, routing, sends, questions, not_found, stored_error, created_at)
        select m, o, ${key("att")}, ${key("pay")}, ${key("pay")}, 'charge', 1, 'sandbox', 'acc_' || m, n::text, ${is.attempt}, 100, 'INR', 'r' || n, '{}', 1, 0, 0, false, at from ${rows}`,
      `insert into exchanges (merchant_id, mode, id, payment_id, attempt_id, kind, method, url, result, started_at, duration_ms)
        select m, o, ${key("exc")}, ${key("pay")}, ${key("att")}, 'send', 'POST', 'u', 'answer', at, 1 from ${rows}`,
      `insert into events (merchant_id, mode, id, payment_id, sequence, type, closes, body, created_at)
        select m, o, ${key("evt")}, ${key("pay")}, 1, 'payment.succeeded', 'charge', '{}', at from ${rows}`,
      `insert into deliveries (merchant_id, mode, id, channel, event_id, event_type, payment_id, endpoint_id, status, tries, schedule_start, created_at)
        select m, o, ${key("dlv")}, 'webhook', ${key("evt")}, ${is.type}, ${key("pay")}, ${is.endpoint}, ${is.delivery}, 1, 0, at from ${rows}`,
      `insert into delivery_tries (merchant_id, mode, delivery_id, n, at, duration_ms) select m, o, ${key("dlv")}, 1, at, 1 from ${rows}`,
      `insert into refunds (merchant_id, mode, id, payment_id, kind, amount, currency, status, created_at)
        select m, o, ${key("rfnd")}, ${key("pay")}, 'merchant', 1, 'INR', 'pending', at from ${rows}`,
      `insert into cases (merchant_id, mode, id, kind, subject, payment_id, status, summary, evidence, opened_at, resolved_at, resolved_by)
        select m, o, ${key("case")}, 'overdue', ${key("pay")}, ${key("pay")}, ${is.case}, 's', '{}', at, case when ${is.case} = 'resolved' then at end, case when ${is.case} = 'resolved' then 'answer' end from ${rows}`,
      `insert into inbox (merchant_id, mode, id, connector, account_id, gateway_event_id, body, status, received_at)
        select m, o, ${key("inb")}, 'sandbox', 'acc_' || m, n::text, '{}', 'received', at from ${rows}`,
      `insert into idempotency (merchant_id, mode, audience, key, request_hash, request_id, creates, subject, created_at)
        select m, o, 'merchant', n::text, 'h', 'r', true, ${key("pay")}, at from ${rows}`,
      `insert into live_payments (merchant_id, mode, order_id, payment_id) select m, o, n::text, ${key("pay")} from ${rows}`,
      `insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, deadline_at, created_at)
        select ${key("job")}, m, o, ${is.queue}, ${is.kind}, ${is.subject}, ${is.lane}, at, 0, at + interval '1 day', at from ${rows}`,
    ])
      await client.query(sql);
  });
}
