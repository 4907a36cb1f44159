/** One request of the API from its headers to its answer: who asks, under which key, with which fault. */
import { hash, timingSafeEqual } from "node:crypto";
import type { FarReply, FarRequest } from "../far-side.ts";
import { cardOfToken } from "./cards.ts";
import { type Answer, errorText, invalid } from "./errors.ts";
import type { Desk } from "./events.ts";
import { keyInUse, lockTimeout, type StripeEffect, stripeEffect, type StripeFault } from "./faults.ts";
import { type Form, parseForm } from "./form.ts";
import { isAnswer, readParams } from "./params.ts";
import { type Route, routeOf } from "./routes.ts";
import { type Kept, STRIPE_VERSION } from "./state.ts";
import { readExpand } from "./views.ts";

/** What the journal of calls keeps of one. */
export interface Answered {
  readonly reply: FarReply;
  readonly replayed: boolean;
  readonly fault: StripeFault | null;
  /** It was carried out: the journal keeps it. */
  readonly carriedOut?: true;
}

export interface ApiKeys {
  /** Any of them opens the account. */
  readonly secret: readonly string[];
  /** For browsers: makes payment methods, and shows an intent to whoever has its client secret. */
  readonly publishable: string;
}

export interface Asking {
  readonly desk: Desk & { readonly requestId: string };
  readonly request: FarRequest;
  readonly keys: ApiKeys;
  /** From outside: wins over the fault of a token. */
  readonly fault: StripeFault | null;
}

/** Keys are forgotten after a day. */
const KEPT_MS = 24 * 3_600_000;
const KEY_MAX = 255;
const BODY_MAX = 65_536;

export function answerApi(asking: Asking): Answered {
  const { desk, request } = asking;
  const refusal = refusalOfHeaders(asking);
  if (refusal !== null) return plain(asking, refusal);
  const [path = "", query = ""] = request.path.split("?", 2);
  const found = routeOf(request.method, path);
  if (found === null) return plain(asking, unknownUrl(request.method, path));
  const isBrowser = sameText(keyOf(request.headers["authorization"] ?? "") ?? "", asking.keys.publishable);
  if (isBrowser && !forBrowsers.includes(`${request.method} ${found.route.path}`)) return plain(asking, secretKeyRequired);
  const form = parseForm(request.method === "GET" ? query : (request.body ?? ""));
  if (form === null) return plain(asking, invalid("Invalid request: the parameters are no form that this API reads."));
  const kept = keptUnder(asking);
  const fault = asking.fault ?? (kept === null ? tokenFault(asking, found, form) : null);
  const effect = fault === null ? null : stripeEffect(fault.name);
  if (effect !== null && !effect.processes) return { reply: withEffect(asking, noAnswer, { effect, fault }), replayed: false, fault };
  if (kept !== null) return replayed(asking, kept, { fault, effect });
  if (isBrowser && request.method === "GET" && form["client_secret"] === undefined)
    return plain(asking, invalid("Missing required param: client_secret.", "client_secret", "parameter_missing"));
  const answer = carryOut(desk, found, form);
  const shownAnswer = effect?.answer?.stored === true && answer.stored ? { ...effect.answer } : answer;
  const delayMs = fault?.name === "delay" ? (fault.delayMs ?? 0) : 0;
  if (delayMs > 0) lock(desk, found.id, delayMs);
  keep(asking, shownAnswer, delayMs);
  const reply = withEffect(asking, shownAnswer, { effect, fault });
  return request.method === "POST" && answer.stored
    ? { reply, replayed: false, fault, carriedOut: true }
    : { reply, replayed: false, fault };
}

const forBrowsers: readonly string[] = ["POST /v1/payment_methods", "GET /v1/payment_intents/*"];
const secretKeyRequired: Answer = {
  status: 403,
  body: errorText({
    type: "invalid_request_error",
    code: "secret_key_required",
    message: "This API call cannot be made with a publishable API key. Please use a secret API key.",
  }),
  stored: false,
};
const noAnswer: Answer = { status: 500, body: "", stored: false };

/** Nothing of it reached the work, so faults of the work don't show. */
function plain(asking: Asking, answer: Answer): Answered {
  return { reply: withEffect(asking, answer, { effect: null, fault: null }), replayed: false, fault: null };
}

function carryOut(desk: Desk, { route, id }: { route: Route; id: string }, form: Form): Answer {
  const read = readParams(route.params, form);
  if (isAnswer(read)) return read;
  const expand = readExpand(read.given["expand"], route.shows, route.isList);
  if ("status" in expand) return expand;
  if (route.locks && (desk.state.intents.get(id)?.lockedUntil ?? 0) > desk.now) return refusalOf(429, lockTimeout);
  return route.run({ desk, given: read.given, expand, id });
}

function refusalOf(status: number, error: Parameters<typeof errorText>[0]): Answer {
  return { status, body: errorText(error), stored: false, headers: { "stripe-should-retry": "true" } };
}

function lock({ state, now }: Desk, id: string, delayMs: number): void {
  const intent = state.intents.get(id);
  if (intent !== undefined) intent.lockedUntil = now + delayMs;
}

