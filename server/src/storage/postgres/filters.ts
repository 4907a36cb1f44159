/** What lists are filtered by, as SQL, and how few rows each finds. */
import type { AmountFilter, PaymentFilter } from "../../core/ports/reads.ts";
import type { DeliveryStatus, PaymentStatus } from "../../core/states.ts";

export interface Filter {
  readonly name: string;
  /** SQL over `t`, with `?` for the value; `$1` and `$2` are merchant and mode. */
  readonly sql: string;
  readonly value: unknown;
  /** Few rows match, and a key of their own finds them: they are read first and sorted then, whatever the planner holds more likely. */
  readonly few?: true;
  /** Likewise, for rows that a query finds by their ids. */
  readonly ids?: string;
  /** Its index has the order of commits, and not of ids. */
  readonly byCommit?: true;
  /**
   * The column that stands before the order of commits in its index. A page beside a row begins with it as well: the index of all rows would
   * serve the rest of that comparison, and the planner takes it where it believes that few rows lie behind the row.
   */
  readonly column?: string;
  /** The value is a list, and an index has the rows of each member in order: a page of each is read. `?` stands for one member. */
  readonly each?: true;
}

export function filter(name: string, sql: string, value: unknown, how: Omit<Filter, "name" | "sql" | "value"> = {}): Filter | null {
  return value === undefined ? null : { name, sql, value, ...how };
}

/**
 * No index on payments names the status, since each would cost an entry for each change. The rare ones have a column and an index of
 * their own; what is under way is found by its work; and most payments have succeeded, so those are found along the primary key.
 */
export function paymentStatus(status: PaymentStatus | undefined): Filter | null {
  if (status === "pending" || status === "processing") return filter("under_way", "t.status = ?", status, { ids: paymentsUnderWay });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return listedStatus(status);
}

/** Amounts and currencies of any table of money. */
export function amountIn({ currency, amountMin, amountMax }: AmountFilter): (Filter | null)[] {
  return [
    filter("currency", "t.currency = ?", currency),
    filter("amount_min", "t.amount >= ?::bigint", amountMin),
    filter("amount_max", "t.amount <= ?::bigint", amountMax),
  ];
}

/** What else payments are picked by. */
export function paymentIs({ method, email, last4, accountId, ...amounts }: PaymentFilter): (Filter | null)[] {
  return [
    ...amountIn(amounts),
    filter("method", "t.method ->> 'type' = ?", method),
    filter("email", "lower(t.customer ->> 'email') = lower(?::text)", email),
    filter("last4", "t.method ->> 'last4' = ?", last4),
    filter("account", overAccount, accountId),
  ];
}

const overAccount = `exists (select from attempts a
  where a.payment_id = t.id and a.operation = 'charge' and a.n = t.attempt and a.merchant_id = t.merchant_id and a.mode = t.mode and a.account_id = ?)`;

function listedStatus(status: string | undefined): Filter | null {
  return filter("listed", "t.listed_status = ?", status, { byCommit: true, column: "t.listed_status" });
}

/** As `paymentStatus`. A delivery that is owed has a job. */
export function deliveryStatus(status: DeliveryStatus | undefined): Filter | null {
  if (status === "pending") return filter("pending", "t.status = ?", status, { ids: deliveriesOwed });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return listedStatus(status);
}

/** Most deliveries are of the type that the index leaves out: those are met soon along the primary key. */
export function deliveryType(type: string | undefined): Filter | null {
  if (type === "payment.succeeded") return filter("succeeded_type", "t.event_type = ?", type);
  return filter("type", "t.event_type = ? and t.event_type <> 'payment.succeeded'", type);
}

/** As the column `listed_type` of the migration "committed" leaves out. */
const usualTypes: readonly string[] = ["payment.created", "payment.pending", "payment.succeeded", "payment.authorized"];

/** Types that are seldom have an index; the usual ones are met soon along the order. */
export function eventTypesIn(types: readonly string[] | undefined): Filter | null {
  const areRare = types?.every((type) => !usualTypes.includes(type));
  return areRare
    ? filter("listed", "t.listed_type = ?", types, { each: true, column: "t.listed_type" })
    : filter("types", "t.type = any(?::text[])", types);
}

/** Their ids. */
export const paymentsUnderWay = `
  select j.subject from jobs j where j.queue = 'payment-queue' and j.lane = $1 and j.mode = $2 and j.kind = 'charge'
  union select a.subject from attempts a where a.merchant_id = $1 and a.mode = $2
    and a.status in ('queued', 'calling', 'requires_action', 'pending', 'unknown')`;

const deliveriesOwed = "select j.subject from jobs j where j.queue = 'webhook-queue' and j.merchant_id = $1 and j.mode = $2";

/** Over the unique keys (payment, sequence) and (event, endpoint): no index of its own is needed. Asked once, not per row. */
export const deliveriesOfPayment =
  "t.event_id = any(array(select e.id from events e where e.payment_id = ? and e.merchant_id = $1 and e.mode = $2))";
