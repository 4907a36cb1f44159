import type { Change, CommitResult } from "../../../core/change.ts";
import { parametersOf } from "../arrays.ts";
import { batcher } from "../batcher.ts";
import type { Database, Statement } from "../connect.ts";
import { indexes } from "../create.ts";
import { brokenConstraint } from "../failures.ts";
import { jobIdsOf, pairedJob } from "./jobs.ts";
import { rowsFrom, type Entry, type Section } from "./section.ts";
import { guards, holds, sections, takenKeys, takeOrders, uniqueKeys, type Guard } from "./sections.ts";

/** Writes changes, each whole or not at all, many in one statement. Throws `StoreUnavailable`, or an Error that names the constraint. */
export function committer(database: Database): (change: Change) => Promise<CommitResult> {
  return batcher<Change, CommitResult>({ run: (changes) => commitAll(database, changes), keysOf });
}

function keysOf(change: Change): string[] {
  const keys = jobIdsOf(change);
  if (change.payment) keys.push(change.payment.before.id);
  if (change.idempotency) keys.push(change.idempotency.requestId);
  if (change.takeOrder !== undefined) keys.push(`${change.merchantId} ${change.takeOrder}`);
  if (change.delivery) keys.push(change.delivery.before.id);
  if (change.case) keys.push(change.case.before.id);
  return keys;
}

async function commitAll(database: Database, changes: readonly Change[]): Promise<CommitResult[]> {
  for (const change of changes)
    if ([change.payment, change.delivery, change.case].filter((move) => move !== undefined).length > 1)
      throw new TypeError("a change moves a payment, a delivery or a case, not two of them");
  const order = lockOrder(changes);
  const sorted = order.map((position) => changes[position]!);
  const { statement, values } = batchStatement(sorted);
  const run = () => database.query(statement, values);
  const [row] = await run().catch((error: unknown) => {
    // Another process took the order in between: now it is seen. In a batch the others come with it, so that runs singly first.
    if (changes.length === 1 && brokenConstraint(error) === "live_payments_pkey") return run();
    throw error;
  });
  const results = sorted.map(resultsIn(row!));
  const inTheirOrder: CommitResult[] = [];
  order.forEach((position, index) => (inTheirOrder[position] = results[index]!));
  return inTheirOrder;
}

/** Every process locks payments, deliveries and jobs in the order of their ids, so that two batches seldom wait for each other in a circle. */
function lockOrder(changes: readonly Change[]): number[] {
  const idOf = (change: Change): string =>
    change.payment?.before.id ?? change.delivery?.before.id ?? change.case?.before.id ?? change.job?.id ?? "";
  const ids = changes.map(idOf);
  return ids.map((_, position) => position).sort((a, b) => (ids[a]! < ids[b]! ? -1 : ids[a]! > ids[b]! ? 1 : 0));
}

function resultsIn(row: Readonly<Record<string, unknown>>): (change: Change, i: number) => CommitResult {
  const applied = indexes(row.applied);
  const candidates = indexes(row.candidates);
  const orders = indexes(row.order_key);
  const takenKeys = indexes(row.taken_keys);
  return (change, i) => {
    if (applied.has(i)) return "applied";
    if (!candidates.has(i)) return "stale";
    return change.takeOrder !== undefined && !orders.has(i) && !takenKeys.has(i) ? "order_busy" : "duplicate";
  };
}

// Composes the one statement of a batch from the parts that its changes need.

const parts: readonly Section[] = [...uniqueKeys, pairedJob, ...guards, ...sections];

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

/** The text of the statement that has these parts, as it is sent. Parts are named in `sections.ts` and `jobs.ts`. */
export function textOf(names: readonly string[]): string {
  return compose(parts.filter((part) => names.includes(part.name)));
}

function entriesOf(part: Section, changes: readonly Change[]): Entry<unknown>[] {
  const entries: Entry<unknown>[] = [];
  changes.forEach((change, i) => {
    for (const row of part.rowsOf(change)) entries.push({ i, change, row });
  });
  return entries;
}

