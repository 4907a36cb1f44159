/** What people do about a restored database, over the command line. */
import type { By } from "../../core/admin-actions.ts";
import { newId } from "../../core/ids.ts";
import type { Ms } from "../../core/model.ts";
import { lostFrom, sweptUntilNeeded, UNSWEPT_SHOWN_MAX, type Restore, type Unswept } from "../../core/restore.ts";
import type { Deps } from "../deps.ts";
import { openRestore, sweepForRestore } from "./sweeps.ts";

export interface RestoreState {
  /** The one that is open, or the last; null: there was none. */
  readonly restore: Restore | null;
  /** What still has to be swept before it can be finished; of one that is finished, nothing. */
  readonly unswept: readonly Unswept[];
}

export async function restoreState(deps: Deps): Promise<RestoreState> {
  const restore = (await deps.restores?.latest()) ?? null;
  if (restore === null || restore.finishedAt !== null) return { restore, unswept: [] };
  return { restore, unswept: await deps.restores!.unswept(sweptUntilNeeded(restore), UNSWEPT_SHOWN_MAX) };
}

/** By hand, of a restore that nothing else could notice. Null: one is open already. @param since from when on something may be lost */
export async function beginRestore(deps: Deps, by: By, { reason, since }: { readonly reason: string; readonly since: Ms | null }) {
  const now = deps.clock.now();
  const id = newId("rstr", now, deps.random.bytes(16));
  const from = since ?? lostFrom(null, now);
  const began = await deps.restores!.begin(
    { id, reason: "by_hand", detail: reason, lostFrom: from, begunAt: now, finishedAt: null, forcedReason: null },
    by,
  );
  if (began !== null) await sweepForRestore(deps);
  return began;
}

/** Sweeps that wait for their turn, or for a gateway that failed, begin now. Returns how many. */
export async function sweepNowForRestore(deps: Deps): Promise<number> {
  await deps.restores!.look();
  return sweepForRestore(deps, deps.clock.now());
}

export type Finished = "none" | "finished" | readonly Unswept[];

/** Money moves again. Without a reason to force it, only if nothing is unswept: otherwise that is returned. */
export async function finishRestore(deps: Deps, by: By, forcedReason: string | null): Promise<Finished> {
  const restore = await openRestore(deps);
  if (restore === null) return "none";
  const missing = await deps.restores!.unswept(sweptUntilNeeded(restore), UNSWEPT_SHOWN_MAX);
  if (missing.length > 0 && forcedReason === null) return missing;
  await deps.restores!.finish({ id: restore.id, finishedAt: deps.clock.now(), forcedReason: missing.length > 0 ? forcedReason : null }, by);
  return "finished";
}
