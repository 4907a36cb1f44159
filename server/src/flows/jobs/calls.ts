/** Jobs whose call is over while they themselves go on: a receiver is busy with the call only, not with what is written of it. */
import type { Job } from "../../core/model.ts";
import { ownedByDeps, type Deps } from "../deps.ts";

const endsOf = ownedByDeps(() => new WeakMap<Job, () => void>());

/** @param then called once, when the flow says so; never if its job makes no call */
export function whenCallEnds(deps: Deps, job: Job, then: () => void): void {
  endsOf(deps).set(job, then);
}

export function callEnded(deps: Deps, job: Job): void {
  const ends = endsOf(deps);
  const then = ends.get(job);
  ends.delete(job);
  then?.();
}