/**
 * Each connection keeps the plan of each named statement as long as it lives, up to 100 kB each. Traffic meets some dozens of
 * combinations; what comes after these is planned anew each time, which costs milliseconds and no memory.
 */
export const PREPARED_MAX = 200;

const known = new Map<number, Statement>();

function composed(bits: number, used: readonly Section[]): Statement {
  const met = known.get(bits);
  if (met) return met;
  const isFull = known.size >= PREPARED_MAX;
  const statement = { name: isFull ? "" : `commit_${bits.toString(36)}`, text: compose(used) };
  if (!isFull) known.set(bits, statement);
  return statement;
}

function isGuard(part: Section): part is Guard {
  return (guards as readonly Section[]).includes(part);
}

function compose(used: readonly Section[]): string {
  const names = new Set(used.map((part) => part.name));
  const won = used.filter((part) => uniqueKeys.includes(part));
  const guarding = used.filter(isGuard);
  const locking = won.length > 0 || names.has(pairedJob.name);
  if (locking) names.add("locks");
  const has = (name: string): boolean => names.has(name);
  const from = sources(used, locking);
  const sql = (part: Section): string => part.sql(from.get(part)!, has).trim();
  const ctes = [
    ...(locking
      ? [
          ...locks(used, from),
          ...used.filter((part) => part === pairedJob).map(sql),
          candidates(guarding, has),
          ...won.map(sql),
          allowed(won),
        ]
      : []),
    ...(has("order_key") && has("idempotency_key") ? [takenKeys.trim()] : []),
    ...guarding.map((part) => `${part.name} as (${sql(part)})`),
    `g(i) as materialized (${guarding.map((part) => `select i from ${part.name}`).join(" union all ")})`,
    ...(has("order_key") ? [takeOrders] : []),
    ...used.filter((part) => sections.includes(part)).map(sql),
  ];
  return `with ${ctes.join(",\n")}\nselect ${answer(won, locking, has)}`;
}

/** Where each part reads its rows. With locks the rows of a guard are read twice, so they are taken apart once. */
function sources(used: readonly Section[], locking: boolean): Map<Section, string> {
  const from = new Map<Section, string>();
  let parameter = 1;
  for (const part of used) {
    from.set(part, locking && isGuard(part) ? `${part.name}_rows as r` : rowsFrom(part, parameter));
    parameter += part.inputs.length;
  }
  return from;
}

/** Before anything is won a guard must hold and stay so: its row or its job is locked. */
function locks(used: readonly Section[], from: ReadonlyMap<Section, string>): string[] {
  const ctes: string[] = [];
  let parameter = 1;
  for (const part of used) {
    if (isGuard(part)) {
      ctes.push(`${part.name}_rows as materialized (select * from ${rowsFrom(part, parameter)} where r.i is not null)`);
      ctes.push(`${part.name}_locked as materialized (${part.lock(from.get(part)!)})`);
    }
    parameter += part.inputs.length;
  }
  return ctes;
}

function candidates(guarding: readonly Section[], has: (name: string) => boolean): string {
  const lists = guarding.map((part) => `select i from ${part.name}_locked`).join(" union all ");
  return `candidates(i) as materialized (select i from (${lists}) as locked where true ${has(pairedJob.name) ? holds(pairedJob.name) : ""})`;
}

function allowed(won: readonly Section[]): string {
  return `allowed as materialized (select i from candidates where true ${won.map((part) => holds(part.name)).join(" ")})`;
}

/** Lists of `i`: written, guarded, and won of each key. */
function answer(won: readonly Section[], locking: boolean, has: (name: string) => boolean): string {
  const list = (cte: string, name: string): string => `(select string_agg(i::text, ',') from ${cte}) as ${name}`;
  const lists = [list("g", "applied")];
  if (locking) lists.push(list("candidates", "candidates"));
  for (const part of won) lists.push(list(`${part.name}_won`, part.name));
  if (has("order_key") && has("idempotency_key")) lists.push(list("taken_keys", "taken_keys"));
  return lists.join(", ");
}
