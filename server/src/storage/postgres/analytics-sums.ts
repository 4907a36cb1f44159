/** What events say in sums: the same text for the rollup, for the tail that it has not reached yet, and for a rebuild. */
import { BUCKET_MS, LATENCY_BASE } from "../../core/analytics.ts";
import { closedWithoutCharge } from "../../core/states.ts";

export const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;
export const bucket = (time: string): string => `date_bin('${BUCKET_MS} milliseconds', ${time}, '2000-01-01T00:00:00Z')`;

/**
 * Begin of the hour or day in which a time is. Where clocks go back over midnight (the Azores, Havana) a day has two of them, and PostgreSQL
 * takes the later one: the hour before it belongs to the day as well.
 */
export const beginOf = (time: string, by: string, zone: string): string => {
  const begin = `date_trunc(${by}, ${time}, ${zone})`;
  const dateOf = (moment: string) => `((${moment}) at time zone ${zone})::date`;
  return `case when ${by} = 'day' and ${dateOf(`${begin} - interval '1 hour'`)} = ${dateOf(begin)} then ${begin} - interval '1 hour' else ${begin} end`;
};

const without = closedWithoutCharge.map((status) => `'${status}'`).join(", ");
const said = "coalesce(c.error ->> 'decline_code', c.error ->> 'code', '')";
/**
 * Of `told`, events of the scope $1, $2: the rows that they closed.
 *
 * An event that closes a payment's charge counts the payment and all its charges, of which there are no more then; one that closes a
 * capture or refund counts that. Rows of attempts do not change once they are closed, so it is the same whenever it is counted. No part is
 * joined with another one of these: they have no index, and with ten times the events that would take a hundred times as long. And `offset 0`
 * has charges looked up payment by payment, where the planner would read all of them once for a step that it takes for a large one.
 */
export const toldRows = `t as materialized (
  select e.id, e.payment_id, e.type, e.closes, ${bucket("e.created_at")} as at, p.currency, p.amount, coalesce(p.method ->> 'type', '') as method
  from told e cross join lateral (
    select * from payments x where x.merchant_id = $1 and x.mode = $2 and x.id = e.payment_id limit 1) p
  where e.closes is not null
), c as materialized (
  select t.at, t.currency, t.method, t.type, t.amount as asked, coalesce(a.connector, '') as connector, coalesce(a.account_id, '') as account_id,
    a.status, a.amount, a.error, extract(epoch from a.closed_at - a.first_sent_at) * 1000 as took_ms,
    row_number() over (partition by t.id order by a.n desc) as from_last
  from t left join lateral (
    select * from attempts a where a.payment_id = t.payment_id and a.operation = 'charge' and a.merchant_id = $1 and a.mode = $2 offset 0) a on true
  where t.closes = 'charge'
), o as materialized (
  select t.at, t.currency, t.method, a.connector, a.account_id, a.operation, a.amount from t cross join lateral (
    select * from attempts a where a.id = t.closes and a.merchant_id = $1 and a.mode = $2 limit 1) a
  where a.status = 'succeeded' and (a.operation = 'capture' or (a.operation = 'refund' and t.type = 'refund.succeeded'))
)`;

/** Of `toldRows`: what they count as, one row for each thing. A payment that was called off at once has no charge. */
export const toldSums = `
  select 'payment' as what, c.at, c.currency, c.connector, c.account_id, c.method,
    case c.type when 'payment.authorized' then 'authorized' when 'payment.failed' then 'failed' when 'payment.canceled' then 'canceled' else 'succeeded' end as outcome,
    '' as reason, c.asked as amount
  from c where c.from_last = 1
  union all
  select 'attempt', c.at, c.currency, c.connector, c.account_id, c.method, c.status, case when c.status in (${without}) then ${said} else '' end, c.amount
  from c where c.status is not null
  union all
  select 'latency', c.at, c.currency, c.connector, c.account_id, c.method, ceil(ln(greatest(c.took_ms, 1)) / ln(${LATENCY_BASE}))::int::text, '', 0 from c
    where c.took_ms is not null
  union all
  select 'captured', c.at, c.currency, c.connector, c.account_id, c.method, '', '', c.amount from c where c.status = 'succeeded'
  union all
  select case o.operation when 'capture' then 'captured' else 'refunded' end, o.at, o.currency, o.connector, o.account_id, o.method, '', '', o.amount from o`;

/**
 * The delivery of the merchant and mode that are the first two values. By its place in the primary key: in a young database another index that
 * begins with merchant and mode looks as good, and leads through all of their rows.
 */
export const deliveryOf = (id: string): string => `(select * from (select * from deliveries y
    where (y.merchant_id, y.mode, y.id) >= ($1, $2, ${id}) order by y.merchant_id, y.mode, y.id limit 1) x
    where x.merchant_id = $1 and x.mode = $2 and x.id = ${id})`;

export const markText = `
select version, committed::text as at, event_id, delivery_committed::text as delivery_at, delivery_id
from analytics_marks where merchant_id = $1 and mode = $2`;

/** Adds these rows to the sums, if the mark was moved with them. */
export const added = (rows: string): string => `
insert into analytics as sums (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason, count, amount)
  select $1, $2, n.what, n.at, n.currency, n.connector, n.account_id, n.method, n.outcome, n.reason, count(*), sum(n.amount)
  from (${rows}) n where (select count(*) from kept) > 0
  group by n.what, n.at, n.currency, n.connector, n.account_id, n.method, n.outcome, n.reason
  on conflict (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason)
  do update set count = sums.count + excluded.count, amount = sums.amount + excluded.amount`;
