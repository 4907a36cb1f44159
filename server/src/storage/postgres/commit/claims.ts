/**
 * What a change must win before it is written: its idempotency key, its gateway event, its order. Each is an insert that a row
 * already there turns into nothing; whoever does not get all of his is not written at all.
 */
import type { Change } from "../../../core/change.ts";
import type { IdempotencyRow, InboxRow } from "../../../core/model.ts";
import { valueOf } from "../arrays.ts";
import { idempotency, inbox, type Table } from "../../tables.ts";
import { indexInput, inputsOf, nothing, scopeInputs, section, type Section } from "./section.ts";

interface OrderClaim {
  readonly orderId: string;
  readonly paymentId: string;
}

const order: Section = section<OrderClaim>({
  name: "order_claim",
  rowsOf: orderClaims,
  inputs: [
    indexInput(),
    ...scopeInputs<OrderClaim>(),
    { name: "order_id", kind: "text", of: (entry) => entry.row.orderId },
    { name: "payment_id", kind: "text", of: (entry) => entry.row.paymentId },
  ],
  // Only looked at here, so that a busy order takes no key with it. `takeOrders` inserts.
  sql: (from) => `
order_claim_rows as materialized (select * from ${from} where r.i is not null),
order_claim_won as materialized (select i from order_claim_rows r where not exists
  (select from live_payments l where l.merchant_id = r.merchant_id and l.mode = r.mode and l.order_id = r.order_id))`,
});

/** Whoever loses the order between the look and this breaks its unique key: all is rolled back, runs again, and finds the order busy. */
export const takeOrders = `order_take as (insert into live_payments (merchant_id, mode, order_id, payment_id)
  select r.merchant_id, r.mode, r.order_id, r.payment_id from order_claim_rows r where r.i in (select i from g) order by r.merchant_id, r.order_id)`;

/** Each gives a CTE of its rows (`…_rows`) and one with the `i` that won (`…_won`). */
export const claims: readonly Section[] = [
  order,
  claim(idempotency, "key_claim", (change) => (change.idempotency ? [change.idempotency] : nothing), {
    won: "request_id",
    sort: "merchant_id, key",
  }),
  claim(inbox, "inbox_claim", (change) => change.inbox?.insert ?? nothing, { won: "id", sort: "account_id, gateway_event_id" }),
];

/** The condition on `i` that this was won, or was not asked for. */
export function holds(name: string): string {
  return `and (i not in (select i from ${name}_rows) or i in (select i from ${name}_won))`;
}

/** Keys that are taken beside an order that is busy: the key's answer goes before the refusal. */
export const takenKeys = `
taken_keys as (select i from key_claim_rows r where exists (select from idempotency k
  where k.merchant_id = r.merchant_id and k.mode = r.mode and k.audience = r.audience and k.key = r.key))`;

function claim<Row extends IdempotencyRow | InboxRow>(
  table: Table<Row>,
  name: string,
  rowsOf: (change: Change) => readonly Row[],
  keys: { won: string; sort: string },
): Section {
  const names = table.columns.map((column) => column.name).join(", ");
  return section<Row>({
    name,
    rowsOf,
    inputs: inputsOf(table.columns),
    sql: (from, has) => `
${name}_rows as materialized (select r.i, ${table.columns.map((column) => `${valueOf(column)} as ${column.name}`).join(", ")} from ${from} where r.i is not null),
${name} as (insert into ${table.name} (${names}) select ${names} from ${name}_rows
  where i in (select i from candidates) ${has("order_claim") ? holds("order_claim") : ""}
  order by ${keys.sort} on conflict do nothing returning ${keys.won}),
${name}_won as (select i from ${name}_rows join ${name} using (${keys.won}))`,
  });
}

function orderClaims(change: Change): readonly OrderClaim[] {
  if (change.takeOrder === undefined) return nothing;
  if (!change.payment) throw new TypeError("only a payment takes an order");
  return [{ orderId: change.takeOrder, paymentId: change.payment.after.id }];
}
