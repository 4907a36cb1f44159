import { deliveryJob, EMAIL_LANE } from "../change/rows.ts";
import { awaitEndpoint, held, tryAt } from "../change/parts.ts";
import type { Change, Context, Move, Part, Refusal } from "../change.ts";
import { GONE_AFTER_MS, WEBHOOK_RESPONSE_KEPT_BYTES } from "../constants.ts";
import type { Delivery, DeliveryTry, Endpoint, Job, Ms } from "../model.ts";
import type { ChannelResult } from "../ports/channel.ts";
import type { MailResult } from "../ports/mail.ts";
import type { DeliveryLoad, MailLoad } from "../ports/store.ts";
import { nextDeliveryAt } from "../schedules.ts";
import { deliveryMachine, assertMove } from "../states.ts";
import { iso } from "../represent.ts";

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
  /** As the answer leaves it; null: it says nothing new of it. */
  readonly endpoint: Endpoint | null;
}

/** A delivery with the endpoint that it goes to. */
export type Addressed = DeliveryLoad & { readonly endpoint: Endpoint };

/**
 * The log row of a try, and the next one or the end: 2xx is success, anything else is tried again as the schedule says. A 410 never ends
 * it: after the last try it has one more when the endpoint's minute is over, and then waits for the endpoint.
 */
export function decideTry(load: Addressed, job: Job, { at, result }: Tried, given: Pace & { now: Ms }): DeliveryDecision {
  const { delivery, endpoint } = load;
  const { now } = given;
  const answered = endpointAfter(endpoint, result, now);
  const tries = delivery.tries + 1;
  const tried = { ...delivery, tries, lastStatusCode: result.statusCode };
  const log = [tryRow(delivery, result, { at, url: endpoint.url, headerNames: Object.keys(endpoint.headers) })];
  if (result.ok) return { ...write(job, { before: delivery, after: ended(tried, "succeeded", now) }, log), endpoint: answered };
  if (answered?.status === "disabled") return { ...wait(load, job, { ...tried, nextTryAt: null }, { now, log }), endpoint: answered };
  const gapsMs = endpoint.retryIntervalsMs ?? given.gapsMs;
  const made = tries - delivery.scheduleStart;
  const scheduled = nextDeliveryAt(now, made, { gapsMs, random: given.random, retryAfterMs: result.retryAfterMs });
  const nextTryAt = scheduled ?? (result.gone && made === gapsMs.length ? now + GONE_AFTER_MS : null);
  if (nextTryAt === null) return { ...write(job, { before: delivery, after: ended(tried, "failed", now) }, log), endpoint: answered };
  return {
    ...write(job, { before: delivery, after: { ...tried, nextTryAt } }, log, tryAt(job, endpoint.id, nextTryAt)),
    endpoint: answered,
  };
}

/** An endpoint that answers nothing but 410 for a minute is switched off; any other answer begins the minute again. */
function endpointAfter(endpoint: Endpoint, { gone, statusCode }: ChannelResult, now: Ms): Endpoint | null {
  const { goneSince } = endpoint;
  if (gone && goneSince === null) return { ...endpoint, goneSince: now };
  if (gone && now - goneSince! >= GONE_AFTER_MS) return { ...endpoint, status: "disabled", disabledReason: GONE_REASON, disabledAt: now };
  return !gone && statusCode !== null && goneSince !== null ? { ...endpoint, goneSince: null } : null;
}

/** The endpoint is paused or switched off: what it is owed waits, and no try is counted. */
export function decideWait(load: Addressed, job: Job, now: Ms): DeliveryDecision {
  return wait(load, job, { ...load.delivery, nextTryAt: null }, { now, log: [] });
}

/** The endpoint's breaker is open: the delivery comes back later, and no try is counted. */
export function decideHold({ delivery, endpoint }: Addressed, job: Job, until: Ms): DeliveryDecision {
  return write(job, { before: delivery, after: { ...delivery, nextTryAt: until } }, [], tryAt(job, endpoint.id, until));
}

/**
 * The log row of a try of an e-mail, and the next one or the end. What is refused for good is not tried again: it fails at once with its
 * reason, and a person may send it again when that is mended.
 */
export function decideMailTry(
  { delivery }: Pick<DeliveryLoad, "delivery">,
  job: Job,
  { at, result }: { readonly at: Ms; readonly result: MailResult },
  given: Pace & { now: Ms },
): DeliveryDecision {
  const tried = { ...delivery, tries: delivery.tries + 1, lastStatusCode: result.statusCode };
  const log = [tryRow(delivery, result, { at, url: null, headerNames: [] })];
  if (result.ok) return write(job, { before: delivery, after: ended(tried, "succeeded", given.now) }, log);
  const { gapsMs, random, now } = given;
  const pace = { gapsMs, random, retryAfterMs: result.retryAfterMs };
  const nextTryAt = result.isPermanent ? null : nextDeliveryAt(now, tried.tries - delivery.scheduleStart, pace);
  if (nextTryAt === null) return write(job, { before: delivery, after: ended(tried, "failed", now) }, log);
  return write(job, { before: delivery, after: { ...tried, nextTryAt } }, log, tryAt(job, EMAIL_LANE, nextTryAt));
}

