import { CLOCK_PULL_WITHIN_MS, MONEY_LEASE_MS } from "../../core/constants.ts";
import type { Job, Ms } from "../../core/model.ts";
import { ENGINE_TOKEN } from "../../core/engines.ts";
import type { Claimed, ClaimWish, Store } from "../../core/ports/store.ts";
import type { Tables } from "./tables.ts";

/** What the store does with the times and leases of jobs. */
export function memorySchedule({
  jobs,
}: Tables): Pick<Store, "claim" | "relay" | "giveBack" | "take" | "takeBrought" | "overdue" | "pullJobs" | "wakeJobs" | "hurryJobs"> {
  const jobsThat = (wanted: (job: Job) => boolean): Job[] => [...jobs.values()].filter(wanted);
  const set = (job: Job, to: Partial<Job>): Job => {
    const after = { ...job, ...to };
    jobs.set(job.id, after);
    return after;
  };
  const lease = (job: Job, runAt: Ms, leaseToken: string): Job => set(job, { tries: job.tries + 1, leaseToken, runAt });

  const take = async (jobId: string, now: Ms, leaseUntil: Ms, token: string): Promise<Job | null> => {
    const job = jobs.get(jobId);
    return job && (job.runAt <= now || job.leaseToken === ENGINE_TOKEN) ? lease(job, leaseUntil, token) : null;
  };

  return {
    claim: async (wish) => walked(jobs.values(), wish, (job) => lease(job, wish.leaseUntil, wish.token)),
    relay: async (wish) => walked(jobs.values(), wish, (job) => set(job, { leaseToken: ENGINE_TOKEN, runAt: wish.leaseUntil })),
    giveBack: async (ids, at) => {
      for (const job of jobsThat(({ id, leaseToken }) => leaseToken === ENGINE_TOKEN && ids.includes(id)))
        set(job, { leaseToken: null, runAt: at });
    },
    take,
    takeBrought: take,
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

/** Walks the lanes from the cursor on, a few jobs of each, oldest first. */
function walked(
  jobs: Iterable<Job>,
  { queue, now, limit, perLane, room, cursor }: Omit<ClaimWish, "token">,
  hold: (job: Job) => Job,
): Claimed {
  const due = [...jobs]
    .filter((job) => job.queue === queue && job.runAt <= now)
    .sort((a, b) => a.runAt - b.runAt || (a.id < b.id ? -1 : 1));
  const lanes = [...new Set(due.map((job) => job.lane))].sort();
  const round = [...lanes.filter((lane) => lane > cursor), ...lanes.filter((lane) => lane <= cursor)];
  const taken = round
    .flatMap((lane) => due.filter((job) => job.lane === lane).slice(0, Math.min(perLane, room.get(lane) ?? perLane)))
    .slice(0, limit);
  const end = taken.length < limit ? round.at(-1) : taken.at(-1)?.lane;
  return { jobs: taken.map(hold), cursor: end ?? cursor };
}
