import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import type { Change } from "../../core/change.ts";
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
  if (!endpoint || endpoint.status === "disabled") return end(deps, job, { ...delivery, status: "canceled", nextTryAt: null });
  const at = deps.clock.now();
  const result = await deps.webhooks.send({ delivery, endpoint, event, now: at });
  const next = judge(deps, load, result);
  const entry = tryRow(delivery, result, at);
  if (next.status === "pending") {
    await deps.store.commit({
      ...guarded(job),
      deliveries: { update: [next] },
      deliveryTries: [entry],
      jobs: { move: [{ id: job.id, runAt: next.nextTryAt!, tries: 0, release: true }] },
    });
    return done;
  }
  if (result.gone) await deps.settings.disableEndpoint(endpoint, endpoint.id, "the receiver answered 410");
  return end(deps, job, next, [entry]);
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

async function end(deps: Deps, job: Job, delivery: Delivery, deliveryTries: readonly DeliveryTry[] = []): Promise<Handled> {
  await deps.store.commit({ ...guarded(job), deliveries: { update: [delivery] }, deliveryTries });
  return done;
}

function guarded(job: Job): Change {
  return { merchantId: job.merchantId, mode: job.mode, job: { id: job.id, token: job.leaseToken! } };
}
