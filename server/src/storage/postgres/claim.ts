import { CLOCK_PULL_WITHIN_MS, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Job, Ms } from "../../core/model.ts";
import { ENGINE_TOKEN } from "../../core/engines.ts";
import type { Claimed, ClaimWish, Store } from "../../core/ports/store.ts";
import { batcher } from "./batcher.ts";
import type { Database } from "./connect.ts";
import { jobs } from "../tables.ts";

/** A claim looks at no more lanes than this: 15 us each, so a walk stays within milliseconds; the next claim goes on from there. */
const LANES_PER_WALK = 256;

/** What the store does with the times and leases of jobs. Throws `StoreUnavailable` through `Database`. */
export function schedule(
  database: Database,
): Pick<Store, "claim" | "relay" | "giveBack" | "take" | "takeBrought" | "pullJobs" | "wakeJobs" | "hurryJobs"> {
  const ask = (name: keyof typeof texts, ...values: readonly unknown[]) => database.query({ name, text: texts[name] }, values);
  const walk = async (name: "claim" | "relay", wish: Omit<ClaimWish, "token">, token: string): Promise<Claimed> => {
    const { queue, now, leaseUntil, limit, perLane, room, cursor } = wish;
    const busy = [[...room.keys()], [...room.values()]];
    const rows = await ask(name, queue, cursor, LANES_PER_WALK, now, limit, perLane, ...busy, token, leaseUntil);
    const claimed = rows
      .filter((row) => row.id !== null)
      .sort((a, b) => (a.step as number) - (b.step as number) || (a.due as number) - (b.due as number));
    // After the last lane that got something where the claim is full, else where the walk ended.
    const end = claimed.length < limit ? rows[0]?.walked_to : claimed.at(-1)!.lane;
    return { jobs: claimed.map(jobs.rowOf), cursor: (end as string | null | undefined) ?? cursor };
  };
  const takeBrought = batcher<Taking, Job | null>({ run: (items) => takeAll(ask, items), keysOf: ({ jobId }) => [jobId] });
  return {
    claim: (wish) => walk("claim", wish, wish.token),
    relay: (wish) => walk("relay", wish, ENGINE_TOKEN),
    giveBack: async (ids, at) => void (await ask("give_back", ids, at, ENGINE_TOKEN)),
    // A lease has moved the job's time, so nobody holds a job that is due.
    take: async (jobId, now, leaseUntil, token) => {
      const [row] = await ask("take", jobId, now, leaseUntil, token, ENGINE_TOKEN);
      return row ? jobs.rowOf(row) : null;
    },
    takeBrought: (jobId, now, leaseUntil, token) => takeBrought({ jobId, now, leaseUntil, token }),
    pullJobs: async (now, byMs) => (await ask("pull_jobs", now, byMs, MONEY_LEASE_MS, CLOCK_PULL_WITHIN_MS))[0]!.pulled as number,
    wakeJobs: async (lanes, { to, now, limit }) => (await ask("wake_jobs", lanes, to, now, limit))[0]!.woken as number,
    hurryJobs: async (lane, { kinds, beyond, from, gapMs, limit }) =>
      (await ask("hurry_jobs", lane, kinds, beyond, from, gapMs, limit))[0]!.hurried as number,
  };
}

interface Taking {
  readonly jobId: string;
  readonly now: Ms;
  readonly leaseUntil: Ms;
  readonly token: string;
}

