/** The sweeps that a restored database waits for: each account's gateway is asked for what it has in the span that was lost. */
import { newJob } from "../../core/change/rows.ts";
import type { Ms, Sweep } from "../../core/model.ts";
import type { Capabilities } from "../../core/ports/connector.ts";
import { sweptUntilNeeded, type Restore } from "../../core/restore.ts";
import { SWEEP_RETRY_MS, SWEEP_SPAN_MAX_MS, SWEEPS_PLANNED_MAX, sweepLane } from "../../core/sweeps.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";

/** What a sweep goes over first while a restore is open; null: nothing more. Too early: the gateway's list may lack what came last. */
export async function lostSpan(
  deps: Deps,
  sweep: Sweep,
  { settleTimeMs }: Pick<Capabilities, "settleTimeMs">,
): Promise<Pick<Sweep, "walk" | "sweptUntil" | "spanMs" | "seen" | "found"> | "too early" | null> {
  const restore = await openRestore(deps);
  if (restore === null) return null;
  const needed = sweptUntilNeeded(restore);
  if (sweep.sweptUntil >= needed || (sweep.walk !== null && sweep.walk.until >= needed)) return null;
  const now = deps.clock.now();
  if (now < needed + settleTimeMs) return "too early";
  const at = Math.min(restore.lostFrom, sweep.walk?.at ?? Infinity);
  const sweptUntil = Math.min(sweep.sweptUntil, at);
  return { walk: { at, until: now - settleTimeMs }, sweptUntil, spanMs: SWEEP_SPAN_MAX_MS, seen: 0, found: 0 };
}

export async function openRestore({ restores }: Deps): Promise<Restore | null> {
  const latest = (await restores?.latest()) ?? null;
  return latest?.finishedAt === null ? latest : null;
}

/**
 * While a restore is open: every account that still has to be swept has its sweep soon, disabled ones too. One that failed keeps its pace.
 * @param soonerThan jobs due before that are left alone
 */
export async function sweepForRestore(deps: Deps, soonerThan: Ms = deps.clock.now() + 2 * SWEEP_RETRY_MS): Promise<number> {
  const { restores } = deps;
  if (!restores?.isOpen()) return 0;
  const restore = await openRestore(deps);
  if (restore === null) return 0;
  const now = deps.clock.now();
  const missing = await restores.unswept(sweptUntilNeeded(restore), SWEEPS_PLANNED_MAX);
  const listing = missing.filter(({ account }) => deps.connectors.get(account.connector)?.list !== undefined);
  for (const { account } of listing) {
    const { merchantId, mode, id } = account;
    const plan = { queue: "payment-queue", kind: "sweep", subject: id, lane: sweepLane(id) } as const;
    await commit(deps, { merchantId, mode, jobs: { insert: [newJob({ merchantId, mode }, plan, contextOf(deps))] } });
    await deps.store.hurryJobs(sweepLane(id), { kinds: ["sweep"], beyond: soonerThan, from: now, gapMs: 0, limit: 1 });
  }
  if (listing.length > 0) deps.queue.hint(["payment-queue"]);
  return listing.length;
}
