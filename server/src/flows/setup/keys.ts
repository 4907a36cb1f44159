/** A merchant's API keys: create, change, rotate, revoke. A key never grants, changes or replaces more than its maker may do, nor a faster one. */
import { KEYS_MAX, KEYS_ROTATED_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Mode, Ms, Scope } from "../../core/model.ts";
import type { Scopes } from "../../core/permissions.ts";
import type { ApiKey, NewKey } from "../../core/ports/settings.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import { untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export interface KeyWish {
  readonly name?: string;
  readonly scopes?: Scopes;
  /** Requests a second; null: as many as the installation allows any key. */
  readonly rateLimitPerSecond?: number | null;
  readonly apiVersion?: ApiVersion;
}

/** A key to be made; its version is the current one, unless it names another. */
type KeyPlan = KeyWish & Required<Pick<KeyWish, "name" | "scopes">>;

/** What the answers show of a key, without its secret. */
type Show = (key: ApiKey) => object;

/** A request of a key about keys, or one of the operator, who may do all of it at any rate. */
export interface KeyRequest {
  readonly caller: Caller;
  /** What the key of the request may do. */
  readonly granted: Scopes;
  /** Requests a second: the key's own limit, and that of a key without one; null: none. */
  readonly limit: { readonly own: number | null; readonly standard: number | null };
  readonly show: Show;
}

/**
 * Makes a key; its secret is in the answer, also in that of a repeat within a day. If the wish names no limit, it has that of the key that
 * makes it. Throws `TillwayError` permission_denied, invalid_state (too many).
 */
export async function createKey(deps: Deps, request: KeyRequest, wish: KeyPlan): Promise<Answer> {
  const { rateLimitPerSecond = request.limit.own } = wish;
  refuseMore(request.granted, wish.scopes);
  refuseFaster(request, rateLimitPerSecond);
  const before = await repeated(deps, request);
  if (before) return before;
  const made = newKey(deps, request.caller.scope, { ...wish, rateLimitPerSecond });
  const result = await deps.settings.createKey(made, keyOfAnswer(deps, request, made));
  if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
  if (result === "full") return (await repeated(deps, request)) ?? Promise.reject(full());
  return { status: 201, body: JSON.stringify({ ...request.show(unused(made)), secret: made.secret }), replayed: false };
}

/**
 * Another key with the same name, scopes and version; the one before ends after the overlap. Throws `TillwayError` not_found,
 * permission_denied, or invalid_state if it has ended or was rotated before, or too many are in force.
 */
export async function rotateKey(deps: Deps, request: KeyRequest, id: string, overlapMs: Ms): Promise<Answer> {
  return untilFirst(id, async () => {
    const stored = await repeated(deps, request);
    if (stored) return stored;
    const before = await foundKey(deps, request.caller.scope, id);
    refuseMore(request.granted, before.scopes);
    refuseFaster(request, before.rateLimitPerSecond);
    refuseEnded(before);
    // A parallel request with the same key may have been faster, and its success is what we are refused by.
    if (before.expiresAt !== null) return (await repeated(deps, request)) ?? Promise.reject(rotatedBefore());
    const made = newKey(deps, request.caller.scope, before);
    const result = await deps.settings.rotateKey(before, made.createdAt + overlapMs, made, keyOfAnswer(deps, request, made));
    if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
    if (result === "stale") return null;
    if (result === "full") return (await repeated(deps, request)) ?? Promise.reject(fullOfRotated());
    return { status: 201, body: JSON.stringify({ ...request.show(unused(made)), secret: made.secret }), replayed: false };
  });
}

/** Changes what the wish names. Throws `TillwayError` not_found, permission_denied, invalid_state. */
export async function changeKey(deps: Deps, request: Omit<KeyRequest, "show">, id: string, wish: KeyWish): Promise<ApiKey> {
  return untilFirst(id, async () => {
    const before = await foundKey(deps, request.caller.scope, id);
    refuseMore(request.granted, [...before.scopes, ...(wish.scopes ?? [])]);
    const { rateLimitPerSecond } = wish;
    if (rateLimitPerSecond !== undefined) refuseFaster(request, before.rateLimitPerSecond, rateLimitPerSecond);
    refuseEnded(before);
    const scopes = wish.scopes ? [...new Set(wish.scopes)] : before.scopes;
    const { name = before.name, apiVersion = before.apiVersion } = wish;
    const after = { ...before, name, scopes, apiVersion, ...(rateLimitPerSecond !== undefined && { rateLimitPerSecond }) };
    return (await deps.settings.changeKey(before, after)) ? after : null;
  });
}