type Ask = (name: keyof typeof texts, ...values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

/** One statement for all that an engine brings at a time: one each would cost more than the work of the engine. */
async function takeAll(ask: Ask, items: readonly Taking[]): Promise<readonly (Job | null)[]> {
  const column = (name: keyof Taking) => items.map((item) => item[name]);
  const rows = await ask("take_brought", column("jobId"), column("now"), column("leaseUntil"), column("token"), ENGINE_TOKEN);
  const taken = new Map(rows.map(jobs.rowOf).map((job) => [job.id, job]));
  return items.map(({ jobId }) => taken.get(jobId) ?? null);
}

/**
 * The oldest of so many that wait: sorting 100,000 takes some 100 ms. A longer lane is woken in the same time per job, and in the order
 * of creation as far as one look reaches.
 */
const WAKE_WINDOW = 100_000;

/**
 * The walk hops from lane to lane over the index `(queue, lane, run_at)`, from the cursor round to the cursor, and asks each lane for
 * its first due rows. One lane with 100,000 due rows costs what one with ten costs. It stops as soon as the limit is reached.
 */
function walkText(sets: string): string {
  return `
with recursive walk(lane, wrapped, step) as (
  select $2::text collate "C", false, 0
  union all
  select coalesce(up.lane, low.lane), w.wrapped or up.lane is null, w.step + 1
  from walk w
  left join lateral (select j.lane from jobs j where j.queue = $1 and j.lane > w.lane order by j.lane limit 1) up on true
  left join lateral (select j.lane from jobs j where j.queue = $1 and not w.wrapped and up.lane is null order by j.lane limit 1) low on true
  where w.step < $3::int and coalesce(up.lane, low.lane) is not null
    and not ((w.wrapped or up.lane is null) and coalesce(up.lane, low.lane) > $2::text collate "C")
),
due as materialized (
  select d.place, d.run_at, w.step
  from walk w
  left join unnest($7::text[], $8::int[]) as room(lane, free) on room.lane = w.lane
  cross join lateral (
    select j.ctid as place, j.run_at from jobs j
    where j.queue = $1 and j.lane = w.lane and j.run_at <= to_timestamp($4::float8 / 1000)
    order by j.run_at limit least($6::int, coalesce(room.free, $6::int)) for update skip locked
  ) d
  where w.step > 0
  limit $5::int
),
claimed as (
  update jobs t set ${sets}lease_token = $9, run_at = to_timestamp($10::float8 / 1000)
  from due where t.ctid = due.place
  returning due.step, due.run_at as due, ${jobs.select("t")}
)
select e.walked_to, c.*
from (select case when (select count(*) from due) < $5::int then (select lane from walk order by step desc limit 1) end as walked_to) e
left join claimed c on true`;
}

const texts = {
  claim: walkText("tries = t.tries + 1, "),
  relay: walkText(""),

  give_back: `
update jobs set lease_token = null, run_at = to_timestamp($2::float8 / 1000) where id = any($1::text[]) and lease_token = $3`,

  take: `
update jobs t set tries = tries + 1, lease_token = $4, run_at = to_timestamp($3::float8 / 1000)
where t.id = $1 and (t.run_at <= to_timestamp($2::float8 / 1000) or t.lease_token = $5)
returning ${jobs.select("t")}`,

  take_brought: `
with due as materialized (
  select d.place, w.token, w.until
  from unnest($1::text[], $2::int8[], $3::int8[], $4::text[]) as w(id, now, until, token)
  cross join lateral (
    select j.ctid as place from jobs j
    where j.id = w.id and (j.run_at <= to_timestamp(w.now::float8 / 1000) or j.lease_token = $5)
    limit 1 for update skip locked
  ) d
)
update jobs t set tries = t.tries + 1, lease_token = due.token, run_at = to_timestamp(due.until::float8 / 1000)
from due where t.ctid = due.place
returning ${jobs.select("t")}`,

  /** Rows that somebody commits at this moment get their time from that commit. */
  pull_jobs: `
with put_off as materialized (
  select id, merchant_id, mode from jobs
  where run_at > to_timestamp(($1::float8 + case when lease_token is null then 0 else $3::float8 end) / 1000)
    and run_at <= to_timestamp(($1::float8 + $2::float8 + $4::float8) / 1000)
  for update skip locked
), pulled as (
  update jobs t set run_at = greatest(t.run_at - $2::float8 * interval '1 ms', to_timestamp($1::float8 / 1000))
  from put_off p where t.id = p.id and t.merchant_id = p.merchant_id and t.mode = p.mode
  returning t.id
)
select count(*) as pulled from pulled`,

  /** A woken job's creation may be the present millisecond at most, so that it is not found a second time. */
  wake_jobs: `
with waiting as materialized (
  select j.ctid as place, j.created_at from jobs j
  where j.queue = 'webhook-queue' and j.lane = any($1::text[]) and j.run_at > to_timestamp($3::float8 / 1000) and j.lease_token is null
  limit ${WAKE_WINDOW}
), oldest as materialized (
  select j.ctid as place from jobs j
  where j.ctid = any(array(select place from waiting order by created_at limit $4::int))
    and j.run_at > to_timestamp($3::float8 / 1000) and j.lease_token is null
  for update skip locked
), woken as (
  update jobs t set lane = $2, run_at = least(t.created_at, to_timestamp($3::float8 / 1000)) from oldest o where t.ctid = o.place
  returning t.id
)
select count(*) as woken from woken`,

  hurry_jobs: `
with waiting as materialized (
  select w.place, w.run_at from unnest(array['payment-queue', 'refund-queue']) as q(queue)
  cross join lateral (
    select j.ctid as place, j.run_at from jobs j
    where j.queue = q.queue and j.lane = $1 and j.run_at > to_timestamp($3::float8 / 1000)
      and j.lease_token is null and j.kind = any($2::text[])
    order by j.run_at limit $6::int for update skip locked
  ) w
), hurried as (
  update jobs t set run_at = least(t.run_at, to_timestamp(($4::float8 + w.n * $5::float8) / 1000))
  from (select place, row_number() over (order by run_at) - 1 as n from waiting) w where t.ctid = w.place
  returning t.id
)
select count(*) as hurried from hurried`,
};
