/** The short form for a merchant with one endpoint, and what all endpoints have in common: see `endpoints.ts`. */
import { closed } from "../../core/decide/breaker.ts";
import { waitingLane } from "../../core/change/parts.ts";
import { PREDECESSORS_MAX, WAKE_BATCH, WAKE_ROUNDS_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Endpoint, IdempotencyRow, Scope } from "../../core/model.ts";
import { iso, representEndpoint } from "../../core/represent.ts";
import { untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export interface SetEndpoint {
  readonly endpoint: Endpoint;
  /** It has a new secret, which is shown now or never. */
  readonly isNew: boolean;
}

/**
 * Answers a request to set the endpoint, once: a repeat under the same key gets the same answer, secret included, as long as that endpoint
 * stands. The secret is never stored with the key. Throws `TillwayError`.
 */
export async function putEndpoint(deps: Deps, caller: Caller, input: { readonly url: string }): Promise<Answer> {
  const before = await repeatedAnswer(deps, caller);
  if (before) return before;
  const keyFor = ({ endpoint, isNew }: SetEndpoint) => keyOfAnswer(deps, caller, endpoint, statusOf(isNew));
  const set = await replace(deps, caller, input.url, keyFor);
  if (set === "duplicate") return (await repeatedAnswer(deps, caller)) ?? inProgress();
  return answerWith(deps, caller, set.endpoint, statusOf(set.isNew));
}

/**
 * What was answered under the caller's key before; null: the key is free. Throws `TillwayError` invalid_state if the answer showed a secret
 * that is not in force any more.
 */
export async function repeatedAnswer(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.answer) return null;
  const { answer, row } = stored;
  const endpoint = row.subject === null ? null : await deps.settings.endpoint(caller.scope, row.subject);
  if (!endpoint)
    throw new TillwayError("invalid_state", {
      message: "This endpoint was deleted or replaced by another URL since then, and its secret is gone.",
    });
  const { secret_created_at: made } = JSON.parse(answer.body) as { secret_created_at?: string };
  // An answer from before secrets were rotated does not name its time.
  if (answer.status === MADE && made !== undefined && made !== iso(endpoint.secretCreatedAt))
    throw new TillwayError("invalid_state", { message: "The secret was rotated since then, and the one that this request made is gone." });
  if (endpoint.status === "enabled") await wakeDeliveries(deps, endpoint);
  return { ...answer, body: shown(answer.body, answer.status, endpoint) };
}

/** The answers with this status show the secret that they made. */
export const MADE = 201;
const statusOf = (isNew: boolean): number => (isNew ? MADE : 200);

/** The answer that shows this endpoint, as its key keeps it: without the secret. */
export function keyOfAnswer(deps: Deps, caller: Caller, endpoint: Endpoint, status: number): IdempotencyRow | undefined {
  return rowFor(deps, caller, { subject: endpoint.id, status, answerBody: JSON.stringify(representEndpoint(endpoint)) });
}

/** The same bytes as a repeat gets: in the caller's version, and the secret after that. */
export function answerWith({ versions }: Deps, { apiVersion }: Caller, endpoint: Endpoint, status: number): Answer {
  const body = versions.shown(JSON.stringify(representEndpoint(endpoint)), versions.current, apiVersion);
  return { status, body: shown(body, status, endpoint), replayed: false, apiVersion };
}

/** With the secret at its end, if the answer is the one that made it. */
function shown(body: string, status: number, { secret }: Endpoint): string {
  return status === MADE ? JSON.stringify({ ...(JSON.parse(body) as object), secret }) : body;
}

/**
 * Sets the one endpoint of this merchant and mode. The same URL again keeps its secret and switches it on; a new URL gets a new
 * endpoint with a secret of its own. What waited is sent. Throws `TillwayError` invalid_url; `Contended` if others were faster each time.
 */
export async function setEndpoint(deps: Deps, scope: Scope, { url }: { readonly url: string }): Promise<SetEndpoint> {
  return (await replace(deps, { scope, apiVersion: deps.versions.current }, url, () => undefined)) as SetEndpoint;
}

