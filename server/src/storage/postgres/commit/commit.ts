import type { Change, CommitResult } from "../../../core/change.ts";
import { parametersOf, selected, unnested, valuesOf } from "../arrays.ts";
import { batcher } from "../batcher.ts";
import type { Database, Statement } from "../connect.ts";
import { indexes, isLinkFull } from "../create.ts";
import { brokenConstraint, sqlState } from "../failures.ts";
import { leaseless, lostLeases, movedRow, pairedJob } from "./jobs.ts";
import { holds, type Entry, type Guard, type Has, type Section } from "./section.ts";
import { guards, sections, takenKeys, takeOrders, uniqueKeys } from "./sections.ts";

/** Writes changes, each whole or not at all, many in one statement. Throws `StoreUnavailable`, or an Error that names the constraint. @param inArrays see `PostgresOptions` */
export function committer(database: Database, inArrays = false): (change: Change) => Promise<CommitResult> {
  return batcher<Change, CommitResult>({ run: (changes) => commitAll(database, changes, inArrays), keysOf });
}

function keysOf(change: Change): string[] {
  const { idempotency, takeOrder, job, jobs } = change;
  const keys = [...(jobs?.move ?? []).map((move) => move.id), ...(jobs?.remove ?? [])];
  const moved = movedRow(change);
  if (moved) keys.push(moved.before.id);
  if (job) keys.push(job.id);
  if (idempotency) keys.push(idempotency.requestId);
  if (takeOrder !== undefined) keys.push(`${change.merchantId} ${takeOrder}`);
  return keys;
}

async function commitAll(database: Database, changes: readonly Change[], inArrays: boolean): Promise<CommitResult[]> {
  changes.forEach(refuseImpossible);
  const { statement, values, isHopeful } = batchStatement(changes, { inArrays });
  const run = () => database.query(statement, values);
  const [row] = await run().catch((error: unknown) => {
    // A lease was lost, so nothing was written. Now each is looked at before.
    if (isHopeful && sqlState(error) === LEASE_LOST) return lockAndCommit(database, changes, inArrays);
    if (changes.length === 1 && isLinkFull(error)) return [];
    // Another process took the order in between: now it is seen. In a batch the others come with it, so that runs singly first.
    if (changes.length === 1 && brokenConstraint(error) === "live_payments_pkey") return run();
    throw error;
  });
  return row === undefined ? ["link_full"] : changes.map(resultsIn(row));
}

function lockAndCommit(database: Database, changes: readonly Change[], inArrays: boolean) {
  const { statement, values } = batchStatement(changes, { locks: true, inArrays });
  return database.query(statement, values);
}

