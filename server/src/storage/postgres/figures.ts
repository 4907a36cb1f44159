/** What only the database knows of the work that waits: for the figures of `/metrics`. Every count is bounded. */
import { FIGURES_COUNTED_MAX } from "../../core/constants.ts";
import type { Ms } from "../../core/model.ts";
import type { TableFigures } from "../../core/ports/figures.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { withFailures, type Database } from "./connect.ts";
import { oldestSnapshot } from "./lookups.ts";

/** Over the pool of the lists: figures may be slow, and must not hold up a payment. Throws `StoreUnavailable`. */
export async function figures(database: Database, now: Ms): Promise<TableFigures> {
  const { query } = withFailures(database);
  const [queues, cases, dead, breaks, checked, snapshot, upkeep] = await Promise.all([
    query(queueFigures, [QUEUE_NAMES, LANES_LOOKED_AT, now, FIGURES_COUNTED_MAX]),
    query(caseFigures, [FIGURES_COUNTED_MAX]),
    query(deadFigure, [FIGURES_COUNTED_MAX]),
    query(breakFigures, [FIGURES_COUNTED_MAX]),
    query(checkedFigure, []),
    oldestSnapshot(database),
    query(upkeepFigures, []),
  ]);
  return {
    queues: queues.map((row) => ({
      queue: row.queue as QueueName,
      jobs: row.jobs as number,
      due: row.due as number,
      oldestDueAt: row.oldest_due_at as Ms | null,
    })),
    openCases: Object.fromEntries(cases.map((row) => [row.kind as string, row.open as number])),
    deadMessages: Number(dead[0]!.open),
    brokenInvariants: Object.fromEntries(breaks.map((row) => [row.invariant as string, row.breaks as number])),
    invariantsCheckedAt: (checked[0]?.at ?? null) as Ms | null,
    oldestSnapshotMs: snapshot?.ageMs ?? null,
    workerSeenAt: (upkeep[0]?.worker_at ?? null) as Ms | null,
    analyticsTurnAt: (upkeep[0]?.analytics_at ?? null) as Ms | null,
  };
}

/** As many lanes as a claim walks: with more, their due jobs are counted in part. */
const LANES_LOOKED_AT = 256;

/** The walk from lane to lane is that of a claim: due jobs are found by the index `(queue, lane, run_at)`, however many wait for later. */
const queueFigures = {
  name: "queue_figures",
  text: `
with recursive walk(queue, lane, step) as (
  select q.queue collate "C", '' collate "C", 0 from unnest($1::text[]) q(queue)
  union all
  select w.queue, up.lane, w.step + 1 from walk w
  cross join lateral (select j.lane from jobs j where j.queue = w.queue and j.lane > w.lane order by j.lane limit 1) up
  where w.step < $2::int
)
select q.queue,
  (select count(*) from (select from jobs j where j.queue = q.queue limit $4::int) t) as jobs,
  (select count(*) from (
    select from walk w cross join lateral
      (select from jobs j where j.queue = w.queue and j.lane = w.lane and j.run_at <= to_timestamp($3::float8 / 1000) order by j.run_at limit $4::int) d
    where w.queue = q.queue and w.step > 0 limit $4::int) t) as due,
  (select min(first.run_at) from walk w cross join lateral
    (select j.run_at from jobs j where j.queue = w.queue and j.lane = w.lane order by j.run_at limit 1) first
    where w.queue = q.queue and w.step > 0 and first.run_at <= to_timestamp($3::float8 / 1000)) as oldest_due_at
from unnest($1::text[]) q(queue)`,
};

const caseFigures = {
  name: "case_figures",
  text: "select t.kind, count(*) as open from (select kind from cases where status = 'open' limit $1::int) t group by t.kind",
};

const deadFigure = {
  name: "dead_figure",
  text: "select count(*) as open from (select from dead_messages where status = 'open' limit $1::int) t",
};

/** What the settlement sweeps found is shown by the cases of their kinds. */
const breakFigures = {
  name: "break_figures",
  text: "select t.invariant, count(*) as breaks from (select invariant from invariant_breaks limit $1::int) t group by t.invariant",
};

/** When a look ended, not when it began: one that fails each time is not one that was made. */
const checkedFigure = {
  name: "checked_figure",
  text: "select min(last_run_at) as at from invariant_checks",
};

/** Processes are a few rows; turns have an index. A scope that has never had its turn has it within a minute. */
const upkeepFigures = {
  name: "upkeep_figures",
  text: `select (select max(seen_at) from processes where role <> 'api') as worker_at,
  (select min(turn_at) from analytics_marks where turn_at > '-infinity') as analytics_at`,
};
