/** A merchant's books of some months, in bulk: payments with their attempts, events, deliveries, orders, refunds and cases. */
import { connectTo } from "./side.mjs";

const BATCH_ROWS = 20_000;
/** One payment every eight seconds. */
const STEP_MS = 8_000;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** When the first of so many was made: the newest is an hour old. */
export const firstAt = (count) => Date.now() - 3_600_000 - count * STEP_MS;

/** The id of what was made with payment `n`, as the statement below makes it. */
export function seededId(prefix, startMs, n) {
  const digit = (value, place) => ALPHABET[Math.floor(value / 32 ** place) % 32];
  const time = Array.from({ length: 10 }, (_, k) => digit(startMs + n * STEP_MS, 9 - k)).join("");
  return `${prefix}_${time}${Array.from({ length: 12 }, (_, k) => digit(n, 11 - k)).join("")}SEED`;
}

/** Fills the tables as a long life would have: in the order of time, each batch a transaction. */
export async function seed({ databaseUrl, merchantId, accountId, count, startMs, say }) {
  const client = await connectTo(databaseUrl);
  try {
    // The rows come from here and fit together; checking each would take most of the time.
    await client.query("set session_replication_role = replica; set synchronous_commit = off");
    await client.query(helpers);
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const values = [merchantId, accountId, from, Math.min(from + BATCH_ROWS, count) - 1, startMs, STEP_MS];
      // As each of our own writers has: the lock on what it writes before it has a number. Readers of commits in order look for it.
      await client.query("begin; lock table payments, events, deliveries, orders, refunds, cases in row exclusive mode");
      for (const statement of statements) await client.query(statement, values);
      await client.query("commit");
      if ((from / BATCH_ROWS) % 10 === 9) say(`${(from + BATCH_ROWS).toLocaleString("en")} payments`);
    }
    await client.query("vacuum analyze");
  } finally {
    await client.end();
  }
}

/** An id of this time and number, as `core/ids.ts` makes them. */
const helpers = `
create or replace function pg_temp.ulid(prefix text, ms bigint, n bigint) returns text language sql immutable as $f$
  select prefix || '_' || (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((ms >> (5 * (9 - k))) & 31)::int + 1, 1), '' order by k) from generate_series(0, 9) k)
    || (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((n >> (5 * (15 - k))) & 31)::int + 1, 1), '' order by k) from generate_series(4, 15) k) || 'SEED' $f$;`;

/** Of payment \`n\`: most are usual, and of each kind there are a few that are rare. */
const row = `(select n, at.ms, to_timestamp(at.ms / 1000.0) as at, pg_temp.ulid('pay', at.ms, n) as id, pg_temp.ulid('evt', at.ms, n) as evt, pg_temp.ulid('att', at.ms, n) as att,
  case when n % 50021 = 7 then 'requires_action' when n % 1000 < 40 then 'failed' when n % 1000 < 60 then 'canceled' when n % 1000 < 70 then 'authorized'
    when n % 1000 < 75 then 'created' else 'succeeded' end as status,
  case when n % 20011 = 5 then 'KWD' when n % 1000 = 3 then 'JPY' when n % 100 < 5 then 'EUR' when n % 100 < 15 then 'USD' else 'INR' end as currency,
  case when n % 30011 = 9 then 'netbanking' when n % 5 < 2 then 'upi' else 'card' end as method,
  case when n % 10 = 0 then 49900 else 100 + (n * 7919) % 1000000 end as amount,
  case when n % 10 = 4 then 4242 else (n * 31) % 10000 end as last4,
  'shopper' || (n * 13) % 300000 || '@example.com' as email
  from generate_series($3::bigint, $4::bigint) n cross join lateral (select $5::bigint + n * $6::bigint as ms) at)`;

const used = "$1::text is not null and $2::text is not null";