function refusalOfHeaders({ request, keys }: Asking): Answer | null {
  const { headers, body } = request;
  const unauthorized = (message: string): Answer => ({
    status: 401,
    body: errorText({ type: "invalid_request_error", message }),
    stored: false,
  });
  const key = keyOf(headers["authorization"] ?? "");
  if (key === null)
    return unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    );
  if (![...keys.secret, keys.publishable].some((one) => sameText(one, key)))
    return unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}${"*".repeat(8)}`);
  const version = headers["stripe-version"] ?? STRIPE_VERSION;
  if (version !== STRIPE_VERSION)
    return invalid(`Invalid Stripe API version: ${version.slice(0, 40)}. This far side speaks ${STRIPE_VERSION}.`);
  if ((body?.length ?? 0) > BODY_MAX) return invalid("Request body is too large.");
  const isForm = (headers["content-type"] ?? "application/x-www-form-urlencoded").startsWith("application/x-www-form-urlencoded");
  if (request.method === "POST" && !isForm) return invalid("Invalid content type: the API takes application/x-www-form-urlencoded.");
  if ((headers["idempotency-key"]?.length ?? 0) > KEY_MAX) return invalid(`Idempotency keys can be at most ${KEY_MAX} characters long.`);
  return null;
}

function keyOf(authorization: string): string | null {
  const [scheme, value = ""] = authorization.split(" ", 2);
  if (scheme === "Bearer" && value !== "") return value;
  if (scheme !== "Basic") return null;
  return Buffer.from(value, "base64").toString("utf8").split(":", 1)[0] || null;
}

function sameText(wanted: string, given: string): boolean {
  const [left, right] = [Buffer.from(wanted), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function unknownUrl(method: string, path: string): Answer {
  const message = `Unrecognized request URL (${method}: ${path.slice(0, 200)}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.`;
  return { status: 404, body: errorText({ type: "invalid_request_error", message }), stored: false };
}

/** The fault of a token is met by the first confirm under each key. */
function tokenFault({ desk, request }: Asking, { route, id }: { route: Route; id: string }, form: Form): StripeFault | null {
  const isConfirm = route.path.endsWith("/confirm") || (route.path === "/v1/payment_intents" && form["confirm"] === "true");
  if (request.method !== "POST" || !isConfirm) return null;
  const named = form["payment_method"];
  const intent = desk.state.intents.get(id);
  const behaviour =
    typeof named === "string" ? (cardOfToken(named)?.behaviour ?? desk.state.methods.get(named)?.behaviour) : intent?.method?.behaviour;
  if (behaviour?.fault === undefined) return null;
  const under = request.headers["idempotency-key"] ?? id;
  if (desk.state.faultsMet.has(under)) return null;
  if (under !== "") desk.state.faultsMet.add(under);
  return { name: behaviour.fault, delayMs: TOKEN_DELAY_MS };
}

const TOKEN_DELAY_MS = 5_000;

function idempotencyKey({ request }: Asking): string | undefined {
  return request.method === "POST" ? request.headers["idempotency-key"] || undefined : undefined;
}

function keptUnder(asking: Asking): Kept | null {
  const { state, now } = asking.desk;
  // Kept in the order of their time.
  for (const [key, { at }] of state.kept) {
    if (at > now - KEPT_MS) break;
    state.kept.delete(key);
  }
  const key = idempotencyKey(asking);
  return key === undefined ? null : (state.kept.get(key) ?? null);
}

function keep(asking: Asking, answer: Answer, delayMs: number): void {
  const { desk, request } = asking;
  const key = idempotencyKey(asking);
  if (key === undefined || !answer.stored) return;
  const path = request.path.split("?")[0]!;
  const { requestId, now } = desk;
  const kept = {
    path,
    params: fingerprint(request.body),
    at: now,
    requestId,
    status: answer.status,
    answer: answer.body,
    runningUntil: now + delayMs,
  };
  desk.state.kept.set(key, kept);
}

function replayed(asking: Asking, kept: Kept, shown: { fault: StripeFault | null; effect: StripeEffect | null }): Answered {
  const { request, desk } = asking;
  const conflicting = (message: string): Answered => ({
    ...plain(asking, { status: 400, body: errorText({ type: "idempotency_error", message }), stored: false }),
    fault: shown.fault,
  });
  const key = request.headers["idempotency-key"]!;
  if (kept.path !== request.path.split("?")[0])
    return conflicting(
      `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${kept.path}' vs '${request.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  if (kept.params !== fingerprint(request.body))
    return conflicting(
      `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    );
  if (kept.runningUntil > desk.now) return plain(asking, refusalOf(409, keyInUse));
  const headers = { "idempotent-replayed": "true", "original-request": kept.requestId };
  const answer: Answer = { status: kept.status, body: kept.answer, stored: false, headers };
  // A stored 500 is its own answer; other faults strike a replay as they strike a first answer.
  return { reply: withEffect(asking, answer, shown), replayed: true, fault: shown.fault };
}

/** The order of parameters is nothing. A hash, for a body may hold the number of a card. */
function fingerprint(body: string | null): string {
  const pairs = [...new URLSearchParams(body ?? "")].map((pair) => JSON.stringify(pair));
  return hash("sha256", pairs.sort().join());
}

interface Effected {
  readonly effect: StripeEffect | null;
  readonly fault: StripeFault | null;
}

/** The answer with Stripe's headers, as the fault lets it through. */
function withEffect({ desk, request }: Asking, answer: Answer, { effect, fault }: Effected): FarReply {
  const key = request.headers["idempotency-key"];
  const own = effect?.answer ?? answer;
  const headers = {
    "content-type": "application/json",
    date: new Date(desk.now).toUTCString(),
    "request-id": desk.requestId,
    "stripe-version": STRIPE_VERSION,
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...own.headers,
  };
  return { status: own.status, headers, body: own.body, delayMs: fault?.delayMs ?? 0, connection: effect?.connection ?? "open" };
}