/** Nobody is there to send it to. */
export function decideCanceled({ delivery }: Pick<DeliveryLoad, "delivery">, job: Job, now: Ms): DeliveryDecision {
  return write(job, { before: delivery, after: ended(delivery, "canceled", now) }, []);
}

function ended(delivery: Delivery, status: "succeeded" | "failed" | "canceled", now: Ms): Delivery {
  return { ...delivery, status, nextTryAt: null, finishedAt: now };
}

function wait(load: Addressed, job: Job, after: Delivery, { now, log }: { now: Ms; log: readonly DeliveryTry[] }): DeliveryDecision {
  return write(job, { before: load.delivery, after }, log, awaitEndpoint(job, load, now));
}

/** The job goes with its delivery: on to what is `next`, or away. */
function write(job: Job, delivery: Move<Delivery>, deliveryTries: readonly DeliveryTry[], next: Part = {}): DeliveryDecision {
  assertMove(deliveryMachine, delivery.before.status, delivery.after.status);
  const { merchantId, mode } = job;
  const change = { merchantId, mode, delivery, job: held(job).job, deliveryTries, jobs: next.jobs };
  return { after: delivery.after, change, endpoint: null };
}

interface Sent {
  readonly at: Ms;
  readonly url: string | null;
  readonly headerNames: readonly string[];
}

function tryRow(delivery: Delivery, result: ChannelResult, { at, url, headerNames }: Sent): DeliveryTry {
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
    url,
    headerNames: headerNames.length === 0 ? null : headerNames.join(","),
  };
}

/** What is looked at when a person sends it again. */
export type Retried = Pick<DeliveryLoad, "delivery" | "endpoint"> & { readonly mail?: Pick<MailLoad, "settings"> | null };

/** A person sends it again: the schedule starts from its first gap, the log goes on. Refused while it is still owed. */
export function decideRetry(
  { delivery: before, endpoint, mail }: Retried,
  context: Context,
): { readonly change: Change; readonly after: Delivery } | { readonly refusal: Refusal } {
  const refused = (message: string) => ({ refusal: { code: "invalid_state", message } }) as const;
  if (before.channel === "email") {
    if (!mail?.settings?.enabled) return refused("E-mail is turned off. Turn it on with PUT /v1/email-settings, then send this again.");
    return before.status === "pending" ? refused(stillTried(before)) : owedAgain(before, before.endpointId, context);
  }
  if (!endpoint)
    return refused("There is no webhook endpoint to send it to: it was deleted. What happens from now on goes to those that are set.");
  if (endpoint.status === "paused") {
    const then = before.status === "pending" ? "this delivery is then sent" : "then send this delivery again";
    return refused(`The webhook endpoint is paused. Set its status to enabled; ${then}.`);
  }
  if (endpoint.status === "disabled") {
    const then = before.status === "pending" ? "this delivery is then sent" : "then send this delivery again";
    return refused(`The webhook endpoint is switched off, since ${endpoint.disabledReason}. Set its URL again; ${then}.`);
  }
  return before.status === "pending" ? refused(stillTried(before)) : owedAgain(before, endpoint.id, context);
}

function stillTried({ nextTryAt }: Delivery): string {
  return `This delivery is still being tried. ${nextTryAt === null ? "It is sent as soon as its turn comes." : `Next try at ${iso(nextTryAt)}.`}`;
}

/** @param to the endpoint that it goes to by now */
function owedAgain(before: Delivery, to: string, context: Context): { readonly change: Change; readonly after: Delivery } {
  assertMove(deliveryMachine, before.status, "pending");
  const after: Delivery = { ...before, status: "pending", scheduleStart: before.tries, nextTryAt: context.now, finishedAt: null };
  const { merchantId, mode } = before;
  const job = deliveryJob({ ...after, endpointId: to }, context);
  return { after, change: { merchantId, mode, delivery: { before, after }, jobs: { insert: [job] } } };
}

/**
 * Owes ended deliveries again, each with its whole schedule from the start, `gapMs` apart so that a receiver that has just come back is not
 * flooded. @param to the endpoint that a delivery goes to by now
 */
export function decideRecovery(
  ended: readonly Delivery[],
  context: Context,
  { gapMs, to }: { readonly gapMs: number; readonly to: (endpointId: string) => string },
): { readonly deliveries: readonly Move<Delivery>[]; readonly jobs: readonly Job[]; readonly endsAt: Ms } {
  const at = (n: number): Ms => context.now + Math.floor(n * gapMs);
  const moves = ended.map((before, n): Move<Delivery> => {
    assertMove(deliveryMachine, before.status, "pending");
    return { before, after: { ...before, status: "pending", scheduleStart: before.tries, nextTryAt: at(n), finishedAt: null } };
  });
  const jobs = moves.map(({ after }, n) => ({ ...deliveryJob({ ...after, endpointId: to(after.endpointId) }, context), runAt: at(n) }));
  return { deliveries: moves, jobs, endsAt: at(Math.max(0, ended.length - 1)) };
}

/** As `disabled_reason` shows it, and after "since". */
const GONE_REASON = "the receiver answered 410 Gone for a minute";
