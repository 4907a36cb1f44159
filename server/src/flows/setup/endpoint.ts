/** The endpoint that a merchant's events are sent to. */
import { waitingLane } from "../../core/change/parts.ts";
import { WAKE_BATCH, WAKE_ROUNDS_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Endpoint, IdempotencyRow, Scope } from "../../core/model.ts";
import { representEndpoint } from "../../core/represent.ts";
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
  const before = await repeated(deps, caller);
  if (before) return before;
  const keyFor = ({ endpoint, isNew }: SetEndpoint) =>
    rowFor(deps, caller, { subject: endpoint.id, status: statusOf(isNew), answerBody: JSON.stringify(representEndpoint(endpoint)) });
  const set = await replace(deps, caller.scope, input.url, keyFor);
  if (set === "duplicate") return (await repeated(deps, caller)) ?? inProgress();
  const status = statusOf(set.isNew);
  return { status, body: shown(JSON.stringify(representEndpoint(set.endpoint)), status, set.endpoint), replayed: false };
}

async function repeated(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.answer) return null;
  const endpoint = await deps.settings.endpoint(caller.scope);
  if (endpoint?.id !== stored.row.subject)
    throw new TillwayError("invalid_state", { message: "Another URL has been set since then, and the secret of this one is gone." });
  if (endpoint!.status === "enabled") await wakeDeliveries(deps, endpoint!);
  return { ...stored.answer, body: shown(stored.answer.body, stored.answer.status, endpoint!) };
}

const statusOf = (isNew: boolean): number => (isNew ? 201 : 200);

/** With the secret at its end, if the answer is the one that made it. */
function shown(body: string, status: number, { secret }: Endpoint): string {
  return status === 201 ? JSON.stringify({ ...(JSON.parse(body) as object), secret }) : body;
}

/**
 * Sets the one endpoint of this merchant and mode. The same URL again keeps its secret and switches it on; a new URL gets a new
 * endpoint with a secret of its own. What waited is sent. Throws `TillwayError` invalid_url; `Contended` if others were faster each time.
 */
export async function setEndpoint(deps: Deps, scope: Scope, { url }: { readonly url: string }): Promise<SetEndpoint> {
  return (await replace(deps, scope, url, () => undefined)) as SetEndpoint;
}

/** @param keyFor the idempotency row that is claimed with it; `duplicate`: its key is taken */
async function replace(
  deps: Deps,
  scope: Scope,
  url: string,
  keyFor: (set: SetEndpoint) => IdempotencyRow | undefined,
): Promise<SetEndpoint | "duplicate"> {
  const allowed = deps.checkUrl(url);
  if (!allowed.ok) throw new TillwayError("invalid_url", { param: "url", message: allowed.reason, reason: allowed.reason });
  return untilFirst(`the webhook endpoint of ${scope.merchantId}`, async () => {
    const known = await deps.settings.endpoint(scope);
    const isNew = known?.url !== url;
    const endpoint = isNew ? newEndpoint(deps, scope, url) : { ...known, ...on };
    const result = await deps.settings.putEndpoint(endpoint, known?.id ?? null, keyFor({ endpoint, isNew }));
    if (result !== "applied") return result === "stale" ? null : result;
    const wasOff = known?.status === "disabled";
    const woken = await wakeDeliveries(deps, endpoint, wasOff ? [known.id] : []);
    if (wasOff)
      deps.log.info({ merchant_id: scope.merchantId, endpoint_id: endpoint.id, woken }, "a webhook endpoint is switched on again");
    return { endpoint, isNew };
  });
}

/**
 * What waits for this endpoint is due now, in order of its creation; and so are the next tries in these lanes.
 * @returns how many
 */
export async function wakeDeliveries(deps: Deps, endpoint: Endpoint, lanes: readonly string[] = []): Promise<number> {
  let woken = 0;
  for (let round = 0; round < WAKE_ROUNDS_MAX; round++) {
    const wake = { to: endpoint.id, now: deps.clock.now(), limit: WAKE_BATCH };
    const some = await deps.store.wakeJobs([waitingLane(endpoint), ...lanes], wake);
    woken += some;
    if (some === 0) break;
    deps.queue.hint(["webhook-queue"]);
  }
  return woken;
}

const on = { status: "enabled", disabledReason: null, disabledAt: null, goneSince: null } as const;

function newEndpoint(deps: Deps, scope: Scope, url: string): Endpoint {
  const now = deps.clock.now();
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: newId("whe", now, deps.random.bytes(16)),
    url,
    ...on,
    secret: `whsec_${base64(deps.random.bytes(32))}`,
    previousSecret: null,
    previousSecretUntil: null,
    retryIntervalsMs: null,
    createdAt: now,
  };
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
