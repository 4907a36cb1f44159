/** A merchant's webhook endpoints: add, change, delete, rotate the secret, send a test. */
import { waitingLane } from "../../core/change/parts.ts";
import { deliveryJob, eventBeside, newDelivery } from "../../core/change/rows.ts";
import { ENDPOINTS_MAX, WAKE_BATCH, WAKE_ROUNDS_MAX, WEBHOOK_SCHEDULES_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Delivery, Endpoint, Ms, Scope } from "../../core/model.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import { iso } from "../../core/represent.ts";
import { commit, contextOf, untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";
import {
  answerWith,
  closeBreaker,
  keyOfAnswer,
  MADE,
  newEndpoint,
  newSecret,
  on,
  refuseUrl,
  repeatedAnswer,
  switchedOn,
} from "./endpoint.ts";

/** What a merchant sets; what is left out stays as it is, or begins with its default. */
export interface EndpointWish {
  readonly url?: string;
  readonly description?: string | null;
  readonly events?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly retrySchedule?: "default" | keyof typeof WEBHOOK_SCHEDULES_MS;
  readonly status?: "enabled" | "paused";
  readonly apiVersion?: ApiVersion;
}

/**
 * Adds an endpoint, once per idempotency key: a repeat gets the same answer, secret included, as long as that secret is in force. Throws
 * `TillwayError` invalid_url, invalid_field (headers), invalid_state (too many).
 */
export async function addEndpoint(deps: Deps, caller: Caller, wish: EndpointWish & { readonly url: string }): Promise<Answer> {
  refuseUrl(deps, wish.url);
  refuseHeaders(wish.headers);
  return untilFirst(`the webhook endpoints of ${caller.scope.merchantId}`, async () => {
    const before = await repeatedAnswer(deps, caller);
    if (before) return before;
    const endpoint: Endpoint = {
      ...newEndpoint(deps, caller.scope, settingsIn(wish, { url: wish.url, apiVersion: caller.apiVersion })),
      status: wish.status ?? "enabled",
    };
    const result = await deps.settings.addEndpoint(endpoint, keyOfAnswer(deps, caller, endpoint, MADE));
    // A parallel request with the same key may have been faster, and taken the last place.
    if (result === "full") return (await repeatedAnswer(deps, caller)) ?? Promise.reject(full());
    if (result === "duplicate") return (await repeatedAnswer(deps, caller)) ?? inProgress();
    return result === "stale" ? null : answerWith(deps, caller, endpoint, MADE);
  });
}

/**
 * Changes what the wish names. An endpoint that is enabled, also one that was already, sends what waited for it. Throws `TillwayError`
 * not_found, invalid_url, invalid_field, conflicting_field; `Contended` if others were faster each time.
 */
export async function changeEndpoint(deps: Deps, scope: Scope, id: string, wish: EndpointWish): Promise<Endpoint> {
  if (wish.url !== undefined) refuseUrl(deps, wish.url);
  refuseHeaders(wish.headers);
  return untilFirst(id, async () => {
    const before = await found(deps, scope, id);
    refuseMovedHeaders(before, wish);
    const after = settingsIn(wish, before);
    if (after !== before && (await deps.settings.changeEndpoint(before, after)) !== "applied") return null;
    if (wish.url !== undefined || wish.status === "enabled") await closeBreaker(deps, before);
    if (wish.status !== undefined) {
      const moved = wish.status === "enabled" ? { ...before, ...on } : { ...before, ...on, status: wish.status };
      // A 410 from before the person said so, written late, must not switch it off after that.
      const isNews = before.status !== moved.status || before.goneSince !== moved.goneSince;
      if (isNews && !(await deps.settings.moveEndpoint(before, moved))) return null;
      if (moved.status === "enabled") await switchedOn(deps, before, { ...after, ...on });
    }
    return found(deps, scope, id);
  });
}

/** Deletes an endpoint: what it is still owed is called off. Throws `TillwayError` not_found. */
export async function deleteEndpoint(deps: Deps, scope: Scope, id: string): Promise<void> {
  const endpoint = await found(deps, scope, id);
  if (!(await deps.settings.removeEndpoint(scope, id))) throw new TillwayError("not_found", { param: "id" });
  deps.log.info({ merchant_id: scope.merchantId, mode: scope.mode, endpoint_id: id }, "a webhook endpoint was deleted");
  // What waits looks at once, finds nobody, and ends.
  const lanes = [id, ...[id, ...endpoint.predecessors].map(waitingLane)];
  for (let round = 0; round < WAKE_ROUNDS_MAX; round++)
    if ((await deps.store.wakeJobs(lanes, { to: id, now: deps.clock.now(), limit: WAKE_BATCH })) === 0) break;
  deps.queue.hint(["webhook-queue"]);
}

/**
 * Gives the endpoint a new secret. The one before signs beside it until the overlap ends; one that was older still ends at once. A repeat
 * under the same key gets the same secret. Throws `TillwayError` not_found.
 */
export async function rotateSecret(deps: Deps, caller: Caller, id: string, overlapMs: Ms): Promise<Answer> {
  return untilFirst(id, async () => {
    const stored = await repeatedAnswer(deps, caller);
    if (stored) return stored;
    const before = await found(deps, caller.scope, id);
    const now = deps.clock.now();
    const previous = overlapMs === 0 ? null : before.secret;
    const after: Endpoint = {
      ...before,
      secret: newSecret(deps),
      // Two rotations within a millisecond are two all the same: a repeat is told apart by this time.
      secretCreatedAt: Math.max(now, before.secretCreatedAt + 1),
      previousSecret: previous,
      previousSecretUntil: previous === null ? null : now + overlapMs,
    };
    const result = await deps.settings.changeEndpoint(before, after, keyOfAnswer(deps, caller, after, MADE));
    if (result === "duplicate") return (await repeatedAnswer(deps, caller)) ?? inProgress();
    return result === "stale" ? null : answerWith(deps, caller, after, MADE);
  });
}

/**
 * Sends a test event to this endpoint only, whatever it asks for; once per idempotency key. Throws `TillwayError` not_found, invalid_state
 * while the endpoint is off.
 * @param show the answer's body
 */
export async function sendTest(deps: Deps, caller: Caller, id: string, show: (delivery: Delivery) => string): Promise<Answer> {
  const stored = await storedAnswer(deps, caller);
  if (stored) return stored.answer ?? inProgress();
  const endpoint = await found(deps, caller.scope, id);
  if (endpoint.status !== "enabled")
    throw new TillwayError("invalid_state", { message: `The webhook endpoint is ${endpoint.status}. Set its status to enabled first.` });
  const context = contextOf(deps);
  const data = { object: "webhook_test", endpoint_id: id, requested_at: iso(context.now) };
  const event = eventBeside(endpoint, "webhook.test", data, context);
  const delivery = newDelivery(event, id, context);
  const body = show(delivery);
  const result = await commit(deps, {
    merchantId: endpoint.merchantId,
    mode: endpoint.mode,
    events: [event],
    deliveries: { insert: [delivery] },
    jobs: { insert: [deliveryJob(delivery, context)] },
    idempotency: rowFor(deps, caller, { subject: delivery.id, status: 201, answerBody: body }),
  });
  if (result === "duplicate") return (await storedAnswer(deps, caller))?.answer ?? inProgress();
  return { status: 201, body, replayed: false };
}

/** The endpoint. Throws `TillwayError` not_found. */
export async function found(deps: Deps, scope: Scope, id: string): Promise<Endpoint> {
  const endpoint = await deps.settings.endpoint(scope, id);
  if (!endpoint) throw new TillwayError("not_found", { param: "id" });
  return endpoint;
}

const full = () =>
  new TillwayError("invalid_state", {
    message: `There are ${ENDPOINTS_MAX} webhook endpoints already, which is the most. Delete one that is not needed.`,
  });

/** With what the wish names; the same object if it names nothing that is set here. */
function settingsIn<Row extends Partial<Endpoint>>(wish: EndpointWish, row: Row): Row {
  const { url, description, events, headers, retrySchedule, apiVersion } = wish;
  if ([url, description, events, headers, retrySchedule, apiVersion].every((each) => each === undefined)) return row;
  return {
    ...row,
    ...(url !== undefined && { url }),
    ...(description !== undefined && { description }),
    ...(events !== undefined && { events: [...new Set(events)] }),
    ...(headers !== undefined && { headers }),
    ...(apiVersion !== undefined && { apiVersion }),
    ...(retrySchedule !== undefined && { retryIntervalsMs: retrySchedule === "default" ? null : WEBHOOK_SCHEDULES_MS[retrySchedule] }),
  };
}

/**
 * Whoever may change an endpoint is not shown its headers, and must not get them by an address of another server. Throws `TillwayError`
 * conflicting_field.
 */
function refuseMovedHeaders({ url, headers }: Endpoint, wish: EndpointWish): void {
  const isElsewhere = wish.url !== undefined && originOf(wish.url) !== originOf(url);
  if (!isElsewhere || wish.headers !== undefined || Object.keys(headers).length === 0) return;
  const message =
    "The endpoint has headers of yours, which another server must not get by chance. Send headers as it shall get them, or {}.";
  throw new TillwayError("conflicting_field", { param: "headers", message });
}

/** Scheme, host and port. */
function originOf(url: string): string {
  return new URL(url).origin;
}

/** Headers that we set ourselves, that are about the connection, or that a receiver's library would take for the signature. */
const OURS =
  /^(webhook-|svix-|x-webhook-|proxy-|sec-|content-|accept-encoding$|connection$|expect$|host$|keep-alive$|te$|trailer$|transfer-encoding$|upgrade$|user-agent$)/;
const HEADER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Printable ASCII, without a space at either end. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;

/** Throws `TillwayError` invalid_field, which names the header and never its value. */
function refuseHeaders(headers: EndpointWish["headers"]): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers ?? {})) {
    const refuse = (why: string) => new TillwayError("invalid_field", { param: `headers.${name.slice(0, 64)}`, message: why });
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) throw refuse("A header's name has 1 to 64 letters, digits, - and _.");
    if (OURS.test(lower)) throw refuse(`Tillway sets ${lower} itself, or it is about the connection. Choose another name, e.g. X-${name}.`);
    if (seen.has(lower)) throw refuse(`${lower} is there twice. Send it once.`);
    if (!HEADER_VALUE.test(value)) throw refuse("A header's value has 1 to 1024 printable ASCII characters, and no space at either end.");
    seen.add(lower);
  }
}