function refuseImpossible(change: Change): void {
  if ([change.payment, change.delivery, change.case].filter((move) => move !== undefined).length > 1)
    throw new TypeError("a change moves a payment, a delivery or a case, not two of them");
  if (change.takeOrder !== undefined && !change.payment) throw new TypeError("only a payment takes an order");
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

const parts: readonly Section[] = [...uniqueKeys, pairedJob, ...guards, ...sections, leaseless];

/**
 * Each connection keeps the plan of each named statement as long as it lives, up to 100 kB each. Traffic meets some dozens of
 * combinations; what comes after these is planned anew each time, which costs milliseconds and no memory.
 */
export const PREPARED_MAX = 200;

const known = new Map<number, Statement>();

export interface Batch {
  readonly statement: Statement;
  readonly values: readonly (string | null)[];
  /** It locks nothing before it writes, and breaks as a whole (`LEASE_LOST`) where a lease was lost. */
  readonly isHopeful: boolean;
}

/** What `lostLeases` breaks with: its cast to a number. */
const LEASE_LOST = "22P02";

/**
 * Where each change moves a row, some hold a lease as well, and nothing else is to be won, leases are as good as never lost: then no lock is taken
 * before the writes, which saves a pass over both tables. Throws `Unsendable` where a row cannot be written.
 * @param locks locks are taken in any case @param inArrays see `PostgresOptions`
 */
export function batchStatement(changes: readonly Change[], { locks = false, inArrays = false } = {}): Batch {
  const isHopeful = !locks && changes.every(movesOnly) && changes.some(({ job }) => job !== undefined);
  const numbered = lockOrder(changes);
  const used: Used[] = [];
  // Bit by bit which parts are in it: that names the statement. Thirty parts fit into a number with room.
  let bits = 0;
  parts.forEach((part, bit) => {
    if (part === (isHopeful ? pairedJob : leaseless)) return;
    const entries: Entry<unknown>[] = [];
    for (const { i, change } of numbered) part.rowsOf(change)?.forEach((row) => entries.push({ i, change, row }));
    if (entries.length === 0) return;
    used.push({ part, entries });
    bits += 2 ** bit;
  });
  const form = { isHopeful, isLone: !inArrays && used.every(({ entries }) => entries.length === 1) };
  if (isHopeful) bits += 2 ** parts.length;
  if (form.isLone) bits += 2 ** (parts.length + 1);
  const values = used.flatMap(({ part, entries }) =>
    form.isLone ? valuesOf(part.inputs, entries[0]!) : parametersOf(part.inputs, entries),
  );
  return { statement: known.get(bits) ?? prepared(bits, used, form), values, isHopeful };
}

interface Used {
  readonly part: Section;
  readonly entries: readonly Entry<unknown>[];
}

interface Form {
  /** See `Batch`. */
  readonly isHopeful: boolean;
  /** Each part has one row, which travels as it is, and not in arrays. */
  readonly isLone: boolean;
}

/** Whether its own row is all that it must win, beside a lease. */
function movesOnly(change: Change): boolean {
  return movedRow(change) !== undefined && uniqueKeys.every((key) => (key.rowsOf(change) ?? []).length === 0);
}

/** Every process locks payments, deliveries and jobs in the order of their ids, so that two batches seldom wait for each other in a circle. */
function lockOrder(changes: readonly Change[]) {
  const numbered = changes.map((change, i) => ({ i, change, id: movedRow(change)?.before.id ?? change.job?.id ?? "" }));
  return numbered.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function prepared(bits: number, used: readonly Used[], form: Form): Statement {
  const isFull = known.size >= PREPARED_MAX;
  const text = compose(
    used.map(({ part }) => part),
    form,
  );
  const statement = { name: isFull ? "" : `commit_${bits.toString(36)}`, text };
  if (!isFull) known.set(bits, statement);
  return statement;
}

/** The text of the statement that has these parts, as it is sent. Parts are named in `sections.ts` and `jobs.ts`. */
export function textOf(names: readonly string[], form: Form): string {
  return compose(
    parts.filter((part) => names.includes(part.name)),
    form,
  );
}

function compose(used: readonly Section[], { isHopeful, isLone }: Form): string {
  const names = new Set(used.map((part) => part.name));
  const has: Has = (name) => names.has(name);
  const won = used.filter((part) => uniqueKeys.includes(part));
  const guarding = guards.filter((guard) => has(guard.name));
  const paired = has(pairedJob.name);
  const locking = won.length > 0 || paired;
  if (locking) names.add("locks");
  const refusable = has("order_key") && has("idempotency_key");

  // By its name, where each part reads its rows.
  const rows = new Map<string, string>();
  let parameter = 1;
  for (const { name, inputs } of used) {
    rows.set(name, isLone ? selected(inputs, parameter) : unnested(inputs, parameter));
    parameter += inputs.length;
  }
  // With locks the rows of a guard are read twice, so they are taken apart once.
  const guarded = (guard: Guard): string => (locking ? `${guard.name}_rows as r` : rows.get(guard.name)!);
  const sql = (part: Section): string => part.sql(rows.get(part.name)!, has);
  const anyOf = (suffix: string): string => guarding.map((guard) => `select i from ${guard.name}${suffix}`).join(" union all ");
  const ctes: string[] = [];
  if (locking) {
    // Before anything is won a guard must hold and stay so: its row or its job is locked.
    for (const guard of guarding) {
      ctes.push(`${guard.name}_rows as materialized (select * from ${rows.get(guard.name)!} where r.i is not null)`);
      ctes.push(`${guard.name}_locked as materialized (${guard.lock(guarded(guard))})`);
    }
    if (paired) ctes.push(sql(pairedJob).trim());
    ctes.push(
      `candidates(i) as materialized (select i from (${anyOf("_locked")}) as locked where true ${paired ? holds(pairedJob.name) : ""})`,
      ...won.map((part) => sql(part).trim()),
      `allowed as materialized (select i from candidates where true ${won.map((part) => holds(part.name)).join(" ")})`,
    );
  }
  if (refusable) ctes.push(takenKeys);
  for (const guard of guarding) ctes.push(`${guard.name} as (${guard.sql(guarded(guard), has)})`);
  ctes.push(`g(i) as materialized (${anyOf("")})`);
  if (has("order_key")) ctes.push(takeOrders);
  for (const part of used) if (sections.includes(part)) ctes.push(`${part.name} as (${sql(part)})`);

  // Lists of `i`: written, guarded, and won of each key.
  const lists = [listed("g", "applied")];
  if (locking) lists.push(listed("candidates", "candidates"));
  for (const { name } of won) lists.push(listed(`${name}_won`, name));
  if (isHopeful) lists.push(lostLeases(has, rows.get(leaseless.name)));
  if (refusable) lists.push(listed("taken_keys", "taken_keys"));
  return `with ${ctes.join(",\n")}\nselect ${lists.join(", ")}`;
}

function listed(cte: string, name: string): string {
  return `(select string_agg(i::text, ',') from ${cte}) as ${name}`;
}
