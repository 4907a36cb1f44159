/** What the API answered, for people: a table of a list, the members of one thing line by line. */
import { indented, plain, table } from "../text.ts";

type Row = Readonly<Record<string, unknown>>;

/** A cell longer than this is cut in a table; `get` and `--json` show all of it. */
const CELL_MAX_CHARS = 60;

/** @param columns members of a row, with blanks between; those that no row has are left out */
export function shown(answer: unknown, columns: string): string {
  if (isRow(answer) && Array.isArray(answer["data"])) return page(answer as Row & { data: unknown[] }, columns);
  return plain(isRow(answer) ? lines(answer).join("\n") : cell(answer));
}

function page({ data, has_more: hasMore }: Row & { data: unknown[] }, columns: string): string {
  const rows = data.filter(isRow);
  if (rows.length === 0) return "None.";
  const known = columns.split(" ").filter((column) => rows.some((row) => memberOf(row, column) !== undefined));
  const more = hasMore === true ? `\nThere are more: add --starting-after ${cell(rows.at(-1)!["id"])}` : "";
  return plain(tableOf(rows, known) + more);
}

function tableOf(rows: readonly Row[], columns: readonly string[]): string {
  return table([
    columns.map((column) => column.toUpperCase()),
    ...rows.map((row) => columns.map((column) => short(cell(memberOf(row, column))))),
  ]);
}

/** @param path `data.id` is within `data` */
function memberOf(row: Row, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (isRow(value) ? value[name] : undefined), row);
}

function lines(row: Row): string[] {
  const flat = flatten(row);
  const width = Math.max(...flat.map(([name]) => name.length));
  const scalars = flat
    .filter(([, value]) => !isTable(value))
    .map(([name, value]) => `${name.padEnd(width)}  ${indented(cell(value), width + 2)}`);
  const tables = flat
    .filter(([, value]) => isTable(value))
    .map(([name, value]) => `\n${name}\n${tableOf(value as Row[], scalarsOf(value as Row[]))}`);
  return [...scalars, ...tables];
}

/** Objects within objects become `card.last4`; what is not there is left out. */
function flatten(row: Row, prefix = ""): (readonly [name: string, value: unknown])[] {
  return Object.entries(row).flatMap(([key, value]) => {
    const name = `${prefix}${key.replaceAll("\n", " ")}`;
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    return isRow(value) ? flatten(value, `${name}.`) : [[name, value] as const];
  });
}

function scalarsOf(rows: readonly Row[]): string[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return [...names].filter((name) => rows.some((row) => row[name] !== null && row[name] !== undefined && typeof row[name] !== "object"));
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTable(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRow);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function short(text: string): string {
  const line = text.replaceAll("\n", " ");
  return line.length > CELL_MAX_CHARS ? `${line.slice(0, CELL_MAX_CHARS - 1)}…` : line;
}
