/** Words and tables for a terminal. */
import { nearestName } from "../http/field-names.ts";
import { UsageError } from "./explain.ts";

/** What a terminal obeys rather than shows: control characters, also those above 0x7f, and marks that turn the direction of writing. */
const OBEYED = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** A gateway's or a shopper's words are shown, never obeyed: nothing moves a terminal's cursor, changes its colours or turns a line round. */
export function plain(text: string): string {
  return text.replace(OBEYED, "\u{fffd}");
}

/** The same for JSON, which keeps its meaning: what \u can say is said so. */
export function plainJson(text: string): string {
  return text.replace(OBEYED, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A text of several lines as part of a list of lines: none of them can pass for a line of the list. */
export function indented(text: string, columns: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(columns)}`);
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

export function flags(options: readonly string[]): string {
  return options.map((option) => `--${option}`).join(", ");
}

/** A name that is not known, with the one that was most likely meant. */
export function unknownName(what: string, name: string, known: readonly string[], cure: string): UsageError {
  const near = nearestName(name, known);
  const meant = near === null ? "" : ` Did you mean ${what.startsWith("option") ? `--${near}` : near}?`;
  return new UsageError(`there is no ${what} "${name.slice(0, 80)}".${meant} ${cure}`);
}

/** Left-aligned columns, two blanks apart; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