/** @param keyFor the idempotency row that is claimed with it; `duplicate`: its key is taken */
async function replace(
  deps: Deps,
  { scope, apiVersion }: Pick<Caller, "scope" | "apiVersion">,
  url: string,
  keyFor: (set: SetEndpoint) => IdempotencyRow | undefined,
): Promise<SetEndpoint | "duplicate"> {
  refuseUrl(deps, url);
  return untilFirst(`the webhook endpoint of ${scope.merchantId}`, async () => {
    const known = onlyOne(await deps.settings.endpoints(scope));
    const isNew = known?.url !== url;
    const endpoint: Endpoint = isNew
      ? newEndpoint(deps, scope, { url, predecessors: lineOf(known), apiVersion: known?.apiVersion ?? apiVersion })
      : { ...known, ...on, ...closed };
    const result = await deps.settings.putEndpoint(endpoint, known?.id ?? null, keyFor({ endpoint, isNew }));
    if (result !== "applied") return result === "stale" ? null : result;
    await switchedOn(deps, known, endpoint);
    return { endpoint, isNew };
  });
}

/** The one endpoint that the short form is about; null: there is none yet. Throws `TillwayError` invalid_state if there are several. */
export function onlyOne(endpoints: readonly Endpoint[]): Endpoint | null {
  if (endpoints.length > 1)
    throw new TillwayError("invalid_state", {
      message: `There are ${endpoints.length} webhook endpoints, and this route is for one. GET /v1/webhook-endpoints lists them; change one by its id.`,
    });
  return endpoints[0] ?? null;
}

/** In whose place an endpoint stands that replaces this one. */
function lineOf(known: Endpoint | null): string[] {
  return known ? [...known.predecessors, known.id].slice(-PREDECESSORS_MAX) : [];
}

/** Throws `TillwayError` invalid_url. */
export function refuseUrl(deps: Deps, url: string): void {
  const allowed = deps.checkUrl(url);
  if (!allowed.ok) throw new TillwayError("invalid_url", { param: "url", message: allowed.reason, reason: allowed.reason });
}

/** What waited for it is sent. Said in the log if it was off. @param before as it was, or the one in whose place it stands */
export async function switchedOn(deps: Deps, before: Endpoint | null, endpoint: Endpoint): Promise<void> {
  const wasOff = before !== null && before.status !== "enabled";
  const woken = await wakeDeliveries(deps, endpoint, wasOff ? [before.id] : []);
  if (wasOff)
    deps.log.info({ merchant_id: endpoint.merchantId, endpoint_id: endpoint.id, woken }, "a webhook endpoint is switched on again");
}

/**
 * What waits for this endpoint is due now, in order of its creation; and so are the next tries in these lanes.
 * @returns how many
 */
export async function wakeDeliveries(deps: Deps, endpoint: Endpoint, lanes: readonly string[] = []): Promise<number> {
  let woken = 0;
  for (let round = 0; round < WAKE_ROUNDS_MAX; round++) {
    const wake = { to: endpoint.id, now: deps.clock.now(), limit: WAKE_BATCH };
    const some = await deps.store.wakeJobs([...[endpoint.id, ...endpoint.predecessors].map(waitingLane), ...lanes], wake);
    woken += some;
    if (some === 0) break;
    deps.queue.hint(["webhook-queue"]);
  }
  return woken;
}

/** Switched on, with nothing against it. */
export const on = { status: "enabled", disabledReason: null, disabledAt: null, goneSince: null } as const;

/** What failed before says nothing about another URL, or a server that a person has mended. */
export async function closeBreaker(deps: Deps, endpoint: Endpoint): Promise<void> {
  if (endpoint.breakerUntil !== null) await deps.settings.moveBreaker(endpoint, closed);
}

export function newEndpoint(deps: Deps, scope: Scope, given: Pick<Endpoint, "url"> & Partial<Endpoint>): Endpoint {
  const now = deps.clock.now();
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: newId("whe", now, deps.random.bytes(16)),
    description: null,
    apiVersion: deps.versions.current,
    events: ["*"],
    ...on,
    secret: newSecret(deps),
    secretCreatedAt: now,
    previousSecret: null,
    previousSecretUntil: null,
    headers: {},
    retryIntervalsMs: null,
    ...closed,
    predecessors: [],
    version: 1,
    createdAt: now,
    ...given,
  };
}

/** 33 bytes are 44 characters of base64 without padding: some verifiers refuse a secret whose `=` was lost in copying. */
export function newSecret(deps: Pick<Deps, "random">): string {
  return `whsec_${btoa(String.fromCharCode(...deps.random.bytes(33)))}`;
}
