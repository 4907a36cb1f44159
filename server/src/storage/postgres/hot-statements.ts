/** The statements that each payment runs, written to `hot-statements.sql` by `npm run docs`: a review sees what a change makes of them. */
import { textOf } from "./commit/commit.ts";
import { createMany, createOne } from "./create.ts";

/** By its name the parts of the commit. */
export const hotCommits = {
  begin: ["payment_guard", "attempts_insert", "jobs_move"],
  settle: ["payment_guard", "attempts_update", "exchanges_insert", "events_insert", "deliveries_insert", "jobs_insert", "jobs_remove"],
  delivered: ["delivery_guard", "delivery_tries_insert", "jobs_remove"],
} as const;
/** Under load a statement writes changes of every kind. */
const together = [...new Set(Object.values(hotCommits).flat()), "leaseless"];

// A settle needs no lease: whoever has the answer writes it.
const many = { isHopeful: true, isLone: false };
const lone = { isHopeful: true, isLone: true };

export function hotStatements(): string {
  const statements: readonly (readonly [string, string])[] = [
    ["create: payments are accepted", createMany.text],
    ["begin: their attempts are written before the call", textOf(hotCommits.begin, many)],
    ["settle: the answers, their events and what is owed for them", textOf(hotCommits.settle, { ...many, isHopeful: false })],
    ["delivered: receivers have taken the events", textOf(hotCommits.delivered, many)],
    ["begin, settle and delivered of different payments in one batch", textOf(together, many)],
    ["create, of one payment", createOne.text],
    ["begin, of one", textOf(hotCommits.begin, lone)],
    ["settle, of one", textOf(hotCommits.settle, { ...lone, isHopeful: false })],
    ["delivered, of one", textOf(hotCommits.delivered, lone)],
  ];
  return `-- Written by npm run docs from the code. Do not edit. \`texts($n)\` stands for string_to_array($n, E'\\x1e', E'\\x1f').\n${statements.map(([name, text]) => `\n-- ${name}\n${readable(text)};\n`).join("")}`;
}

export function readable(text: string): string {
  return text.trim().replaceAll(/string_to_array\((\$\d+), E'\\x1e', E'\\x1f'\)/g, "texts($1)");
}