const statements = [
  `insert into payments (merchant_id, mode, id, order_id, status, version, attempt, sequence, amount, currency, amount_authorized, amount_captured, method, capture_method, metadata, customer, identity_kind, identity, audience, request_id, created_at)
    select $1, 'test', id, case when n % 3 = 0 then pg_temp.ulid('ord', ms, n) when n % 3 = 1 then 'shop-' || n end, status, 3, 1, 2, amount, currency,
      case when status in ('succeeded', 'authorized') then amount else 0 end, case when status = 'succeeded' then amount else 0 end,
      case when method = 'card' then json_build_object('type', 'card', 'connector', 'sandbox', 'token', 'tok', 'network', 'visa', 'last4', lpad(last4::text, 4, '0'))
        else json_build_object('type', method) end, 'automatic', '{}', json_build_object('email', email), 'payment', id, 'merchant', 'req_' || substr(id, 5), at
    from ${row} s where ${used}`,
  `insert into live_payments (merchant_id, mode, order_id, payment_id)
    select $1, 'test', case when n % 3 = 0 then pg_temp.ulid('ord', ms, n) else 'shop-' || n end, id
    from ${row} s where n % 3 < 2 and status in ('succeeded', 'authorized', 'requires_action') and ${used}`,
  `insert into attempts (merchant_id, mode, id, payment_id, subject, operation, n, connector, account_id, gateway_key, status, amount, currency, gateway_reference, routing, sends, questions, not_found, stored_error, created_at, closed_at)
    select $1, 'test', att, id, id, 'charge', 1, 'sandbox', case when n % 40009 = 3 then left($2, 26) || 'RARE' else $2 end, 'seed' || n, case when status in ('succeeded', 'authorized') then status when status = 'requires_action' then status else 'declined' end,
      amount, currency, 'ch_' || n, '{"rule":"default","reason":"seed"}', 1, 0, 0, false, at, at from ${row} s where status <> 'created'`,
  `insert into events (merchant_id, mode, id, payment_id, sequence, type, closes, body, created_at)
    select $1, 'test', evt, id, 1, 'payment.pending', null, '{"id":"' || id || '"}', at from ${row} s where ${used}
    union all select $1, 'test', pg_temp.ulid('evt', ms + 900, n), id, 2, 'payment.' || status, case when status <> 'requires_action' then 'charge' end, '{"id":"' || id || '"}', at from ${row} s where status <> 'created'`,
  `insert into deliveries (merchant_id, mode, id, channel, event_id, event_type, payment_id, endpoint_id, status, tries, schedule_start, created_at)
    select $1, 'test', pg_temp.ulid('dlv', ms, n), 'webhook', pg_temp.ulid('evt', ms + 900, n), 'payment.' || status, id, 'whe_SEED', case when n % 500 = 2 then 'failed' when n % 9973 = 4 then 'canceled' else 'succeeded' end, 1, 0, at
    from ${row} s where status <> 'created' and ${used}`,
  `insert into orders (merchant_id, mode, id, status, amount, currency, amount_paid, receipt, notes, request_id, created_at)
    select $1, 'test', pg_temp.ulid('ord', ms, n), case when status = 'succeeded' then 'paid' else 'attempted' end, amount, currency, case when status = 'succeeded' then amount else 0 end, 'R-' || n, '{}', 'r', at
    from ${row} s where n % 3 = 0 and ${used}`,
  `insert into refunds (merchant_id, mode, id, payment_id, kind, amount, currency, reason, status, created_at)
    select $1, 'test', pg_temp.ulid('rfnd', ms, n), id, 'merchant', amount, currency, 'seed', case when n % 5003 = 20 then 'failed' else 'succeeded' end, at
    from ${row} s where n % 20 = 0 and ${used}`,
  `insert into cases (merchant_id, mode, id, kind, subject, payment_id, status, summary, evidence, opened_at, resolved_at, resolved_by)
    select $1, 'test', pg_temp.ulid('case', ms, n), 'overdue', id, id, case when n % 100000 = 100 then 'open' else 'resolved' end, 'seed', '{}', at,
      case when n % 100000 <> 100 then at end, case when n % 100000 <> 100 then 'answer' end from ${row} s where n % 100 = 0 and ${used}`,
];
