import { deliveryJob } from "../change/rows.ts";
import { held, runAgainAt } from "../change/jobs.ts";
import type { Change, Context, Refusal } from "../change.ts";
import { WEBHOOK_RESPONSE_KEPT_BYTES } from "../constants.ts";
import type { Delivery, DeliveryTry, Job, Ms } from "../model.ts";
import type { ChannelResult } from "../ports/channel.ts";
import type { DeliveryLoad } from "../ports/store.ts";
import { nextDeliveryAt } from "../schedules.ts";
import { deliveryMachine } from "../states/delivery.ts";
import { assertMove } from "../states/machine.ts";
import { iso } from "../time.ts";

/** One try: when it began, and what came of it. */
export interface Tried {
  readonly at: Ms;
  readonly result: ChannelResult;
}

/** How tries follow each other: see `nextDeliveryAt`. */
export interface Pace {
  readonly gapsMs: readonly number[];
  readonly random: number;
}

export interface DeliveryDecision {
  readonly change: Change;
  readonly after: Delivery;
}

/** The log row of a try, and the next one or the end: 2xx is success, 410 ends it, anything else is tried again as the schedule says. */
export function decideTry(
  { delivery, endpoint }: DeliveryLoad,
  job: Job,
  { at, result }: Tried,
  given: Pace & { now: Ms },
): DeliveryDecision {
  const tries = delivery.tries + 1;
  const tried = { ...delivery, tries, lastStatusCode: result.statusCode };
  const pace = { gapsMs: endpoint?.retryIntervalsMs ?? given.gapsMs, random: given.random, retryAfterMs: result.retryAfterMs };
  const nextTryAt = result.ok || result.gone ? null : nextDeliveryAt(given.now, tries - delivery.scheduleStart, pace);
  const status = result.ok ? "succeeded" : result.gone ? "canceled" : nextTryAt === null ? "failed" : "pending";
  return write(job, delivery, { ...tried, status, nextTryAt, finishedAt: nextTryAt === null ? given.now : null }, [
    tryRow(delivery, result, at),
  ]);
}

/** Nobody is there to send it to. */
export function decideCanceled({ delivery }: DeliveryLoad, job: Job, now: Ms): DeliveryDecision {
  return write(job, delivery, { ...delivery, status: "canceled", nextTryAt: null, finishedAt: now }, []);
}

/** The job goes with its delivery: on to the next try, or away. */
function write(job: Job, before: Delivery, after: Delivery, deliveryTries: readonly DeliveryTry[]): DeliveryDecision {
  assertMove(deliveryMachine, before.status, after.status);
  const { merchantId, mode } = job;
  const next = after.nextTryAt === null ? {} : runAgainAt(job, after.nextTryAt, 0);
  return { after, change: { merchantId, mode, delivery: { before, after }, ...held(job), deliveryTries, ...next } };
}

function tryRow(delivery: Delivery, result: ChannelResult, at: Ms): DeliveryTry {
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

/** A person sends it again: the schedule starts from its first gap, the log goes on. Refused while it is still being tried. */
export function decideRetry(
  { delivery: before, endpoint }: DeliveryLoad,
  context: Context,
): { readonly change: Change } | { readonly refusal: Refusal } {
  if (before.status === "pending") {
    const next = before.nextTryAt === null ? "" : ` Next try at ${iso(before.nextTryAt)}.`;
    return { refusal: { code: "invalid_state", message: `This delivery is still being tried.${next}` } };
  }
  if (!endpoint || endpoint.status === "disabled")
    return { refusal: { code: "invalid_state", message: "The endpoint of this delivery is disabled or gone. Set it again first." } };
  assertMove(deliveryMachine, before.status, "pending");
  const after: Delivery = { ...before, status: "pending", scheduleStart: before.tries, nextTryAt: context.now, finishedAt: null };
  const { merchantId, mode } = before;
  return { change: { merchantId, mode, delivery: { before, after }, jobs: { insert: [deliveryJob(after, context)] } } };
}
