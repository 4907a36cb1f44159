/** The parts of a batch statement, in their order: what a change must win, its guard, and what it writes under it. */
import type { CaseEnd, Change } from "../../../core/change.ts";
import type { IdempotencyRow, InboxRow, Scope } from "../../../core/model.ts";
import { valueOf } from "../arrays.ts";
import {
  attempts,
  cases,
  deliveries,
  deliveryTries,
  events,
  exchanges,
  idempotency,
  inbox,
  jobs,
  payments,
  refunds,
  type Column,
  type Table,
} from "../../tables.ts";
import { endedJobGuard, jobInsert, jobMoves, jobRemoves, lockJob, movedJobGuard } from "./jobs.ts";
import {
  allowed,
  applied,
  assignments,
  indexInput,
  inputsOf,
  insertSection,
  nothing,
  sameRow,
  scopeInputs,
  section,
  updateSection,
  type Entry,
  type Section,
} from "./section.ts";

// What a change must win: its idempotency key, its gateway event, its order. Each is an insert that a row already there turns into
// nothing; whoever does not get all of his is not written at all.

interface OrderKey {
  readonly orderId: string;
  readonly paymentId: string;
}

const order: Section = section<OrderKey>({
  name: "order_key",
  rowsOf: orderKeys,
  inputs: [
    indexInput(),
    ...scopeInputs<OrderKey>(),
    { name: "order_id", kind: "text", of: (entry) => entry.row.orderId },
    { name: "payment_id", kind: "text", of: (entry) => entry.row.paymentId },
  ],
  // Only looked at here, so that a busy order takes no key with it. `takeOrders` inserts.
  sql: (from) => `
order_key_rows as materialized (select * from ${from} where r.i is not null),
order_key_won as materialized (select i from order_key_rows r where not exists
  (select from live_payments l where l.merchant_id = r.merchant_id and l.mode = r.mode and l.order_id = r.order_id))`,
});

/** Whoever loses the order between the look and this breaks its unique key: all is rolled back, runs again, and finds the order busy. */
export const takeOrders = `order_take as (insert into live_payments (merchant_id, mode, order_id, payment_id)
  select r.merchant_id, r.mode, r.order_id, r.payment_id from order_key_rows r where r.i in (select i from g) order by r.merchant_id, r.order_id)`;

/** Each gives a CTE of its rows (`…_rows`) and one with the `i` that won (`…_won`). */
export const uniqueKeys: readonly Section[] = [
  order,
  uniqueKey(idempotency, "idempotency_key", (change) => (change.idempotency ? [change.idempotency] : nothing), {
    won: "request_id",
    sort: "merchant_id, key",
  }),
  uniqueKey(inbox, "inbox_key", (change) => change.inbox?.insert ?? nothing, { won: "id", sort: "account_id, gateway_event_id" }),
];

/** The condition on `i` that this was won, or was not asked for. */
export function holds(name: string): string {
  return `and (i not in (select i from ${name}_rows) or i in (select i from ${name}_won))`;
}

/** Keys that are taken beside an order that is busy: the key's answer goes before the refusal. */
export const takenKeys = `
taken_keys as (select i from idempotency_key_rows r where exists (select from idempotency k
  where k.merchant_id = r.merchant_id and k.mode = r.mode and k.audience = r.audience and k.key = r.key))`;

function uniqueKey<Row extends IdempotencyRow | InboxRow>(
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
  where i in (select i from candidates) ${has("order_key") ? holds("order_key") : ""}
  order by ${keys.sort} on conflict do nothing returning ${keys.won}),
