import { HEARTBEAT_MS, OVERDUE_SWEEP_MS, PURGE_EVERY_MS } from "../core/constants.ts";
import { SEAL_EVERY_MS } from "../core/audit/seals.ts";
import type { Ms } from "../core/model.ts";
import { SWEEPS_PLANNED_EVERY_MS } from "../core/sweeps.ts";
import type { Deps } from "../flows/deps.ts";
import { tellOperator } from "../flows/upkeep/alarm.ts";
import { rollUpAnalytics } from "../flows/upkeep/analytics.ts";
import { checkInvariants } from "../flows/upkeep/invariants.ts";
import { reportOverdue } from "../flows/upkeep/overdue.ts";
import { purge } from "../flows/upkeep/purge.ts";
import { sweepForRestore } from "../flows/restore/sweeps.ts";
import { planSweeps } from "../flows/upkeep/sweep.ts";

/**
 * Records every few seconds that this process lives (`beat`, which returns how far it had to set the clock back in milliseconds), and
 * looks for jobs past their deadline and for old rows. An API does so too: if no worker runs, its sweep still reports overdue jobs. With
 * `seal`, which workers have, it also follows what was committed: seals the audit log, checks the invariants, rolls up the figures, and
 * tells the operator of what needs a person.
 * An API leaves its time to its callers.
 */
export function startHeartbeat(
  deps: Deps,
  beat: () => Promise<number>,
  seal?: (signal: AbortSignal) => Promise<number>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = [
    beating(deps, beat, signal),
    sweeping(deps, signal),
    ...(seal ? [sealing(deps, seal, signal), following(deps, signal)] : []),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** If a heartbeat fails, the process lives on: health shows it, and the next one follows. */
async function beating(deps: Deps, beat: () => Promise<number>, signal: AbortSignal): Promise<void> {
  let backMs = 0;
  while (!signal.aborted) {
    try {
      backMs += await beat();
      if (backMs > 0) {
        const jobs = await deps.store.pullJobs(deps.clock.now(), backMs);
        deps.log.warn({ back_ms: backMs, jobs }, "the database's clock went back; jobs that are due soon were moved with it");
        backMs = 0;
      }
    } catch (error) {
      deps.log.warn({ error: String(error) }, "a heartbeat failed");
    }
    await deps.clock.sleep(HEARTBEAT_MS, signal);
  }
}

/** After a fault the next round seals what this one did not. */
async function sealing(deps: Deps, seal: (signal: AbortSignal) => Promise<number>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await deps.clock.sleep(SEAL_EVERY_MS, signal);
    if (signal.aborted) return;
    await seal(signal).catch((error: unknown) => deps.log.warn({ error: String(error) }, "the audit log could not be sealed"));
  }
}

async function following(deps: Deps, signal: AbortSignal): Promise<void> {
  for (;;) {
    await deps.clock.sleep(OVERDUE_SWEEP_MS, signal);
    if (signal.aborted) return;
    await checkInvariants(deps, signal).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "invariants could not be checked"),
    );
    await rollUpAnalytics(deps, signal).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "figures could not be rolled up"),
    );
    await tellOperator(deps).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "what the operator is to be told of could not be looked for"),
    );
  }
}

/** Beside the beats, not among them: a database that is slow to remove rows must not make this process look dead. */
async function sweeping(deps: Deps, signal: AbortSignal): Promise<void> {
  let purgeAt: Ms = 0;
  let planAt: Ms = 0;
  for (;;) {
    await deps.clock.sleep(OVERDUE_SWEEP_MS, signal);
    if (signal.aborted) return;
    await reportOverdue(deps, signal).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "overdue jobs could not be looked for"),
    );
    await sweepForRestore(deps).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "sweeps after a restore could not be planned"),
    );
    const now = deps.clock.now();
    if (now >= planAt) {
      planAt = now + SWEEPS_PLANNED_EVERY_MS;
      await planSweeps(deps).catch((error: unknown) => deps.log.warn({ error: String(error) }, "settlement sweeps could not be planned"));
    }
    if (now >= purgeAt) purgeAt = (await purge(deps, signal)) ? now : now + PURGE_EVERY_MS;
  }
}
