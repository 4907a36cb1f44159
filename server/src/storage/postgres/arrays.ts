/**
 * Many rows as few parameters: each column travels as one array. Numbers, booleans and times as a PostgreSQL array literal, text
 * joined with U+001E and taken apart by `string_to_array`, with U+001F for null. That needs no escaping, which was 10 % of the CPU.
 */
import { jsonText } from "../json.ts";
import type { Column, Kind, Table } from "../tables.ts";
import { Unsendable } from "./failures.ts";

/** One column of the rows that go into a statement. */
export interface Input<Row> {
  readonly name: string;
  readonly kind: Kind;
  of(row: Row): unknown;
}

/** These columns of a row that is a part of what is written; null where that part is not there. */
export function inputsFrom<Whole, Row>(columns: readonly Column<Row>[], rowOf: (whole: Whole) => Row | null, prefix = ""): Input<Whole>[] {
  return columns.map(({ name, kind, of }) => ({
    name: `${prefix}${name}`,
    kind,
    of: (whole) => {
      const row = rowOf(whole);
      return row === null ? null : of(row);
    },
  }));
}

const SEPARATOR = "\u001e";
const NULL = "\u001f";
// oxlint-disable-next-line no-control-regex -- exactly these characters would break the array apart
const unsafe = /[\u0000\u001e\u001f]/;
// oxlint-disable-next-line no-control-regex -- as above
const unsafeAll = /[\u0000\u001e\u001f]/g;

/**
 * The parameters of these rows, one per column; null for a column that is null in all of them, which `unnest` fills up again: of a commit's
 * columns that is a third, and nobody writes or parses them.
 * Throws where a text holds U+0000, U+001E or U+001F: the API refuses them, so it is a bug of ours. Evidence (what a gateway or a
 * receiver sent) is nobody's promise: there they become U+FFFD.
 */
export function parametersOf<Row>(inputs: readonly Input<Row>[], rows: readonly Row[]): (string | null)[] {
  return inputs.map((input) => (isText(input.kind) ? textArray(input, rows) : plainArray(input, rows)));
}

/** `unnest(...) as r(a, b, …)` for these columns, its parameters numbered from `start` on. */
export function unnested<Row>(inputs: readonly Input<Row>[], start: number): string {
  const arrays = inputs.map((input, index) => arrayOf(input.kind, start + index));
  return `unnest(${arrays.join(", ")}) as r(${inputs.map((input) => input.name).join(", ")})`;
}

/**
 * The same for one row alone, by `valuesOf`: `(select $1::int8 as a, $2::text as b, …) as r`. To take fifty arrays apart costs a statement a fifth of
 * its time, and where there is one row there is nothing to share it with.
 */
export function selected<Row>(inputs: readonly Input<Row>[], start: number): string {
  const type = (kind: Kind) => (isText(kind) ? "text" : kind === "bool" ? "bool" : "int8");
  return `(select ${inputs.map(({ name, kind }, index) => `$${start + index}::${type(kind)} as ${name}`).join(", ")}) as r`;
}

/** The parameters of one row, for `selected`. Throws as `parametersOf` does. */
export function valuesOf<Row>(inputs: readonly Input<Row>[], row: Row): (string | null)[] {
  return inputs.map((input) => {
    const value = input.of(row) ?? null;
    if (value === null) return null;
    return isText(input.kind) ? textOf(input, value) : numberText(value, input.name);
  });
}

/** The column of `r` as the type it has in its table. */
export function valueOf(input: { readonly name: string; readonly kind: Kind }): string {
  if (input.kind === "time") return `to_timestamp(r.${input.name}::float8 / 1000)`;
  if (input.kind === "json") return `r.${input.name}::json`;
  return `r.${input.name}`;
}

/** Inserts all columns of the rows whose parameters are numbered from `first` on. */
export function insertOf<Row>({ name, columns }: Pick<Table<Row>, "name" | "columns">, first: number): string {
  return `insert into ${name} (${namesOf(columns)}) select ${columns.map(valueOf).join(", ")} from ${unnested(columns, first)}`;
}

export function namesOf(columns: readonly { readonly name: string }[]): string {
  return columns.map((column) => column.name).join(", ");
}

function isText(kind: Kind): boolean {
  return kind === "text" || kind === "evidence" || kind === "json";
}

function arrayOf(kind: Kind, parameter: number): string {
  if (isText(kind)) return `string_to_array($${parameter}, E'\\x1e', E'\\x1f')`;
  return kind === "bool" ? `$${parameter}::bool[]` : `$${parameter}::int8[]`;
}

/** How many of the first rows are null in this column. */
function leadingNulls<Row>(input: Input<Row>, rows: readonly Row[]): number {
  let i = 0;
  while (i < rows.length && (input.of(rows[i]!) ?? null) === null) i++;
  return i;
}

function plainArray<Row>(input: Input<Row>, rows: readonly Row[]): string | null {
  const nulls = leadingNulls(input, rows);
  if (nulls > 0 && nulls === rows.length) return null;
  let text = `{${"null,".repeat(nulls)}`;
  for (let i = nulls; i < rows.length; i++) {
    const value = input.of(rows[i]!);
    if (i > nulls) text += ",";
    text += value === null || value === undefined ? "null" : numberText(value, input.name);
  }
  return `${text}}`;
}

function numberText(value: unknown, name: string): string {
  if (typeof value === "boolean") return value ? "t" : "f";
  if (Number.isSafeInteger(value)) return String(value);
  throw new Unsendable(`${name} is not an integer: ${String(value)}`);
}

function textArray<Row>(input: Input<Row>, rows: readonly Row[]): string | null {
  const nulls = leadingNulls(input, rows);
  if (nulls > 0 && nulls === rows.length) return null;
  let text = `${NULL}${SEPARATOR}`.repeat(nulls);
  for (let i = nulls; i < rows.length; i++) {
    if (i > nulls) text += SEPARATOR;
    text += textOf(input, input.of(rows[i]!));
  }
  // A single empty string would arrive as an empty array; with a second element its row is there, and the extra one has no `i`.
  return rows.length === 1 && text === "" ? SEPARATOR : text;
}

function textOf<Row>(input: Input<Row>, value: unknown): string {
  if (value === null || value === undefined) return NULL;
  // Every control character is escaped there.
  if (input.kind === "json") return jsonText(value);
  const text = value as string;
  if (!unsafe.test(text)) return text;
  if (input.kind === "evidence") return text.replace(unsafeAll, "\ufffd");
  throw new Unsendable(`${input.name} holds a control character that no text may hold`);
}
