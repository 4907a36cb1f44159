/** One part of a batch statement, and the kinds of parts that follow from a table. */
import type { Change, Move } from "../../../core/change.ts";
import type { Scope } from "../../../core/model.ts";
import { inputsFrom, namesOf, valueOf, type Input } from "../arrays.ts";
import type { Column, Kind, Table } from "../../tables.ts";

/** A row on its way into a batch statement: which change of the batch it belongs to, and what that change says. */
export interface Entry<Row> {
  /** Position of the change in the batch. */
  readonly i: number;
  readonly change: Change;
  readonly row: Row;
}

/**
 * One part of the batch statement. It is only in the statement if some change of the batch needs it, so a batch pays for what it
 * does, and each combination is a prepared statement of its own.
 */
export interface Section<Row = unknown> {
  readonly name: string;
  rowsOf(change: Change): readonly Row[] | undefined;
  readonly inputs: readonly Input<Entry<Row>>[];
  /** What it does with its rows, which are `from` as `r`. `has`: whether another section is in the statement too. */
  sql(from: string, has: Has): string;
}

export type Has = (name: string) => boolean;

/** `sql` writes what is guarded, and returns `i` of the changes whose guard held. */
export interface Guard<Row = unknown> extends Section<Row> {
  /** Taken before anything is written where there is more to be won: the `i` of what holds, and stays so. */
  lock(from: string): string;
}

/** Everything but guards and unique keys is written for these changes only. */
export const applied = "r.i in (select i from g)";

/** Where there was more to be won, a guard writes only for changes that won all of theirs. A row without `i` is an artefact of `textArray`. */
export function allowed(has: Has): string {
  return has("locks") ? "r.i in (select i from allowed)" : "r.i is not null";
}

/** The condition on `i` that this was won, or was not asked for. */
export function holds(name: string): string {
  return `and (i not in (select i from ${name}_rows) or i in (select i from ${name}_won))`;
}

/** The rows of a section that has one at most. */
export function one<Row>(row: Row | undefined): readonly Row[] | undefined {
  return row === undefined ? undefined : [row];
}

export const indexInput: Input<Entry<unknown>> = { name: "i", kind: "int", of: (entry) => entry.i };

/** Position, merchant and mode of the change, for rows that do not carry them, and what else they have. */
export function inputsOf<Row>(columns: Readonly<Record<string, readonly [Kind, (entry: Entry<Row>) => unknown]>>): Input<Entry<Row>>[] {
  return [
    indexInput,
    { name: "merchant_id", kind: "text", of: (entry) => entry.change.merchantId },
    { name: "mode", kind: "text", of: (entry) => entry.change.mode },
    ...Object.entries(columns).map(([name, [kind, of]]) => ({ name, kind, of })),
  ];
}

function rowInputs<Row>(columns: readonly Column<Row>[]): Input<Entry<Row>>[] {
  return [indexInput, ...inputsFrom(columns, (entry: Entry<Row>) => entry.row)];
}

/** All rows of a noun are inserted. `after`: a section whose writes must come first, where it is in the statement. */
export function insertSection<Row>(
  table: Table<Row>,
  rowsOf: Section<Row>["rowsOf"],
  { after, conflict = "" }: { after?: string; conflict?: string } = {},
): Section<Row> {
  return {
    name: `${table.name}_insert`,
    rowsOf,
    inputs: rowInputs(table.columns),
    sql: (from, has) => {
      // Parts of one statement run in any order, unless one reads what the other returns.
      const afterward = after && has(after) ? ` and (select count(*) from ${after}) >= 0` : "";
      return `insert into ${table.name} (${namesOf(table.columns)})
  select ${table.columns.map(valueOf).join(", ")} from ${from} where ${applied}${afterward} ${conflict}`;
    },
  };
}

type Identified = Scope & { readonly id: string };

/** Writes the mutable columns of the row as it is after the change. */
export function updateSection<Row extends Identified>(table: Table<Row>, rowsOf: Section<Row>["rowsOf"]): Section<Row> {
  return {
    name: `${table.name}_update`,
    rowsOf,
    inputs: rowInputs([...table.pick("merchantId", "mode", "id"), ...table.mutable]),
    sql: (from) => `update ${table.name} t set ${assignments(table)}
  from ${from} where ${applied} and ${sameRow} returning 1`,
  };
}

/** What a change must win: an insert that a row already there turns into nothing. `won`: the column that tells whose row is there. */
export function uniqueKey<Row>(
  name: string,
  table: Table<Row>,
  rowsOf: Section<Row>["rowsOf"],
  { won, sort }: { readonly won: string; readonly sort: string },
): Section<Row> {
  const names = namesOf(table.columns);
  return {
    name,
    rowsOf,
    inputs: rowInputs(table.columns),
    sql: (from, has) => `
${name}_rows as materialized (select r.i, ${table.columns.map((column) => `${valueOf(column)} as ${column.name}`).join(", ")} from ${from} where r.i is not null),
${name} as (insert into ${table.name} (${names}) select ${names} from ${name}_rows
  where i in (select i from candidates) ${has("order_key") ? holds("order_key") : ""}
  order by ${sort} on conflict do nothing returning ${won}),
${name}_won as (select i from ${name}_rows join ${name} using (${won}))`,
  };
}

/** The stored row must still have the `compared` fields as they were before; then its mutable columns are written. */
export function rowGuard<Row extends Identified>(
  name: string,
  table: Table<Row>,
  moveOf: (change: Change) => Move<Row> | undefined,
  compared: readonly Column<Row>[],
): Guard<Move<Row>> {
  const same = compared.map(({ name: column, kind }) => `t.${column} = ${valueOf({ name: `before_${column}`, kind })}`);
  const held = [sameRow, ...same].join(" and ");
  const raised = table.columns.filter((column) => column.change === "raised").map((column) => `${column.name} = t.${column.name} + 1`);
  return {
    name,
    rowsOf: (change) => one(moveOf(change)),
    inputs: [
      ...inputsOf<Move<Row>>({ id: ["text", (entry) => entry.row.before.id] }),
      ...inputsFrom(compared, (entry: Entry<Move<Row>>) => entry.row.before, "before_"),
      ...inputsFrom(table.mutable, (entry: Entry<Move<Row>>) => entry.row.after),
    ],
    sql: (from, has) => `update ${table.name} t set ${[...raised, assignments(table)].join(", ")}
  from ${from} where ${allowed(has)} and ${held} returning r.i`,
    lock: (from) => `select r.i from ${from} join ${table.name} t on ${held} for no key update of t`,
  };
}

function assignments<Row>(table: Table<Row>): string {
  return table.mutable.map((column) => `${column.name} = ${valueOf(column)}`).join(", ");
}

const sameRow = "t.merchant_id = r.merchant_id and t.mode = r.mode and t.id = r.id";
