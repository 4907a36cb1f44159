import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import type { DeliveryChange } from "../../core/change.ts";
import type { Delivery, DeliveryTry, Job } from "../../core/model.ts";
import type { ChannelResult } from "../../core/ports/channel.ts";
import type { DeliveryLoad } from "../../core/ports/store.ts";
import { nextDeliveryAt } from "../../core/schedules.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../handled.ts";

/** One try of one delivery: the same bytes as always, the log row, and the next try or the end, in one commit. */
export async function sendDelivery(deps: Deps, job: Job): Promise<Handled> {
  const load = await deps.store.delivery(job, job.subject);
  if (!load || load.delivery.status !== "pending") return obsolete;
  const { delivery, endpoint, event } = load;
  if (!endpoint || endpoint.status === "disabled")
    return write(deps, job, {
      before: delivery,
      after: { ...delivery, status: "canceled", nextTryAt: null, finishedAt: deps.clock.now() },
    });
  const at = deps.clock.now();
  const result = await deps.webhooks.send({ delivery, endpoint, event, now: at });
  const after = judge(deps, load, result);
  // Nobody is called for it: the delivery stays in the list, and may be sent again by hand.
  if (after.status === "failed" || after.status === "canceled")
    deps.log.warn(
      { delivery_id: delivery.id, endpoint_id: endpoint.id, status: after.status, tries: after.tries },
      "a webhook is given up",
    );
  if (result.gone) await deps.settings.disableEndpoint(endpoint, endpoint.id, "the receiver answered 410");
  return write(deps, job, { before: delivery, after }, [tryRow(delivery, result, at)]);
}

/** 2xx is success, 410 ends it, anything else is tried again as long as the schedule says. */
function judge(deps: Deps, load: DeliveryLoad, result: ChannelResult): Delivery {
  const now = deps.clock.now();
  const tries = load.delivery.tries + 1;
  const tried = { ...load.delivery, tries, lastStatusCode: result.statusCode };
  if (result.ok) return { ...tried, status: "succeeded", nextTryAt: null, finishedAt: now };
  if (result.gone) return { ...tried, status: "canceled", nextTryAt: null, finishedAt: now };
  const gaps = load.endpoint?.retryIntervalsMs ?? deps.options.webhookScheduleMs;
  const random = deps.options.webhookJitter ? deps.random.float() : 0.5;
  const at = nextDeliveryAt(now, tries - load.delivery.scheduleStart, { gapsMs: gaps, random, retryAfterMs: result.retryAfterMs });
  return at === null ? { ...tried, status: "failed", nextTryAt: null, finishedAt: now } : { ...tried, status: "pending", nextTryAt: at };
}

function tryRow(delivery: Delivery, result: ChannelResult, at: number): DeliveryTry {
  return {
    merchantId: delivery.merchantId,
    mode: delivery.mode,
    deliveryId: delivery.id,
    n: delivery.tries + 1,
    at,
    durationMs: result.durationMs,
    statusCode: result.statusCode,
    response: result.response?.slice(0, WEBHOOK_RESPONSE_KEPT_BYTES) ?? null,
    error: result.error,
  };
}

/**
 * The job goes with its delivery: on to the next try, or away. Where somebody was faster nothing is written, and if the job is still
 * ours it comes back when its lease ends, to look again.
 */
async function write(deps: Deps, job: Job, delivery: DeliveryChange, deliveryTries: readonly DeliveryTry[] = []): Promise<Handled> {
  const { nextTryAt } = delivery.after;
  await deps.store.commit({
    merchantId: job.merchantId,
    mode: job.mode,
    delivery,
    job: { id: job.id, token: job.leaseToken! },
    deliveryTries,
    jobs: nextTryAt === null ? {} : { move: [{ id: job.id, runAt: nextTryAt, tries: 0, release: true }] },
  });
  return done;
}
