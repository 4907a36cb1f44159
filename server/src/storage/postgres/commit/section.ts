import type { Change } from "../../../core/change.ts";
import type { Scope } from "../../../core/model.ts";
import { unnested, valueOf, type Input } from "../arrays.ts";
import type { Column, Table } from "../../tables.ts";

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
  rowsOf(change: Change): readonly Row[];
  readonly inputs: readonly Input<Entry<Row>>[];
  /** The common table expressions. `from`: this section's rows as `r`. `has`: whether another section is in the statement too. */
  sql(from: string, has: (name: string) => boolean): string;
}

/** Keeps the row type of a section to itself: the list of sections needs only their shape. */
export function section<Row>(given: Section<Row>): Section {
  return given as unknown as Section;
}

/** Everything but guards and unique keys is written for these changes only. */
export const applied = "r.i in (select i from g)";

/** Where there was more to be won, a guard writes only for changes that won all of theirs. A row without `i` is an artefact of `textArray`. */
export function allowed(has: (name: string) => boolean): string {
  return has("locks") ? "r.i in (select i from allowed)" : "r.i is not null";
}

export const nothing: readonly never[] = [];

export function inputsOf<Row>(columns: readonly Column<Row>[]): Input<Entry<Row>>[] {
  return [indexInput<Row>(), ...columns.map(entryInput)];
}

export function entryInput<Row>(column: Column<Row>): Input<Entry<Row>> {
  return { name: column.name, kind: column.kind, of: (entry) => column.of(entry.row) };
}

export function indexInput<Row>(): Input<Entry<Row>> {
  return { name: "i", kind: "int", of: (entry) => entry.i };
}

/** Merchant and mode of the change, for rows that do not carry them. */
export function scopeInputs<Row>(): Input<Entry<Row>>[] {
  return [
    { name: "merchant_id", kind: "text", of: (entry) => entry.change.merchantId },
    { name: "mode", kind: "text", of: (entry) => entry.change.mode },
  ];
}

/** All rows of a noun are inserted. `after`: a section whose writes must come first, where it is in the statement. */
export function insertSection<Row>(
  table: Table<Row>,
  rowsOf: (change: Change) => readonly Row[] | undefined,
  options: { after?: string; conflict?: string } = {},
): Section {
  const name = `${table.name}_insert`;
  return section<Row>({
    name,
    rowsOf: (change) => rowsOf(change) ?? nothing,
    inputs: inputsOf(table.columns),
    sql: (from, has) => `
${name} as (insert into ${table.name} (${table.columns.map((column) => column.name).join(", ")})
  select ${table.columns.map(valueOf).join(", ")} from ${from} where ${applied}${afterward(options.after, has)} ${options.conflict ?? ""})`,
  });
}

/** Writes the mutable columns of the row as it is after the change. */
export function updateSection<Row extends Scope & { readonly id: string }>(
  table: Table<Row>,
  rowsOf: (change: Change) => readonly Row[] | undefined,
): Section {
  const name = `${table.name}_update`;
  return section<Row>({
    name,
    rowsOf: (change) => rowsOf(change) ?? nothing,
    inputs: inputsOf([...table.pick("merchantId", "mode", "id"), ...table.mutable]),
    sql: (from) => `
${name} as (update ${table.name} t set ${assignments(table.mutable)}
  from ${from} where ${applied} and ${sameRow("t")} returning 1)`,
  });
}

export function assignments(columns: readonly { readonly name: string; readonly kind: Input<unknown>["kind"] }[]): string {
  return columns.map((column) => `${column.name} = ${valueOf(column)}`).join(", ");
}

export function sameRow(alias: string): string {
  return `${alias}.merchant_id = r.merchant_id and ${alias}.mode = r.mode and ${alias}.id = r.id`;
}

/** Parts of one statement run in any order, unless one reads what the other returns. */
function afterward(name: string | undefined, has: (name: string) => boolean): string {
  return name && has(name) ? ` and (select count(*) from ${name}) >= 0` : "";
}

export function rowsFrom(part: Section, firstParameter: number): string {
  return unnested(part.inputs, firstParameter);
}