/** Ends a key at once; other processes know within a second. A key that has ended already stays as it is. Throws `TillwayError` not_found. */
export async function revokeKey(deps: Deps, scope: Scope, id: string): Promise<ApiKey> {
  if (await deps.settings.revokeKey(scope, id, deps.clock.now()))
    deps.log.info({ merchant_id: scope.merchantId, mode: scope.mode, revoked_key_id: id }, "an API key was revoked");
  return foundKey(deps, scope, id);
}

/** The key. Throws `TillwayError` not_found. */
export async function foundKey(deps: Deps, scope: Scope, id: string): Promise<ApiKey> {
  const key = await deps.settings.key(scope, id);
  if (!key) throw new TillwayError("not_found", { param: "id" });
  return key;
}

/** Made, and not written yet. */
export function newKey(deps: Pick<Deps, "clock" | "random" | "versions">, scope: Scope, wish: KeyPlan): NewKey {
  const { name, scopes, rateLimitPerSecond = null, apiVersion = deps.versions.current } = wish;
  const now = deps.clock.now();
  const text = (kind: "pk" | "sk", length: number) => `${kind}_${scope.mode satisfies Mode}_${secretText(deps, length)}`;
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: newId("key", now, deps.random.bytes(16)),
    key: text("pk", 24),
    secret: text("sk", 32),
    scopes: [...new Set(scopes)],
    apiVersion,
    name,
    rateLimitPerSecond,
    createdAt: now,
  };
}

const KEY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** About 5.7 bits a character; 32 characters are beyond guessing. */
export function secretText(deps: Pick<Deps, "random">, length: number): string {
  return Array.from(deps.random.bytes(length), (byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join("");
}

/** As a reader finds it when nobody has used it. */
export function unused({ secret: _secret, ...key }: NewKey): ApiKey {
  return { ...key, lastUsedAt: null, expiresAt: null, revokedAt: null };
}

/** The answer as its idempotency key keeps it: the secret is sealed. */
function keyOfAnswer(deps: Deps, { caller, show }: KeyRequest, made: NewKey) {
  const secret = deps.settings.sealSecret(made, made.id, made.secret);
  return rowFor(deps, caller, { subject: made.id, status: 201, answerBody: JSON.stringify({ ...show(unused(made)), secret }) });
}

/**
 * The repeat may come from another key than the first request: it is shown no secret of a key that may do more than itself, by what that
 * one was made with and by what it may do now.
 */
async function repeated(deps: Deps, request: KeyRequest): Promise<Answer | null> {
  const { caller, granted } = request;
  const stored = await storedAnswer(deps, caller);
  if (!stored?.answer) return null;
  const { answer, row } = stored;
  const shown = JSON.parse(answer.body) as { readonly secret: string; readonly scopes: Scopes };
  const now = await foundKey(deps, caller.scope, row.subject!);
  refuseMore(granted, [...shown.scopes, ...now.scopes]);
  refuseFaster(request, now.rateLimitPerSecond);
  const secret = deps.settings.openSecret(caller.scope, row.subject!, shown.secret);
  return { ...answer, body: JSON.stringify({ ...shown, secret }) };
}

function refuseMore(granted: Scopes, wanted: Scopes): void {
  const missing = wanted.find((scope) => !granted.includes(scope));
  if (missing !== undefined)
    throw new TillwayError("permission_denied", {
      param: "scopes",
      message: `This key lacks the scope ${missing} itself, so it cannot grant it.`,
    });
}

/** A key that is limited must not get around that by a faster one. */
function refuseFaster({ limit: { own, standard } }: Pick<KeyRequest, "limit">, ...limits: readonly (number | null)[]): void {
  const most = own ?? standard;
  if (most !== null && limits.some((each) => (each ?? standard ?? Number.POSITIVE_INFINITY) > most))
    throw new TillwayError("permission_denied", {
      param: "rate_limit_per_second",
      message: `This key may ask ${most} times a second, so it neither makes nor changes a faster one. The operator can.`,
    });
}

const full = () => invalidState(`There are ${KEYS_MAX} keys in force, which is the most. Revoke one that is not needed.`);
const fullOfRotated = () =>
  invalidState(`There are ${KEYS_ROTATED_MAX} keys in force, those that were rotated among them. Revoke one, or wait for its end.`);
const rotatedBefore = () => invalidState("The key was rotated before. Rotate the one that took its place.");

function invalidState(message: string): TillwayError {
  return new TillwayError("invalid_state", { message });
}

function refuseEnded(key: ApiKey): void {
  if (key.revokedAt !== null) throw invalidState("The key was revoked. Create another one.");
}
