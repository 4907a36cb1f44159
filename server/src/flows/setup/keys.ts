/** A merchant's API keys: create, change, rotate, revoke. A key never grants, changes or replaces more than its maker may do. */
import { KEYS_MAX } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Mode, Ms, Scope } from "../../core/model.ts";
import type { Scopes } from "../../core/permissions.ts";
import type { ApiKey, NewKey } from "../../core/ports/settings.ts";
import { untilFirst } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export interface KeyWish {
  readonly name?: string;
  readonly scopes?: Scopes;
}

/** What the answers show of a key, without its secret. */
type Show = (key: ApiKey) => object;

/** A request of a key about keys. */
export interface KeyRequest {
  readonly caller: Caller;
  /** What the key of the request may do. */
  readonly granted: Scopes;
  readonly show: Show;
}

/** Makes a key; its secret is in the answer, also in that of a repeat within a day. Throws `TillwayError` permission_denied, invalid_state (too many). */
export async function createKey(deps: Deps, request: KeyRequest, wish: Required<KeyWish>): Promise<Answer> {
  refuseMore(request.granted, wish.scopes);
  const before = await repeated(deps, request);
  if (before) return before;
  const made = newKey(deps, request.caller.scope, wish);
  const result = await deps.settings.createKey(made, keyOfAnswer(deps, request, made));
  if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
  if (result === "full")
    throw new TillwayError("invalid_state", {
      message: `There are ${KEYS_MAX} keys in force, which is the most. Revoke one that is not needed.`,
    });
  return { status: 201, body: JSON.stringify({ ...request.show(unused(made)), secret: made.secret }), replayed: false };
}

/**
 * Another key with the same name and scopes; the one before ends after the overlap. Throws `TillwayError` not_found, permission_denied, or
 * invalid_state if it has ended or was rotated before.
 */
export async function rotateKey(deps: Deps, request: KeyRequest, id: string, overlapMs: Ms): Promise<Answer> {
  return untilFirst(id, async () => {
    const stored = await repeated(deps, request);
    if (stored) return stored;
    const before = await foundKey(deps, request.caller.scope, id);
    refuseMore(request.granted, before.scopes);
    refuseEnded(before);
    if (before.expiresAt !== null)
      throw new TillwayError("invalid_state", { message: "The key was rotated before. Rotate the one that took its place." });
    const made = newKey(deps, request.caller.scope, before);
    const result = await deps.settings.rotateKey(before, made.createdAt + overlapMs, made, keyOfAnswer(deps, request, made));
    if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
    if (result === "stale") return null;
    return { status: 201, body: JSON.stringify({ ...request.show(unused(made)), secret: made.secret }), replayed: false };
  });
}

/** Changes what the wish names. Throws `TillwayError` not_found, permission_denied, invalid_state. */
export async function changeKey(deps: Deps, request: Omit<KeyRequest, "show">, id: string, wish: KeyWish): Promise<ApiKey> {
  return untilFirst(id, async () => {
    const before = await foundKey(deps, request.caller.scope, id);
    refuseMore(request.granted, [...before.scopes, ...(wish.scopes ?? [])]);
    refuseEnded(before);
    const scopes = wish.scopes ? [...new Set(wish.scopes)] : before.scopes;
    const after = { ...before, name: wish.name ?? before.name, scopes };
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
export function newKey(deps: Pick<Deps, "clock" | "random">, scope: Scope, { name, scopes }: Required<KeyWish>): NewKey {
  const now = deps.clock.now();
  const text = (kind: "pk" | "sk", length: number) => `${kind}_${scope.mode satisfies Mode}_${secretText(deps, length)}`;
  return {
    merchantId: scope.merchantId,
    mode: scope.mode,
    id: newId("key", now, deps.random.bytes(16)),
    key: text("pk", 24),
    secret: text("sk", 32),
    scopes: [...new Set(scopes)],
    name,
    createdAt: now,
  };
}

const KEY_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";

/** About 5.7 bits a character; 32 characters are beyond guessing. */
export function secretText(deps: Pick<Deps, "random">, length: number): string {
  return Array.from(deps.random.bytes(length), (byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join("");
}

/** As a reader finds it when nobody has used it. */
function unused({ merchantId, mode, id, key, scopes, name, createdAt }: NewKey): ApiKey {
  return { merchantId, mode, id, key, scopes, name, createdAt, lastUsedAt: null, expiresAt: null, revokedAt: null };
}

/** The answer as its idempotency key keeps it: the secret is sealed. */
function keyOfAnswer(deps: Deps, { caller, show }: KeyRequest, made: NewKey) {
  const secret = deps.settings.sealSecret(made, made.id, made.secret);
  return rowFor(deps, caller, { subject: made.id, status: 201, answerBody: JSON.stringify({ ...show(unused(made)), secret }) });
}

/** The repeat may come from another key than the first request: it is shown no secret of a key that may do more than itself. */
async function repeated(deps: Deps, { caller, granted }: KeyRequest): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.answer) return null;
  const { answer, row } = stored;
  const shown = JSON.parse(answer.body) as { readonly secret: string; readonly scopes: Scopes };
  refuseMore(granted, shown.scopes);
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

function refuseEnded(key: ApiKey): void {
  if (key.revokedAt !== null) throw new TillwayError("invalid_state", { message: "The key was revoked. Create another one." });
}
