/**
 * Each invariant as a query that gives the rows that break it. They read `p` (payments), `a` (attempts), `r` (refunds), `e` (events) and `d`
 * (deliveries) of the payments that are looked at, as of one moment.
 */
import { eventTypes } from "../../core/events.ts";
import type { InvariantId, SWEPT_INVARIANT } from "../../core/invariants.ts";
import { closedWithoutCharge, attemptIsOpen, attemptMachine, paymentIsTerminal, paymentMachine } from "../../core/states.ts";
import type { AttemptStatus, PaymentStatus } from "../../core/states.ts";

interface Rule {
  /** SQL that gives `payment_id` and `id`, and the columns that are the evidence. */
  readonly from: string;
  /** The columns of the evidence. */
  readonly seen: readonly string[];
}

const listed = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(", ");
const openAttempts = listed((Object.keys(attemptMachine.states) as AttemptStatus[]).filter(attemptIsOpen));
const endedPayments = listed((Object.keys(paymentMachine.states) as PaymentStatus[]).filter(paymentIsTerminal));
const told = listed(
  Object.entries(eventTypes).flatMap(([type, { webhook }]) => (webhook && !/^(case|webhook)\./.test(type) ? [type] : [])),
);
/** As `holdsOrder` of core/states.ts. */
const holdsOrder = (row: string): string =>
  `(case when ${row}.status = 'succeeded' then ${row}.amount_refunded < ${row}.amount_captured else ${row}.status not in ('created', ${endedPayments}) end)`;
const jobOf = (subject: string): string =>
  `(select count(*) from jobs j where j.id = 'job_' || substr(${subject}, strpos(${subject}, '_') + 1) and j.merchant_id = $1 and j.mode = $2) = 0`;

/** A payment whose figure is not the sum of other rows. */
const sum = (figure: string, of: string): Rule => ({
  from: `select p.id as payment_id, p.id, p.status, p.${figure}, s.amount as expected from p cross join lateral (
    select coalesce(sum(x.amount), 0) as amount from ${of}) s where p.${figure} <> s.amount`,
  seen: ["status", figure, "expected"],
});

const payment = (where: string, ...seen: readonly string[]): Rule => ({
  from: `select p.id as payment_id, p.* from p where ${where}`,
  seen: ["status", ...seen],
});

