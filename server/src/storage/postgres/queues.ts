/** The queues as one merchant sees them. No index on jobs names the merchant, since every job would pay for it: a merchant's lanes are known. */
import { QUEUE_COUNTED_MAX, QUEUE_RATE_SAMPLE, QUEUE_RATE_WINDOW_MS } from "../../core/constants.ts";
import { deadLetterKinds, parkedWork } from "../../core/dead-letters.ts";
import { endedIn } from "../../core/events.ts";
import type { Ms, Scope } from "../../core/model.ts";
import type { QueueState } from "../../core/ports/reads.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import type { Query } from "./lists.ts";

/** One statement for each of depth, dead letters and rate. Throws `StoreUnavailable`. */
export async function queuesOf(query: Query, { merchantId, mode }: Scope, now: Ms): Promise<readonly QueueState[]> {
  const scope = [merchantId, mode] as const;
  const since = now - QUEUE_RATE_WINDOW_MS;
  const types = [endedIn["payment-queue"], endedIn["refund-queue"]];
  const [depths, dead, rates] = await Promise.all([
    query("queue_depths", depthText, [...scope, QUEUE_NAMES, now, QUEUE_COUNTED_MAX + 1]),
    query("queue_dead_letters", deadText, [...scope, QUEUE_NAMES, QUEUE_COUNTED_MAX + 1, deadLetterKinds]),
    query("queue_rates", rateText, [...scope, since, QUEUE_RATE_SAMPLE, ...types]),
  ]);
  return QUEUE_NAMES.map((queue): QueueState => {
    const of = (rows: readonly Readonly<Record<string, unknown>>[]) => rows.find((row) => row.queue === queue)!;
    const [depth, { letters }, rate] = [of(depths), of(dead) as { letters: number }, of(rates)];
    const [due, scheduled, leased] = [depth.due, depth.scheduled, depth.leased] as number[];
    return {
      queue: queue as QueueName,
      due: due!,
      scheduled: scheduled!,
      leased: leased!,
      isCapped: due! + scheduled! + leased! > QUEUE_COUNTED_MAX || letters > QUEUE_COUNTED_MAX,
      oldestDueAt: depth.oldest_due_at as Ms | null,
      deadLetters: letters,
      finished: rate.finished as number,
      finishedSince: rate.since as Ms,
    };
  });
}

/** All lanes that jobs of this merchant wait in; see `lane` of the jobs that `core/change` makes and moves. */
const lanes = `
lanes(queue, lane) as materialized (
  select q.queue, l.lane from unnest(array['payment-queue', 'refund-queue']) q(queue)
    cross join (select $1::text collate "C" as lane
      union select unnest(array[a.id, a.id || ' throttled']) from connector_accounts a where a.merchant_id = $1 and a.mode = $2) l
  union
  select 'webhook-queue', unnest(array[e.id, e.id || ' waiting']) from (
    select unnest(w.id || w.predecessors) as id from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2) e
)`;

/** Over the index `(queue, lane, run_at)`, the earliest of each lane first. The lane of a merchant is that of both modes. */
const depthText = `
with ${lanes}
select q.queue,
  count(j.at) filter (where j.at <= to_timestamp($4::float8 / 1000)) as due,
  count(j.at) filter (where j.at > to_timestamp($4::float8 / 1000) and j.lease_token is null) as scheduled,
  count(j.at) filter (where j.at > to_timestamp($4::float8 / 1000) and j.lease_token is not null) as leased,
  (select min(first.run_at) from lanes l cross join lateral (select run_at from jobs
    where queue = l.queue and lane = l.lane and run_at <= to_timestamp($4::float8 / 1000) and merchant_id = $1 and mode = $2
    order by run_at limit 1) first where l.queue = q.queue) as oldest_due_at
from unnest($3::text[]) q(queue)
left join lateral (
  select one.run_at as at, one.lease_token from lanes l cross join lateral (select run_at, lease_token from jobs
    where queue = l.queue and lane = l.lane and merchant_id = $1 and mode = $2 order by run_at limit $5::int) one
  where l.queue = q.queue limit $5::int
) j on true
group by q.queue`;

const deadText = `
with failing as materialized (
  select coalesce(t.evidence -> 'job' ->> 'queue', '${parkedWork.queue}') as queue from cases t
  where t.merchant_id = $1 and t.mode = $2 and t.status = 'open' and t.kind = any($5::text[]) limit $4::int
), failed as materialized (
  select from deliveries t
  where (t.merchant_id || t.mode) collate "C" = $1::text || $2::text and t.listed_status = 'failed' limit $4::int
)
select q.queue, (select count(*) from failing f where f.queue = q.queue)
  + case when q.queue = 'webhook-queue' then (select count(*) from failed) else 0 end as letters
from unnest($3::text[]) q(queue)`;

/** If the newest rows do not reach back so far, the time that they cover counts. */
const rateText = `
with told as materialized (
  select t.type, t.created_at from events t
  where (t.merchant_id || t.mode) collate "C" = $1::text || $2::text order by t.committed desc, t.id desc limit $4::int
), owed as materialized (
  select t.finished_at, t.created_at from deliveries t
  where (t.merchant_id || t.mode) collate "C" = $1::text || $2::text order by t.committed desc, t.id desc limit $4::int
), began(told, owed) as (
  select greatest(to_timestamp($3::float8 / 1000), (select case when count(*) = $4::int then min(created_at) end from told)),
    greatest(to_timestamp($3::float8 / 1000), (select case when count(*) = $4::int then min(created_at) end from owed))
)
select 'payment-queue' as queue, (select count(*) from told t where t.type = any($5::text[]) and t.created_at >= b.told) as finished, b.told as since from began b
union all
select 'refund-queue', (select count(*) from told t where t.type = any($6::text[]) and t.created_at >= b.told), b.told from began b
union all
select 'webhook-queue', (select count(*) from owed t where t.finished_at >= b.owed), b.owed from began b`;
