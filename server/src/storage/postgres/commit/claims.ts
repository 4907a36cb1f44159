/**
 * What a change must win before it is written: its idempotency key, its gateway event, its order. Each is an insert that a row
 * already there turns into nothing; whoever does not get all of his is not written at all.
 */
import type { Change } from "../../../core/change.ts";
import type { IdempotencyRow, InboxRow } from "../../../core/model.ts";
import { valueOf } from "../arrays.ts";
import { idempotency, inbox, type Table } from "../tables.ts";
import { indexInput, inputsOf, nothing, scopeInputs, section, type Section } from "./section.ts";

interface OrderClaim {
  readonly orderId: string;
  readonly paymentId: string;
}

/**
 * Each gives a CTE of its rows (`…_rows`), one that inserts, and one with the `i` that won (`…_won`).
 * The order comes last: where it is busy the key stays, with the refusal as its answer.
 */
export const claims: readonly Section[] = [
  claim(idempotency, "idempotency", (change) => (change.idempotency ? [change.idempotency] : nothing), { won: "request_id", sort: "merchant_id, key" }),
  claim(inbox, "inbox_claim", (change) => change.inbox?.insert ?? nothing, { won: "id", sort: "account_id, gateway_event_id" }),
  section<OrderClaim>({
    name: "order_claim",
    rowsOf: orderClaims,
    inputs: [
      indexInput(),
      ...scopeInputs<OrderClaim>(),
      { name: "order_id", kind: "text", of: (entry) => entry.row.orderId },
      { name: "payment_id", kind: "text", of: (entry) => entry.row.paymentId },
    ],
    sql: (from, has) => `
order_claim_rows as materialized (select * from ${from}),
order_claim as (insert into live_payments (merchant_id, mode, order_id, payment_id)
  select merchant_id, mode, order_id, payment_id from order_claim_rows
  where i in (select i from candidates) ${["idempotency", "inbox_claim"].filter(has).map(holds).join(" ")}
  order by merchant_id, order_id on conflict do nothing returning payment_id),
order_claim_won as (select i from order_claim_rows join order_claim using (payment_id))`,
  }),
];

/** The condition on `i` that this claim was won, or was not asked for. */
export function holds(name: string): string {
  return `and (i not in (select i from ${name}_rows) or i in (select i from ${name}_won))`;
}

function claim<Row extends IdempotencyRow | InboxRow>(table: Table<Row>, name: string, rowsOf: (change: Change) => readonly Row[], keys: { won: string; sort: string }): Section {
  const names = table.columns.map((column) => column.name).join(", ");
  return section<Row>({
    name,
    rowsOf,
    inputs: inputsOf(table.columns),
    sql: (from) => `
${name}_rows as materialized (select r.i, ${table.columns.map((column) => `${valueOf(column)} as ${column.name}`).join(", ")} from ${from} where r.i is not null),
${name} as (insert into ${table.name} (${names}) select ${names} from ${name}_rows where i in (select i from candidates)
  order by ${keys.sort} on conflict do nothing returning ${keys.won}),
${name}_won as (select i from ${name}_rows join ${name} using (${keys.won}))`,
  });
}

function orderClaims(change: Change): readonly OrderClaim[] {
  if (change.takeOrder === undefined) return nothing;
  if (!change.payment) throw new TypeError("only a payment takes an order");
  return [{ orderId: change.takeOrder, paymentId: change.payment.after.id }];
}
