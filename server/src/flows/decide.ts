import type { Change, CommitResult, Context, Decision, Refusal } from "../core/change.ts";
import { COMMIT_TRIES_MAX } from "../core/constants.ts";
import { endFailures } from "../core/decide/failing-jobs.ts";
import { newId } from "../core/ids.ts";
import type { Scope, Snapshot } from "../core/model.ts";
import type { Deps } from "./deps.ts";

/** What decisions may use of the world, as it is now. */
export function contextOf(deps: Deps): Context {
  const now = deps.clock.now();
  return {
    now,
    id: (prefix) => newId(prefix, now, deps.random.bytes(16)),
    capabilities: (connector) => deps.connectors.get(connector)?.capabilities,
  };
}

export type Done<D extends Decision> =
  | { readonly result: "applied"; readonly decision: Extract<D, { change: Change }>; readonly snapshot: Snapshot }
  | { readonly result: "duplicate" | "order_busy"; readonly snapshot: Snapshot }
  | { readonly result: "refused"; readonly refusal: Refusal; readonly snapshot: Snapshot }
  | { readonly result: "nothing"; readonly snapshot: Snapshot }
  | { readonly result: "missing" };

/**
 * Load, decide, commit; where the guard was stale, again with fresh rows, at most five times. The only way flows write money state.
 * Throws `Contended` where five others were faster each time.
 */
export async function decideAndCommit<D extends Decision>(
  deps: Deps,
  subject: Scope & { readonly paymentId: string },
  decide: (snapshot: Snapshot, context: Context) => D,
): Promise<Done<D>> {
  for (let tried = 0; tried < COMMIT_TRIES_MAX; tried++) {
    const snapshot = await deps.store.load(subject, subject.paymentId);
    if (!snapshot) return { result: "missing" };
    const context = contextOf(deps);
    const decision = decide(snapshot, context);
    if ("refusal" in decision) return { result: "refused", refusal: decision.refusal, snapshot };
    if (!("change" in decision)) return { result: "nothing", snapshot };
    const result = await commit(deps, endFailures(snapshot, decision.change, context));
    if (result === "applied") return { result, decision: decision as Extract<D, { change: Change }>, snapshot };
    if (result !== "stale") return { result, snapshot };
  }
  throw new Contended(subject.paymentId);
}

/** Others were faster each time; or, for who must hold a job, its lease was lost. */
export class Contended extends Error {
  constructor(subject: string) {
    super(`${subject} was changed by others ${COMMIT_TRIES_MAX} times in a row`);
    this.name = "Contended";
  }
}

/** Commits and hints at the queues that got a due job. The hint follows the commit and may be lost. */
export async function commit(deps: Deps, change: Change): Promise<CommitResult> {
  const result = await deps.store.commit(change);
  if (result === "applied") hintFor(deps, change);
  return result;
}

function hintFor(deps: Deps, change: Change): void {
  const inserted = change.jobs?.insert ?? [];
  const moved = change.jobs?.move ?? [];
  if (inserted.length > 0) deps.queue.hint([...new Set(inserted.map((job) => job.queue))]);
  // Only attempts' jobs are moved to now, and a move does not say whether its attempt is a refund.
  if (moved.some((move) => move.release && move.runAt !== undefined && move.runAt <= deps.clock.now()))
    deps.queue.hint(["payment-queue", "refund-queue"]);
}
