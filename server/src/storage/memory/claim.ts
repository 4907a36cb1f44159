import { CLOCK_PULL_WITHIN_MS, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Job, Ms } from "../../core/model.ts";
import type { Claimed, ClaimWish, Hurry } from "../../core/ports/store.ts";
import type { Tables } from "./tables.ts";

/** Walks the lanes from the cursor on, a few jobs of each, oldest first. */
export function claimIn(tables: Tables, wish: ClaimWish): Claimed {
  const lanes = dueByLane(tables, wish);
  const names = [...lanes.keys()].sort();
  const start = names.findIndex((name) => name > wish.cursor);
  const walk = start <= 0 ? names : [...names.slice(start), ...names.slice(0, start)];
  const jobs: Job[] = [];
  let cursor = wish.cursor;
  for (const lane of walk) {
    if (jobs.length >= wish.limit) break;
    const room = Math.min(wish.perLane, wish.room.get(lane) ?? wish.perLane, wish.limit - jobs.length);
    const due = lanes
      .get(lane)!
      .sort((a, b) => a.runAt - b.runAt || (a.id < b.id ? -1 : 1))
      .slice(0, Math.max(0, room));
    for (const job of due) jobs.push(lease(tables, job, wish.leaseUntil, wish.token));
    cursor = lane;
  }
  return { jobs, cursor };
}

export function overdueIn(tables: Tables, wish: { readonly now: Ms; readonly againAt: Ms; readonly limit: number }): Job[] {
  const late = [...tables.jobs.values()].filter((job) => job.deadlineAt !== null && job.deadlineAt <= wish.now);
  const taken = late.sort((a, b) => a.deadlineAt! - b.deadlineAt!).slice(0, wish.limit);
  for (const job of taken) tables.jobs.set(job.id, { ...job, deadlineAt: wish.againAt });
  return taken;
}

export function pullIn(tables: Tables, now: Ms, byMs: number): number {
  const pulled = [...tables.jobs.values()].filter(
    (job) => job.runAt > now + (job.leaseToken === null ? 0 : MONEY_LEASE_MS) && job.runAt <= now + byMs + CLOCK_PULL_WITHIN_MS,
  );
  for (const job of pulled) tables.jobs.set(job.id, { ...job, runAt: Math.max(now, job.runAt - byMs) });
  return pulled.length;
}

export function wakeIn(
  tables: Tables,
  lanes: readonly string[],
  { to, now, limit }: { readonly to: string; readonly now: Ms; readonly limit: number },
): number {
  const waiting = [...tables.jobs.values()].filter(
    (job) => job.queue === "webhook-queue" && lanes.includes(job.lane) && job.runAt > now && job.leaseToken === null,
  );
  const woken = waiting.sort((a, b) => a.createdAt - b.createdAt).slice(0, limit);
  for (const job of woken) tables.jobs.set(job.id, { ...job, lane: to, runAt: Math.min(job.createdAt, now) });
  return woken.length;
}

export function hurryIn(tables: Tables, lane: string, { kinds, beyond, from, gapMs, limit }: Hurry): number {
  const waiting = [...tables.jobs.values()]
    .filter((job) => job.lane === lane && kinds.includes(job.kind) && job.leaseToken === null && job.runAt > beyond)
    .sort((a, b) => a.runAt - b.runAt);
  const hurried = (["payment-queue", "refund-queue"] as const)
    .flatMap((queue) => waiting.filter((job) => job.queue === queue).slice(0, limit))
    .sort((a, b) => a.runAt - b.runAt);
  hurried.forEach((job, n) => tables.jobs.set(job.id, { ...job, runAt: Math.min(job.runAt, from + n * gapMs) }));
  return hurried.length;
}

function dueByLane(tables: Tables, wish: ClaimWish): Map<string, Job[]> {
  const lanes = new Map<string, Job[]>();
  for (const job of tables.jobs.values()) {
    if (job.queue !== wish.queue || job.runAt > wish.now) continue;
    const lane = lanes.get(job.lane);
    if (lane) lane.push(job);
    else lanes.set(job.lane, [job]);
  }
  return lanes;
}

export function lease(tables: Tables, job: Job, leaseUntil: Ms, token: string): Job {
  const leased = { ...job, tries: job.tries + 1, leaseToken: token, runAt: leaseUntil };
  tables.jobs.set(job.id, leased);
  return leased;
}
