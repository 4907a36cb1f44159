/** Composes the one statement of a batch from the sections its changes need. */
import type { Change } from "../../../core/change.ts";
import { parametersOf } from "../arrays.ts";
import type { Statement } from "../connect.ts";
import { claims, holds } from "./claims.ts";
import { guards, lockPayment } from "./guards.ts";
import { lockJob } from "./jobs.ts";
import { rowsFrom, type Entry, type Section } from "./section.ts";
import { sections } from "./sections.ts";

const parts: readonly Section[] = [...claims, ...guards, ...sections];

export interface BatchStatement {
  readonly statement: Statement;
  readonly values: readonly string[];
}

/** Throws `Unsendable` where a row cannot be written. */
export function batchStatement(changes: readonly Change[]): BatchStatement {
  const used: Section[] = [];
  const values: string[] = [];
  // Bit by bit which parts are in it: that names the statement. 24 parts fit into a number with room.
  let parts24 = 0;
  parts.forEach((part, bit) => {
    const entries = entriesOf(part, changes);
    if (entries.length === 0) return;
    used.push(part);
    parts24 += 2 ** bit;
    for (const value of parametersOf(part.inputs, entries)) values.push(value);
  });
  return { statement: composed(parts24, used), values };
}

function entriesOf(part: Section, changes: readonly Change[]): Entry<unknown>[] {
  const entries: Entry<unknown>[] = [];
  changes.forEach((change, i) => {
    for (const row of part.rowsOf(change)) entries.push({ i, change, row });
  });
  return entries;
}

const known = new Map<number, Statement>();

function composed(bits: number, used: readonly Section[]): Statement {
  let statement = known.get(bits);
  if (!statement) {
    statement = { name: `commit_${bits.toString(36)}`, text: compose(used) };
    known.set(bits, statement);
  }
  return statement;
}

function compose(used: readonly Section[]): string {
  const names = new Set(used.map((part) => part.name));
  const claimed = used.filter((part) => claims.includes(part));
  if (claimed.length > 0) names.add("claims");
  const has = (name: string): boolean => names.has(name);
  const from = new Map<Section, string>();
  let parameter = 1;
  for (const part of used) {
    from.set(part, rowsFrom(part, parameter));
    parameter += part.inputs.length;
  }
  const guarding = used.filter((part) => guards.includes(part));
  const ctes = [
    ...(claimed.length > 0 ? [...candidates(guarding, from), ...claimed.map((part) => part.sql(from.get(part)!, has).trim()), allowedOf(claimed)] : []),
    ...guarding.map((part) => `${part.name} as (${part.sql(from.get(part)!, has)})`),
    `g(i) as materialized (${guarding.map((part) => `select i from ${part.name}`).join(" union all ")})`,
    ...used.filter((part) => sections.includes(part)).map((part) => part.sql(from.get(part)!, has).trim()),
  ];
  return `with ${ctes.join(",\n")}\nselect ${answer(claimed)}`;
}

/** Before a claim is tried the guard must hold and stay so: the payment or the job is locked. */
function candidates(guarding: readonly Section[], from: ReadonlyMap<Section, string>): string[] {
  const locks = guarding.map((part) => `${part.name}_locked as materialized (${locked(part, from.get(part)!)})`);
  return [...locks, `candidates(i) as materialized (${guarding.map((part) => `select i from ${part.name}_locked`).join(" union all ")})`];
}

function locked(part: Section, from: string): string {
  if (part.name === "payment_guard") return lockPayment(from);
  return part.name === "free" ? `select r.i from ${from} where r.i is not null` : lockJob(from);
}

function allowedOf(claimed: readonly Section[]): string {
  return `allowed as materialized (select i from candidates where true ${claimed.map((part) => holds(part.name)).join(" ")})`;
}

/** Lists of `i`: written, guarded, and won of each claim. */
function answer(claimed: readonly Section[]): string {
  const list = (cte: string, name: string): string => `(select string_agg(i::text, ',') from ${cte}) as ${name}`;
  const lists = [list("g", "applied")];
  if (claimed.length > 0) lists.push(list("candidates", "candidates"));
  for (const part of claimed) lists.push(list(`${part.name}_won`, part.name));
  return lists.join(", ");
}
