/** Writing the schedule: jobs inserted, moved and ended, as guards and beside them. */
import type { Change, JobMove } from "../../../core/change.ts";
import type { Job } from "../../../core/model.ts";
import { valueOf, type Input } from "../arrays.ts";
import type { Table } from "../../tables.ts";
import { allowed, applied, indexInput, inputsOf, nothing, scopeInputs, section, type Entry, type Section } from "./section.ts";

export function jobInsert(table: Table<Job>): Section {
  return section<Job>({
    name: "jobs_insert",
    rowsOf: (change) => change.jobs?.insert ?? nothing,
    inputs: inputsOf(table.columns),
    sql: (from) => `
jobs_insert as (insert into jobs (${table.columns.map((column) => column.name).join(", ")})
  select ${table.columns.map(valueOf).join(", ")} from ${from} where ${applied}
  on conflict do nothing)`,
  });
}

/** Moves beside a guard. The one that *is* the guard is in `movedJobGuard`. */
export function jobMoves(): Section {
  return section<JobMove>({
    name: "jobs_move",
    rowsOf: (change) => change.jobs?.move?.filter((move) => move !== guardMove(change)) ?? nothing,
    inputs: moveInputs((entry) => entry.row.token),
    sql: (from) => `
jobs_move as (${move(from, applied)})`,
  });
}

interface Ended {
  readonly id: string;
  readonly token: string | null;
}

export function jobRemoves(): Section {
  return section<Ended>({
    name: "jobs_remove",
    rowsOf: removes,
    inputs: endInputs,
    sql: (from) => `
jobs_remove as (${end(from, applied)})`,
  });
}

/** Guard: the job with this token, which ends. */
export const endedJobGuard: Section<Ended> = {
  name: "jobs_end_guard",
  rowsOf: (change) => (movesRow(change) || !change.job || guardMove(change) ? nothing : [change.job]),
  get inputs() {
    return endInputs;
  },
  sql: (from, has) => end(from, allowed(has)),
};

/** Guard: the job with this token, which moves. */
export const movedJobGuard: Section<JobMove> = {
  name: "jobs_move_guard",
  rowsOf: (change) => {
    const own = guardMove(change);
    return own ? [own] : nothing;
  },
  get inputs() {
    return moveInputs((entry) => entry.change.job?.token);
  },
  sql: (from, has) => move(from, allowed(has)),
};

/**
 * A change that a job guards beside a payment or a delivery. Only locks: the job is then ended or moved with everything else, and a
 * job that lost its token leaves that row as it was. Rows are locked before jobs everywhere, so that nobody waits in a circle.
 */
export const pairedJob: Section = section<Ended>({
  name: "paired_job",
  rowsOf: (change) => (movesRow(change) && change.job ? [change.job] : nothing),
  get inputs() {
    return endInputs;
  },
  sql: (from, has) => `
paired_job_rows as materialized (select * from ${from} where r.i is not null),
paired_job_won as materialized (${lockJob("paired_job_rows as r")} and r.i in (${lockedRows(has)}) for update of t)`,
});

/** What a job may stand beside, as far as the statement has it. */
function lockedRows(has: (name: string) => boolean): string {
  const lists = ["payment_guard", "delivery_guard", "case_guard"].filter(has).map((name) => `select i from ${name}_locked`);
  return lists.join(" union all ");
}

/** Locks the guarding job before anything is written. */
export function lockJob(from: string): string {
  return `select r.i from ${from} join jobs t on ${same} where t.lease_token = r.token`;
}

/** Every job a change touches; two changes of a batch must not share one. */
export function jobIdsOf(change: Change): string[] {
  const ids = new Set<string>();
  if (change.job) ids.add(change.job.id);
  for (const each of change.jobs?.move ?? nothing) ids.add(each.id);
  for (const id of change.jobs?.remove ?? nothing) ids.add(id);
  return [...ids];
}

function guardMove(change: Change): JobMove | undefined {
  const { job } = change;
  return job && !movesRow(change) ? change.jobs?.move?.find((each) => each.id === job.id) : undefined;
}

/** The guard is a row that the change moves; its job then stands beside. */
function movesRow(change: Change): boolean {
  return change.payment !== undefined || change.delivery !== undefined || change.case !== undefined;
}

/** Beside such a row the guarding job is one more to end. */
function removes(change: Change): readonly Ended[] {
  const ids = change.jobs?.remove?.map((id) => ({ id, token: null })) ?? nothing;
  const { job } = change;
  if (!movesRow(change) || !job || change.jobs?.move?.some((each) => each.id === job.id)) return ids;
  return [...ids.filter((each) => each.id !== job.id), job];
}

const runAt = valueOf({ name: "run_at", kind: "time" });
const same = "t.id = r.id and t.merchant_id = r.merchant_id and t.mode = r.mode";

const endInputs: readonly Input<Entry<Ended>>[] = [
  indexInput(),
  ...scopeInputs<Ended>(),
  { name: "id", kind: "text", of: (entry) => entry.row.id },
  { name: "token", kind: "text", of: (entry) => entry.row.token },
];

function moveInputs(tokenOf: (entry: Entry<JobMove>) => string | undefined): readonly Input<Entry<JobMove>>[] {
  return [
    indexInput(),
    ...scopeInputs<JobMove>(),
    { name: "id", kind: "text", of: (entry) => entry.row.id },
    { name: "token", kind: "text", of: tokenOf },
    { name: "kind", kind: "text", of: (entry) => entry.row.kind },
    { name: "sets_attempt", kind: "bool", of: (entry) => entry.row.attemptId !== undefined },
    { name: "attempt_id", kind: "text", of: (entry) => entry.row.attemptId },
    { name: "lane", kind: "text", of: (entry) => entry.row.lane },
    { name: "run_at", kind: "time", of: (entry) => entry.row.runAt },
    { name: "tries", kind: "int", of: (entry) => entry.row.tries },
    { name: "sets_deadline", kind: "bool", of: (entry) => entry.row.deadlineAt !== undefined },
    { name: "deadline_at", kind: "time", of: (entry) => entry.row.deadlineAt },
    { name: "release", kind: "bool", of: (entry) => entry.row.release },
  ];
}

function end(from: string, condition: string): string {
  return `delete from jobs t using ${from} where ${condition} and ${same} and (r.token is null or t.lease_token = r.token) returning r.i`;
}

function move(from: string, condition: string): string {
  return `update jobs t set kind = coalesce(r.kind, t.kind), lane = coalesce(r.lane, t.lane), run_at = coalesce(${runAt}, t.run_at),
    attempt_id = case when r.sets_attempt then r.attempt_id else t.attempt_id end, tries = coalesce(r.tries, t.tries),
    deadline_at = case when r.sets_deadline then ${valueOf({ name: "deadline_at", kind: "time" })} else t.deadline_at end,
    lease_token = case when not r.release then t.lease_token end, hinted_until = null
  from ${from} where ${condition} and ${same} and (r.token is null or coalesce(t.lease_token, '') = r.token) returning r.i`;
}
