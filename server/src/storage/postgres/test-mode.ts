/** What only test mode asks: how many jobs there are in which state, how far its clock was advanced, and whether there are live keys or accounts. */
import { FIGURES_COUNTED_MAX } from "../../core/constants.ts";
import type { Ms } from "../../core/model.ts";
import { attemptIsOpen, attemptMachine, type AttemptStatus } from "../../core/states.ts";
import type { JobCounts, TestStorage } from "../../core/ports/test-mode.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { withFailures, type Database } from "./connect.ts";

export function testModeOf(database: Database): TestStorage {
  const { query } = withFailures(database);
  const ask = async (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name: `test_${name}`, text: texts[name] }, values);
  return {
    jobs: async (now) => {
      const rows = await ask("jobs", QUEUE_NAMES, now, FIGURES_COUNTED_MAX);
      const counts = rows.map(({ queue, ...row }) => [queue, row] as unknown as [QueueName, JobCounts]);
      return Object.fromEntries(counts) as Record<QueueName, JobCounts>;
    },
    ahead: async () => ((await ask("ahead"))[0]?.ahead_ms as Ms | undefined) ?? 0,
    advance: async (ms, most) => ((await ask("advance", ms, most))[0]?.ahead_ms as Ms | undefined) ?? null,
    hasLiveKeys: async () => (await ask("live_keys"))[0]!.found as boolean,
  };
}

const closed = Object.keys(attemptMachine.states)
  .filter((status) => !attemptIsOpen(status as AttemptStatus))
  .map((status) => `'${status}'`)
  .join(", ");

/** Rows of a queue that was emptied: its jobs are removed as they end, and what they did stays. */
const texts = {
  jobs: `
select q.queue,
  (select count(*) from (select from jobs j where j.queue = q.queue and j.kind <> 'expire'
    and (j.lease_token is null or j.run_at <= to_timestamp($2::float8 / 1000)) limit $3::int) t) as pending,
  (select count(*) from (select from jobs j where j.queue = q.queue
    and j.lease_token is not null and j.run_at > to_timestamp($2::float8 / 1000) limit $3::int) t) as processing,
  case q.queue
    when 'webhook-queue' then (select count(*) from (select from deliveries d where d.status = 'succeeded' limit $3::int) t)
    else (select count(*) from (select from attempts a where a.status in (${closed}) and (a.operation = 'refund') = (q.queue = 'refund-queue') limit $3::int) t)
  end as completed,
  (select count(*) from (select from cases c join jobs j on j.id = c.subject and j.merchant_id = c.merchant_id and j.mode = c.mode
    where c.status = 'open' and c.kind = 'dead_job' and j.queue = q.queue limit $3::int) t)
  + case q.queue when 'webhook-queue' then (select count(*) from (select from deliveries d where d.listed_status = 'failed' limit $3::int) t) else 0 end
    as failed
from unnest($1::text[]) q(queue)`,
  ahead: "select ahead_ms from test_clock where id = 1",
  advance: `insert into test_clock (id, ahead_ms) values (1, $1::bigint)
    on conflict (id) do update set ahead_ms = test_clock.ahead_ms + excluded.ahead_ms
      where test_clock.ahead_ms + excluded.ahead_ms <= $2::bigint returning ahead_ms`,
  live_keys: `select exists (select from api_keys where mode = 'live' and revoked_at is null)
    or exists (select from connector_accounts where mode = 'live' and status = 'enabled') as found`,
};