${name}_won as (select i from ${name}_rows join ${name} using (${keys.won}))`,
  });
}

function orderKeys(change: Change): readonly OrderKey[] {
  if (change.takeOrder === undefined) return nothing;
  if (!change.payment) throw new TypeError("only a payment takes an order");
  return [{ orderId: change.takeOrder, paymentId: change.payment.after.id }];
}

// What must hold before a change is written: its payment or delivery as it was decided upon, or its job's token.

/** `sql` writes what is guarded, and returns `i` of the changes whose guard held. */
export interface Guard extends Section {
  /** Taken before anything is written where there is more to be won: the `i` of what holds, and stays so. */
  lock(from: string): string;
}

export const guards: readonly Guard[] = [
  rowGuard({
    name: "payment_guard",
    table: payments,
    moveOf: (change) => change.payment,
    compared: payments.pick("status", "version", "attempt"),
  }),
  rowGuard({
    name: "delivery_guard",
    table: deliveries,
    moveOf: (change) => change.delivery,
    compared: deliveries.pick("status", "tries", "scheduleStart"),
  }),
  rowGuard({ name: "case_guard", table: cases, moveOf: (change) => change.case, compared: cases.pick("status") }),
  { ...section(endedJobGuard), lock: lockHeld },
  { ...section(movedJobGuard), lock: lockHeld },
  // A change without any is guarded by the unique keys of what it uniqueKeys.
  {
    ...section<Change>({
      name: "free",
      rowsOf: (change) => (change.payment || change.delivery || change.case || change.job ? nothing : [change]),
      inputs: [indexInput()],
      sql: (from, has) => `select r.i from ${from} where ${allowed(has)}`,
    }),
    lock: (from) => `select r.i from ${from}`,
  },
];

interface Move<Row> {
  readonly before: Row;
  readonly after: Row;
}

interface RowGuard<Row> {
  readonly name: string;
  readonly table: Table<Row>;
  readonly moveOf: (change: Change) => Move<Row> | undefined;
  /** The stored row must still have these as they were before. */
  readonly compared: readonly Column<Row>[];
}

function rowGuard<Row extends Scope & { readonly id: string }>({ name, table, moveOf, compared }: RowGuard<Row>): Guard {
  const before = compared.map((column) => ({ ...column, name: `before_${column.name}` }));
  const holds = `${sameRow("t")} and ${compared.map((column, n) => `t.${column.name} = ${valueOf(before[n]!)}`).join(" and ")}`;
  const raised = table.columns.filter((column) => column.change?.raised).map((column) => `${column.name} = t.${column.name} + 1`);
  const part = section<Move<Row>>({
    name,
    rowsOf: (change) => {
      const move = moveOf(change);
      return move ? [move] : nothing;
    },
    inputs: [
      indexInput(),
      ...scopeInputs<Move<Row>>(),
      { name: "id", kind: "text", of: (entry) => entry.row.before.id },
      ...before.map(({ name: column, kind, of }) => ({ name: column, kind, of: (entry: { row: Move<Row> }) => of(entry.row.before) })),
      ...table.mutable.map(({ name: column, kind, of }) => ({
        name: column,
        kind,
        of: (entry: { row: Move<Row> }) => of(entry.row.after),
      })),
    ],
    sql: (from, has) => `update ${table.name} t set ${[...raised, assignments(table.mutable)].join(", ")}
  from ${from} where ${allowed(has)} and ${holds} returning r.i`,
  });
  return { ...part, lock: (from) => `select r.i from ${from} join ${table.name} t on ${holds} for no key update of t` };
}

function lockHeld(from: string): string {
  return `${lockJob(from)} for update of t`;
}

// What a change writes besides.

/** Their order in the text means nothing to PostgreSQL; it is the order in which they are numbered. Append only. */
export const sections: readonly Section[] = [
  updateSection(attempts, (change) => change.attempts?.update),
  // Closing one attempt and inserting the next beside it would break "one open attempt" in either order but this one.
  insertSection(attempts, (change) => change.attempts?.insert, { after: "attempts_update" }),
  updateSection(refunds, (change) => change.refunds?.update),
  insertSection(refunds, (change) => change.refunds?.insert),
  insertSection(exchanges, (change) => change.exchanges),
  insertSection(events, (change) => change.events),
  insertSection(deliveries, (change) => change.deliveries?.insert),
  insertSection(deliveryTries, (change) => change.deliveryTries),
  caseEnds(),
  insertSection(cases, (change) => change.cases?.open, {
    after: "cases_resolve",
    conflict: "on conflict (subject, kind, merchant_id, mode) where status = 'open' do nothing",
  }),
  updateSection(inbox, (change) => change.inbox?.update),
  jobInsert(jobs),
  jobMoves(),
  jobRemoves(),
  orderRelease(),
  orderRegain(),
];

function caseEnds(): Section {
  return section<CaseEnd>({
    name: "cases_resolve",
    rowsOf: (change) => change.cases?.resolve ?? nothing,
    inputs: [
      indexInput(),
      ...scopeInputs<CaseEnd>(),
      { name: "kind", kind: "text", of: (entry) => entry.row.kind },
      { name: "subject", kind: "text", of: (entry) => entry.row.subject },
      { name: "resolved_at", kind: "time", of: (entry) => entry.row.resolvedAt },
    ],
    sql: (from) => `
cases_resolve as (update cases t set status = 'resolved', resolved_at = to_timestamp(r.resolved_at::float8 / 1000), resolved_by = 'answer'
  from ${from} where ${applied} and t.merchant_id = r.merchant_id and t.mode = r.mode and t.kind = r.kind and t.subject = r.subject and t.status = 'open' returning 1)`,
  });
}

/** Rows and inputs of a section about the change's order. */
function orderOf(member: "releaseOrder" | "regainOrder") {
  return {
    rowsOf: (change: Change) => (change[member] === undefined ? nothing : [change[member]]),
    inputs: [
      indexInput<string>(),
      ...scopeInputs<string>(),
      { name: "order_id", kind: "text", of: (entry: Entry<string>) => entry.row },
      { name: "payment_id", kind: "text", of: (entry: Entry<string>) => entry.change.payment?.before.id },
    ] as const,
  };
}

/** Only the payment that holds the order gives it back. */
function orderRelease(): Section {
  return section<string>({
    name: "order_release",
    ...orderOf("releaseOrder"),
    sql: (from) => `
order_release as (delete from live_payments t using ${from} where ${applied} and
  t.merchant_id = r.merchant_id and t.mode = r.mode and t.order_id = r.order_id and t.payment_id = r.payment_id)`,
  });
}

function orderRegain(): Section {
  return section<string>({
    name: "order_regain",
    ...orderOf("regainOrder"),
    sql: (from) => `
order_regain as (insert into live_payments (merchant_id, mode, order_id, payment_id)
  select r.merchant_id, r.mode, r.order_id, r.payment_id from ${from} where ${applied} on conflict do nothing)`,
  });
}
