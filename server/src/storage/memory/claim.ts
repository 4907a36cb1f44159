import { CLOCK_PULL_WITHIN_MS, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Job, Ms } from "../../core/model.ts";
import type { Store } from "../../core/ports/store.ts";
import type { Tables } from "./tables.ts";

/** What the store does with the times and leases of jobs. */
export function memorySchedule({ jobs }: Tables): Pick<Store, "claim" | "take" | "overdue" | "pullJobs" | "wakeJobs" | "hurryJobs"> {
  const jobsThat = (wanted: (job: Job) => boolean): Job[] => [...jobs.values()].filter(wanted);
  const set = (job: Job, to: Partial<Job>): Job => {
    const after = { ...job, ...to };
    jobs.set(job.id, after);
    return after;
  };
  const lease = (job: Job, runAt: Ms, leaseToken: string): Job => set(job, { tries: job.tries + 1, leaseToken, runAt });

  return {
    /** Walks the lanes from the cursor on, a few jobs of each, oldest first. */
    claim: async ({ queue, now, leaseUntil, token, limit, perLane, room, cursor }) => {
      const due = jobsThat((job) => job.queue === queue && job.runAt <= now).sort((a, b) => a.runAt - b.runAt || (a.id < b.id ? -1 : 1));
      const lanes = [...new Set(due.map((job) => job.lane))].sort();
      const walk = [...lanes.filter((lane) => lane > cursor), ...lanes.filter((lane) => lane <= cursor)];
      const taken = walk
        .flatMap((lane) => due.filter((job) => job.lane === lane).slice(0, Math.min(perLane, room.get(lane) ?? perLane)))
        .slice(0, limit);
      const end = taken.length < limit ? walk.at(-1) : taken.at(-1)?.lane;
      return { jobs: taken.map((job) => lease(job, leaseUntil, token)), cursor: end ?? cursor };
    },
    take: async (jobId, now, leaseUntil, token) => {
      const job = jobs.get(jobId);
      return job && job.runAt <= now ? lease(job, leaseUntil, token) : null;
    },
    overdue: async (now, againAt, limit) => {
      const late = jobsThat((job) => job.deadlineAt !== null && job.deadlineAt <= now);
      const taken = late.sort((a, b) => a.deadlineAt! - b.deadlineAt!).slice(0, limit);
      for (const job of taken) set(job, { deadlineAt: againAt });
      return taken;
    },
    pullJobs: async (now, byMs) => {
      const pulled = jobsThat(
        (job) => job.runAt > now + (job.leaseToken === null ? 0 : MONEY_LEASE_MS) && job.runAt <= now + byMs + CLOCK_PULL_WITHIN_MS,
      );
      for (const job of pulled) set(job, { runAt: Math.max(now, job.runAt - byMs) });
      return pulled.length;
    },
    wakeJobs: async (lanes, { to, now, limit }) => {
      const waiting = jobsThat(
        (job) => job.queue === "webhook-queue" && lanes.includes(job.lane) && job.runAt > now && job.leaseToken === null,
      );
      const woken = waiting.sort((a, b) => a.createdAt - b.createdAt).slice(0, limit);
      for (const job of woken) set(job, { lane: to, runAt: Math.min(job.createdAt, now) });
      return woken.length;
    },
    hurryJobs: async (lane, { kinds, beyond, from, gapMs, limit }) => {
      const waiting = jobsThat((job) => job.lane === lane && kinds.includes(job.kind) && job.leaseToken === null && job.runAt > beyond);
      waiting.sort((a, b) => a.runAt - b.runAt);
      const hurried = (["payment-queue", "refund-queue"] as const)
        .flatMap((queue) => waiting.filter((job) => job.queue === queue).slice(0, limit))
        .sort((a, b) => a.runAt - b.runAt);
      hurried.forEach((job, n) => set(job, { runAt: Math.min(job.runAt, from + n * gapMs) }));
      return hurried.length;
    },
  };
}
