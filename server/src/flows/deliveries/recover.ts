import { decideRecovery } from "../../core/decide/delivery.ts";
import type { EventType } from "../../core/events.ts";
import { iso } from "../../core/represent.ts";
import type { EndedFilter } from "../../core/ports/store.ts";
import { contextOf, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { deeds, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export interface RecoverWish {
  readonly status: EndedFilter["status"];
  readonly endpointId?: string;
  readonly eventTypes?: readonly EventType[];
  readonly idFrom?: string;
  readonly idBefore?: string;
  readonly limit: number;
  readonly perSecond: number;
  /** Only counts. */
  readonly dryRun: boolean;
}

/**
 * Sends all deliveries that match again, the oldest first and at a pace, once per idempotency key: they are owed again in the same commit as
 * the key. Deliveries to endpoints that are off, or were deleted, do not match, and no e-mails while they are turned off. Throws `Contended` if others were faster each time.
 */
export async function recoverDeliveries(deps: Deps, caller: Caller, wish: RecoverWish): Promise<Answer> {
  const endpoints = (await deps.settings.endpoints(caller.scope)).filter(({ status }) => status === "enabled");
  const email = await deps.settings.emailSettings(caller.scope);
  const now = new Map(endpoints.flatMap(({ id, predecessors }) => [id, ...predecessors].map((each) => [each, id] as const)));
  if (email?.enabled) now.set(email.id, email.id);
  const ids = [...now].filter(([, to]) => wish.endpointId === undefined || to === wish.endpointId).map(([id]) => id);
  const filter = { ...wish, endpointIds: ids, limit: wish.limit + 1 };
  return untilFirst(`the deliveries of ${caller.scope.merchantId}`, async () => {
    const stored = await storedAnswer(deps, caller);
    if (stored) return stored.answer ?? inProgress();
    const matching = ids.length === 0 ? [] : await deps.store.ended(caller.scope, filter);
    const ended = matching.slice(0, wish.limit);
    const pace = { gapMs: 1_000 / wish.perSecond, to: (endpointId: string) => now.get(endpointId) ?? endpointId };
    const { deliveries, jobs, endsAt } = decideRecovery(ended, contextOf(deps), pace);
    const body = JSON.stringify({
      object: "delivery_recovery",
      dry_run: wish.dryRun,
      matched: ended.length,
      recovered: wish.dryRun ? 0 : ended.length,
      // A dry run would find the same again.
      has_more: !wish.dryRun && matching.length > ended.length,
      oldest_at: ended[0] ? iso(ended[0].createdAt) : null,
      newest_at: ended.length > 0 ? iso(ended.at(-1)!.createdAt) : null,
      last_try_at: ended.length > 0 ? iso(endsAt) : null,
    });
    const answer = { status: 200, body, replayed: false };
    // A dry run changes nothing and takes no key: the same request without it is another one.
    if (wish.dryRun || (ended.length === 0 && !caller.idempotency)) return answer;
    const idempotency = rowFor(deps, caller, { subject: null, answerBody: body });
    const { status, endpointId = null } = wish;
    const after = { count: ended.length, status, endpoint_id: endpointId };
    const actions = deeds(deps, caller, [{ action: "deliveries.recovered", subject: endpointId ?? "deliveries", before: null, after }]);
    const result = await deps.store.oweAgain({ ...caller.scope, deliveries, jobs, actions, idempotency });
    if (result !== "applied") return null;
    deps.log.info({ merchant_id: caller.scope.merchantId, mode: caller.scope.mode, recovered: ended.length }, "deliveries are sent again");
    deps.queue.hint(["webhook-queue"]);
    return answer;
  });
}
