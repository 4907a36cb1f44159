/** The statements that each payment runs, written to `hot-statements.sql` by `npm run docs`: a review sees what a change makes of them. */
import { textOf } from "./commit/commit.ts";
import { createStatement } from "./create.ts";

/** By its name the parts of the commit. */
export const hotCommits = {
  begin: ["payment_guard", "attempts_insert", "jobs_move"],
  settle: ["payment_guard", "attempts_update", "exchanges_insert", "events_insert", "deliveries_insert", "jobs_insert", "jobs_remove"],
  delivered: ["delivery_guard", "delivery_tries_insert", "jobs_remove"],
} as const;
/** Under load a statement writes changes of every kind. */
const together = [...new Set(Object.values(hotCommits).flat()), "leaseless"];

export function hotStatements(): string {
  const statements: readonly (readonly [string, string])[] = [
    ["create: a payment is accepted", createStatement.text],
    ["begin: its attempt is written before the call", textOf(hotCommits.begin, true)],
    ["settle: the answer, its event and what is owed for it", textOf(hotCommits.settle, false)],
    ["delivered: a receiver has taken the event", textOf(hotCommits.delivered, true)],
    ["begin, settle and delivered of different payments in one batch", textOf(together, true)],
  ];
  return `-- Written by npm run docs from the code. Do not edit. \`texts($n)\` stands for string_to_array($n, E'\\x1e', E'\\x1f').\n${statements.map(([name, text]) => `\n-- ${name}\n${readable(text)};\n`).join("")}`;
}

export function readable(text: string): string {
  return text.trim().replaceAll(/string_to_array\((\$\d+), E'\\x1e', E'\\x1f'\)/g, "texts($1)");
}
