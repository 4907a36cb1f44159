/** What must hold before a change is written: its payment or delivery as it was decided upon, or its job's token. */
import type { Change } from "../../../core/change.ts";
import type { Scope } from "../../../core/model.ts";
import { valueOf } from "../arrays.ts";
import { deliveries, payments, type Column, type Table } from "../../tables.ts";
import { endedJobGuard, lockJob, movedJobGuard } from "./jobs.ts";
import { allowed, assignments, indexInput, nothing, sameRow, scopeInputs, section, type Section } from "./section.ts";

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
  { ...section(endedJobGuard), lock: lockHeld },
  { ...section(movedJobGuard), lock: lockHeld },
  // A change without any is guarded by the unique keys of what it claims.
  {
    ...section<Change>({
      name: "free",
      rowsOf: (change) => (change.payment || change.delivery || change.job ? nothing : [change]),
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