const rules: Readonly<Record<Exclude<InvariantId, typeof SWEPT_INVARIANT>, readonly Rule[]>> = {
  captured_within_authorized: [
    payment(
      "p.amount_captured < 0 or p.capture_reserved < 0 or p.amount_captured + p.capture_reserved > p.amount_authorized or p.amount_authorized > p.amount",
      "amount",
      "amount_authorized",
      "amount_captured",
      "capture_reserved",
    ),
  ],
  captured_adds_up: [
    sum("amount_captured", "a x where x.payment_id = p.id and x.operation in ('charge', 'capture') and x.status = 'succeeded'"),
    sum("capture_reserved", `a x where x.payment_id = p.id and x.operation = 'capture' and x.status in (${openAttempts})`),
  ],
  authorized_adds_up: [
    sum("amount_authorized", "a x where x.payment_id = p.id and x.operation = 'charge' and x.status in ('authorized', 'succeeded')"),
  ],
  refunded_within_captured: [
    payment(
      "p.amount_refunded < 0 or p.refund_reserved < 0 or p.amount_refunded + p.refund_reserved > p.amount_captured",
      "amount_captured",
      "amount_refunded",
      "refund_reserved",
    ),
  ],
  refunded_adds_up: [
    sum("amount_refunded", "r x where x.payment_id = p.id and x.kind <> 'reversal' and x.status = 'succeeded'"),
    sum("refund_reserved", "r x where x.payment_id = p.id and x.kind <> 'reversal' and x.status in ('pending', 'processing')"),
  ],
  one_charge: [
    {
      from: `select a.payment_id, a.id, a.status, a.gateway_key, a.amount from a where a.operation = 'charge' and a.status not in (${listed(closedWithoutCharge)})
        and (select count(*) from a x where x.payment_id = a.payment_id and x.operation = 'charge' and x.status not in (${listed(closedWithoutCharge)})) > 1`,
      seen: ["status", "gateway_key", "amount"],
    },
  ],
  one_open_attempt: [
    {
      from: `select a.payment_id, a.id, a.status, a.operation, a.subject from a where a.status in (${openAttempts})
        and (select count(*) from a x where x.subject = a.subject and x.status in (${openAttempts})) > 1`,
      seen: ["status", "operation", "subject"],
    },
  ],
  one_live_payment: [
    {
      from: `select p.id as payment_id, p.order_id as id, p.status, (select l.payment_id from live_payments l
          where l.merchant_id = $1 and l.mode = $2 and l.order_id = p.order_id limit 1) as live
        from p where p.order_id is not null and ${holdsOrder("p")} and (select count(*) from live_payments l
          where l.merchant_id = $1 and l.mode = $2 and l.order_id = p.order_id and l.payment_id = p.id) = 0`,
      seen: ["status", "live"],
    },
    {
      from: `select p.id as payment_id, l.order_id as id, p.status, p.amount_captured, p.amount_refunded from p cross join lateral (
          select l.order_id from live_payments l where l.merchant_id = $1 and l.mode = $2 and l.order_id = p.order_id and l.payment_id = p.id limit 1) l
        where not ${holdsOrder("p")}`,
      seen: ["status", "amount_captured", "amount_refunded"],
    },
  ],
  paid_order_is_captured: [
    {
      from: `select p.id as payment_id, o.id, p.status, o.status as order_status, o.amount_paid from p cross join lateral (
          select o.* from orders o where o.merchant_id = $1 and o.mode = $2 and o.id = p.order_id limit 1) o
        where (o.status = 'paid') <> ((select count(*) from payments x cross join lateral (select from events y
            where y.payment_id = x.id and y.merchant_id = x.merchant_id and y.mode = x.mode and y.type = 'payment.succeeded' limit 1) y
          where x.order_id = p.order_id and x.merchant_id = $1 and x.mode = $2) > 0)`,
      seen: ["status", "order_status", "amount_paid"],
    },
  ],
  status_fits_amounts: [
    payment("(p.status = 'succeeded') <> (p.amount_captured > 0) and p.status <> 'authorized'", "amount_captured", "amount_authorized"),
  ],
  ended_has_no_open_charge: [
    {
      from: `select a.payment_id, a.id, p.status as payment_status, a.status, a.gateway_key from p cross join lateral (
        select a.* from a where a.payment_id = p.id and a.operation = 'charge' and a.status in (${openAttempts})) a where p.status in (${endedPayments})`,
      seen: ["payment_status", "status", "gateway_key"],
    },
  ],
  payment_is_owned: [payment(`p.status not in (${endedPayments}) and ${jobOf("p.id")}`)],
  attempt_is_owned: [
    {
      from: `select a.payment_id, a.id, a.status, a.operation from a
        where a.status in (${openAttempts}) and ${jobOf("(case when a.operation = 'charge' then a.payment_id else a.id end)")}`,
      seen: ["status", "operation"],
    },
  ],
  refund_is_owned: [
    {
      from: `select r.payment_id, r.id, r.status, r.amount from r where r.status in ('pending', 'processing')
        and (select count(*) from a where a.refund_id = r.id and a.status in (${openAttempts})) = 0`,
      seen: ["status", "amount"],
    },
  ],
  delivery_is_owned: [
    {
      from: `select d.of as payment_id, d.id, d.status, d.endpoint_id, d.event_id from d where d.status = 'pending' and ${jobOf("d.id")}`,
      seen: ["status", "endpoint_id", "event_id"],
    },
  ],
  // Of endpoints that are as they were made: whoever changes what an endpoint asks for leaves no word of what it asked for before.
  outcome_is_told: [
    {
      from: `select e.payment_id, e.id, e.type, w.id as endpoint_id from e cross join lateral (
          select w.id, w.predecessors from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2 and w.version = 1 and '*' = any(w.events)
            and w.created_at < e.created_at - interval '1 minute') w
        where e.type in (${told}) and e.created_at >= to_timestamp($4::float8 / 1000)
          and (select count(*) from d where d.event_id = e.id and (d.endpoint_id = w.id or d.endpoint_id = any(w.predecessors))) = 0`,
      seen: ["type", "endpoint_id"],
    },
  ],
  events_without_gap: [
    {
      from: `select p.id as payment_id, p.id, p.sequence, s.events, s.first, s.newest from p cross join lateral (
        select count(*) as events, min(x.sequence) as first, max(x.sequence) as newest from e x where x.payment_id = p.id) s
        where s.events <> p.sequence or s.first is distinct from 1 or s.newest is distinct from p.sequence`,
      seen: ["sequence", "events", "first", "newest"],
    },
  ],
};

/** Rows of one rule that a statement gives: if there are so many, there may be more. */
export const BREAKS_TOLD = 100;

/**
 * Rows that belong to another, over the index that begins with its id. The scope is asked of what was found: in a young database, whose
 * tables have no statistics yet, an index that begins with merchant and mode looks as good, and leads through all rows for each.
 */
const of = (table: string, parent: "p" | "e", columns = "x.*"): string => `select ${columns} from ${parent} cross join lateral (
    select * from ${table} t where t.${parent === "p" ? "payment_id" : "event_id"} = ${parent}.id offset 0) x where x.merchant_id = $1 and x.mode = $2`;

/** One statement sees all rows as of one moment, and every change of ours is one statement. */
export const lookText = `
with p as materialized (
  select x.* from unnest($3::text[]) u(id) cross join lateral (select * from payments t where t.merchant_id = $1 and t.mode = $2 and t.id = u.id limit 1) x
), a as materialized (${of("attempts", "p")}), r as materialized (${of("refunds", "p")}),
e as materialized (${of("events", "p", "x.id, x.payment_id, x.sequence, x.type, x.created_at")}),
d as materialized (${of("deliveries", "e", "x.id, x.status, x.endpoint_id, x.event_id, e.payment_id as of")})
select null as invariant, null as payment_id, null as id, json_build_array((select count(*) from p), (select count(*) from a),
  (select count(*) from r), (select count(*) from e), (select count(*) from d)) as seen
${Object.entries(rules)
  .flatMap(([invariant, queries]) => queries.map((rule) => ({ invariant, rule })))
  .map(
    ({ invariant, rule }) =>
      `union all select * from (select '${invariant}', b.payment_id, b.id, json_build_object(${rule.seen
        .map((column) => `'${column}', b.${column}`)
        .join(", ")}) from (${rule.from}) b limit ${BREAKS_TOLD}) b`,
  )
  .join("\n")}`;
