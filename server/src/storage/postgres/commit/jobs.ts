/** Writing the schedule: jobs moved and ended, as guards and beside them. */
import type { Change, JobMove } from "../../../core/change.ts";
import { valueOf } from "../arrays.ts";
import { allowed, applied, indexInput, inputsOf, one, type Entry, type Guard, type Has, type Section } from "./section.ts";

/** The row that the change moves: it is the guard, and the change's job stands beside. */
export function movedRow(change: Change): Change["payment"] | Change["delivery"] | Change["case"] {
  return change.payment ?? change.delivery ?? change.case;
}

function guardMove(change: Change): JobMove | undefined {
  const { job } = change;
  return job && !movedRow(change) ? change.jobs?.move?.find((each) => each.id === job.id) : undefined;
}

interface Ended {
  readonly id: string;
  readonly token: string | null;
}

const endInputs = inputsOf<Ended>({
  id: ["text", (entry) => entry.row.id],
  token: ["text", (entry) => entry.row.token],
});

/** Whether this is the job that the change stands or falls with, beside its row. */
const pairs = ({ change, row }: Entry<JobMove>): boolean => movedRow(change) !== undefined && change.job?.id === row.id;

function moveInputs(tokenOf: (entry: Entry<JobMove>) => string | undefined) {
  return inputsOf<JobMove>({
    id: ["text", (entry) => entry.row.id],
    token: ["text", tokenOf],
    kind: ["text", (entry) => entry.row.kind],
    sets_attempt: ["bool", (entry) => entry.row.attemptId !== undefined],
    attempt_id: ["text", (entry) => entry.row.attemptId],
    lane: ["text", (entry) => entry.row.lane],
    run_at: ["time", (entry) => entry.row.runAt],
    tries: ["int", (entry) => entry.row.tries],
    sets_deadline: ["bool", (entry) => entry.row.deadlineAt !== undefined],
    deadline_at: ["time", (entry) => entry.row.deadlineAt],
    release: ["bool", (entry) => entry.row.release],
    pairs: ["bool", pairs],
  });
}

/** Moves beside a guard. The one that *is* the guard is in `movedJobGuard`. */
export const jobMoves: Section<JobMove> = {
  name: "jobs_move",
  rowsOf: (change) => change.jobs?.move?.filter((move) => move !== guardMove(change)),
  inputs: moveInputs((entry) => (pairs(entry) ? entry.change.job!.token : entry.row.token)),
  sql: (from) => move(from, applied),
};

export const jobRemoves: Section<Ended> = {
  name: "jobs_remove",
  rowsOf: removes,
  inputs: endInputs,
  sql: (from) => end(from, applied),
};

/** Guard: the job with this token, which ends. */
export const endedJobGuard: Guard<Ended> = {
  name: "jobs_end_guard",
  rowsOf: (change) => (movedRow(change) || !change.job || guardMove(change) ? undefined : [change.job]),
  inputs: endInputs,
  sql: (from, has) => end(from, allowed(has)),
  lock: (from) => lockJob(from),
};

/** Guard: the job with this token, which moves. */
export const movedJobGuard: Guard<JobMove> = {
  name: "jobs_move_guard",
  rowsOf: (change) => one(guardMove(change)),
  inputs: moveInputs((entry) => entry.change.job?.token),
  sql: (from, has) => move(from, allowed(has)),
  lock: (from) => lockJob(from),
};

/**
 * A change that a job guards beside a payment or a delivery. Only locks: the job is then ended or moved with everything else, and a
 * job that lost its token leaves that row as it was. Rows are locked before jobs everywhere, so that nobody waits in a circle.
 */
export const pairedJob: Section<Ended> = {
  name: "paired_job",
  rowsOf: (change) => (movedRow(change) && change.job ? [change.job] : undefined),
  inputs: endInputs,
  sql: (from, has) => {
    // What a job may stand beside, as far as the statement has it.
    const rows = ["payment_guard", "delivery_guard", "case_guard"].filter(has).map((name) => `select i from ${name}_locked`);
    return `
paired_job_rows as materialized (select * from ${from} where r.i is not null),
paired_job_won as materialized (${lockJob("paired_job_rows as r", ` and r.i in (${rows.join(" union all ")})`)})`;
  },
};

/** Changes that hold no lease, beside those that do: only named, for `lostLeases`. */
export const leaseless: Section<Change> = {
  name: "leaseless",
  rowsOf: (change) => (change.job ? undefined : [change]),
  inputs: [indexInput],
  sql: (from) => `select r.i from ${from}`,
};

/**
 * Breaks the statement if a change was written whose job did not come along: it is not a number. For statements that have nothing but
 * changes of a row, alone or with its job. @param without the rows of `leaseless`, where it is in the statement
 */
export function lostLeases(has: Has, without: string | undefined): string {
  const came = ["jobs_remove", "jobs_move"].filter(has).map((name) => `select i from ${name} where pairs`);
  const others = without === undefined ? "" : ` where i not in (${leaseless.sql(without, has)} where r.i is not null)`;
  return `(select case when came.n <> (select count(*) from g${others}) then ('leases held: ' || came.n)::int end
  from (select count(*) as n from (${came.join(" union all ")}) as jobs) as came) as leases`;
}

/** Beside such a row the guarding job is one more to end. */
function removes(change: Change): readonly Ended[] | undefined {
  const ids = change.jobs?.remove?.map((id) => ({ id, token: null }));
  const { job } = change;
  if (!movedRow(change) || !job || change.jobs?.move?.some((each) => each.id === job.id)) return ids;
  return ids ? [...ids.filter((each) => each.id !== job.id), job] : [job];
}

/**
 * Jobs that end are gone, so whoever counts them while little is due finds next to none; for the planner the whole table is then as near as one row,
 * and it reads all of it for each row of a batch. By `between` there is no order in which it could read all of it: only the look-up is left.
 */
const same = "t.id between r.id and r.id and t.merchant_id = r.merchant_id and t.mode = r.mode";

/** Locks the guarding job before anything is written. */
function lockJob(from: string, beside = ""): string {
  return `select r.i from ${from} join jobs t on ${same} where t.lease_token = r.token${beside} for update of t`;
}

function end(from: string, condition: string): string {
  return `delete from jobs t using ${from} where ${condition} and ${same} and (r.token is null or t.lease_token = r.token)
  returning r.i, r.token is not null as pairs`;
}

function move(from: string, condition: string): string {
  return `update jobs t set kind = coalesce(r.kind, t.kind), lane = coalesce(r.lane, t.lane), run_at = coalesce(${valueOf({ name: "run_at", kind: "time" })}, t.run_at),
    attempt_id = case when r.sets_attempt then r.attempt_id else t.attempt_id end, tries = coalesce(r.tries, t.tries),
    deadline_at = case when r.sets_deadline then ${valueOf({ name: "deadline_at", kind: "time" })} else t.deadline_at end,
    lease_token = case when not r.release then t.lease_token end, hinted_until = null
  from ${from} where ${condition} and ${same} and (r.token is null or coalesce(t.lease_token, '') = r.token)
    and (not r.pairs or t.lease_token = r.token) returning r.i, r.pairs`;
}
