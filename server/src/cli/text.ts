/** Words and tables for a terminal. */
import { nearestName } from "../http/field-names.ts";
import { UsageError } from "./explain.ts";

/** A gateway's words are shown, never obeyed: without what moves a terminal's cursor or changes its colours. */
export function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "\u{fffd}");
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
