/** The parts of a batch statement, in their order: what a change must win, its guard, and what it writes under it. */
import type { CaseEnd, Change, OrderMove } from "../../../core/change.ts";
import { linkOf } from "../create.ts";
import * as tables from "../../tables.ts";
import { endedJobGuard, jobMoves, jobRemoves, movedJobGuard, movedRow } from "./jobs.ts";
import {
  allowed,
  applied,
  indexInput,
  inputsOf,
  insertSection,
  one,
  rowGuard,
  uniqueKey,
  updateSection,
  type Guard,
  type Section,
} from "./section.ts";

/** A section about an order of the change's payment. */
function orderSection(name: string, orderOf: (change: Change) => string | undefined, sql: (from: string) => string): Section<string> {
  return {
    name,
    rowsOf: (change) => one(orderOf(change)),
    inputs: inputsOf<string>({
      order_id: ["text", (entry) => entry.row],
      payment_id: ["text", (entry) => entry.change.payment?.before.id],
    }),
    sql,
  };
}

const sameOrder = (order: string): string =>
  `${order}.merchant_id = r.merchant_id and ${order}.mode = r.mode and ${order}.order_id = r.order_id`;
const insertOrder = `insert into live_payments (merchant_id, mode, order_id, payment_id, payment_link_id)
  select r.merchant_id, r.mode, r.order_id, r.payment_id, ${linkOf("r.")} from`;

/**
 * What a change must win: its order, its idempotency key, its gateway event. Whoever does not get all of his is not written at all.
 * Each gives a CTE of its rows (`…_rows`) and one with the `i` that won (`…_won`).
 */
export const uniqueKeys: readonly Section[] = [
  // Only looked at here, so that a busy order takes no key with it. `takeOrders` inserts.
  orderSection(
    "order_key",
    (change) => change.takeOrder,
    (from) => `
order_key_rows as materialized (select * from ${from} where r.i is not null),
order_key_won as materialized (select i from order_key_rows r where not exists
  (select from live_payments l where ${sameOrder("l")}))`,
  ),
  uniqueKey("idempotency_key", tables.idempotency, (change) => one(change.idempotency), { won: "request_id", sort: "merchant_id, key" }),
  uniqueKey("inbox_key", tables.inbox, (change) => change.inbox?.insert, { won: "id", sort: "account_id, gateway_event_id" }),
];

/** Whoever loses the order between the look and this breaks its unique key: all is rolled back, runs again, and finds the order busy. */
export const takeOrders = `order_take as (${insertOrder} order_key_rows r where ${applied} order by r.merchant_id, r.order_id)`;

/** Keys that are taken beside an order that is busy: the key's answer goes before the refusal. */
export const takenKeys = `taken_keys as (select i from idempotency_key_rows r where exists (select from idempotency k
  where k.merchant_id = r.merchant_id and k.mode = r.mode and k.audience = r.audience and k.key = r.key))`;

/** What must hold before a change is written: its payment, delivery or case as it was decided upon, or its job's token. */
export const guards: readonly Guard[] = [
  rowGuard("payment_guard", tables.payments, (change) => change.payment, tables.payments.pick("status", "version", "attempt")),
  rowGuard("delivery_guard", tables.deliveries, (change) => change.delivery, tables.deliveries.pick("status", "tries", "scheduleStart")),
  rowGuard("case_guard", tables.cases, (change) => change.case, tables.cases.pick("status")),
  endedJobGuard,
  movedJobGuard,
  // A change without any is guarded by the unique keys of what it inserts.
  {
    name: "free",
    rowsOf: (change) => (movedRow(change) || change.job ? undefined : [change]),
    inputs: [indexInput],
    sql: (from, has) => `select r.i from ${from} where ${allowed(has)}`,
    lock: (from) => `select r.i from ${from}`,
  },
];

const caseEnds: Section<CaseEnd> = {
  name: "cases_resolve",
  rowsOf: (change) => change.cases?.resolve,
  inputs: inputsOf<CaseEnd>({
    kind: ["text", (entry) => entry.row.kind],
    subject: ["text", (entry) => entry.row.subject],
    resolved_at: ["time", (entry) => entry.row.resolvedAt],
  }),
  sql: (from) => `update cases t set status = 'resolved', resolved_at = to_timestamp(r.resolved_at::float8 / 1000), resolved_by = 'answer'
  from ${from} where ${applied} and t.merchant_id = r.merchant_id and t.mode = r.mode and t.kind = r.kind and t.subject = r.subject and t.status = 'open' returning 1`,
};

const orderMoves: Section<OrderMove> = {
  name: "orders_move",
  rowsOf: (change) => change.orders?.move,
  inputs: inputsOf<OrderMove>({
    id: ["text", (entry) => entry.row.id],
    status: ["text", (entry) => entry.row.status],
    amount_paid: ["int", (entry) => entry.row.amountPaid],
  }),
  sql: (from) => `update orders t set status = r.status, amount_paid = r.amount_paid::bigint
  from ${from} where ${applied} and t.merchant_id = r.merchant_id and t.mode = r.mode and t.id = r.id and t.status <> 'paid' returning 1`,
};

/**
 * What a change writes besides. Their order in the text means nothing to PostgreSQL; it is the order in which they are numbered.
 * Append only.
 */
export const sections: readonly Section[] = [
  updateSection(tables.attempts, (change) => change.attempts?.update),
  // Closing one attempt and inserting the next beside it would break "one open attempt" in either order but this one.
  insertSection(tables.attempts, (change) => change.attempts?.insert, { after: "attempts_update" }),
  updateSection(tables.refunds, (change) => change.refunds?.update),
  insertSection(tables.refunds, (change) => change.refunds?.insert),
  insertSection(tables.exchanges, (change) => change.exchanges),
  insertSection(tables.events, (change) => change.events),
  insertSection(tables.deliveries, (change) => change.deliveries?.insert),
  insertSection(tables.deliveryTries, (change) => change.deliveryTries),
  caseEnds,
  insertSection(tables.cases, (change) => change.cases?.open, {
    after: "cases_resolve",
    conflict: "on conflict (subject, kind, merchant_id, mode) where status = 'open' do nothing",
  }),
  updateSection(tables.inbox, (change) => change.inbox?.update),
  insertSection(tables.jobs, (change) => change.jobs?.insert, { conflict: "on conflict do nothing" }),
  jobMoves,
  jobRemoves,
  // Only the payment that holds the order gives it back.
  orderSection(
    "order_release",
    (change) => change.releaseOrder,
    (from) => `delete from live_payments t using ${from} where ${applied} and
  ${sameOrder("t")} and t.payment_id = r.payment_id`,
  ),
  orderSection(
    "order_regain",
    (change) => change.regainOrder,
    (from) => `${insertOrder} ${from} where ${applied} on conflict do nothing`,
  ),
  insertSection(tables.orders, (change) => change.orders?.insert),
  orderMoves,
  insertSection(tables.adminActions, (change) => change.actions),
];
