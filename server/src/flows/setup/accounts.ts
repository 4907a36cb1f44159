/** A merchant's gateway accounts: create, change, rotate credentials, test, close. */
import {
  ACCOUNT_PRIORITY_MAX,
  ACCOUNT_TESTS_MAX,
  ACCOUNT_TESTS_OF_ALL_MAX,
  ACCOUNTS_MAX,
  changesCalls,
  withCredentials,
  type Credentials,
} from "../../core/accounts.ts";
import { COME_AGAIN_MS, KEY_CACHE_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { AccountRow, Ms, Scope } from "../../core/model.ts";
import type { CheckResult, Connector } from "../../core/ports/connector.ts";
import { untilFirst } from "../commit.ts";
import { ownedByDeps, type Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";
import { connectorFor, refuseUnfit } from "./credentials.ts";

export interface NewAccount {
  readonly connector: string;
  readonly name: string;
  /** Left out: after all others. */
  readonly priority?: number;
  readonly status?: AccountRow["status"];
  readonly credentials: Credentials;
  /** False: saved without asking the gateway. */
  readonly verify: boolean;
}

/** What is left out stays as it is. */
export type AccountChange = Partial<Pick<AccountRow, "name" | "priority" | "status">>;

export interface Rotation {
  /** In the place of those of the same names. */
  readonly credentials: Credentials;
  /** How long the webhook secret before is accepted as well. */
  readonly overlapMs: Ms;
  readonly verify: boolean;
}

/** A request of a key about accounts. */
export interface AccountRequest {
  readonly caller: Caller;
  /** What the answer shows of an account: no secret, so it is kept under the idempotency key as it is. */
  readonly show: (account: AccountRow) => object;
}

/**
 * Makes an account in the mode of the caller's key, once per idempotency key, if the gateway accepts its credentials. Throws `TillwayError`
 * unknown_field, missing_field, invalid_field, credentials_refused, credentials_not_tested, invalid_state (too many).
 */
export async function createAccount(deps: Deps, request: AccountRequest, wish: NewAccount): Promise<Answer> {
  const { scope } = request.caller;
  const { connector, rules } = connectorFor(deps, wish.connector, scope.mode);
  refuseUnfit(rules, scope.mode, wish.credentials, true);
  const before = await repeated(deps, request);
  if (before) return before;
  const made = await newAccount(deps, scope, wish);
  const account = wish.verify ? await accepted(deps, connector, made) : made;
  const result = await deps.settings.createAccount(account, keyOf(deps, request, account, 201));
  if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
  if (result === "full") return (await repeated(deps, request)) ?? Promise.reject(full());
  note(deps, account, "created");
  return { status: 201, body: JSON.stringify(request.show(account)), replayed: false };
}

/** Changes what the wish names. Throws `TillwayError` not_found, invalid_state (closed). */
export async function changeAccount(deps: Deps, scope: Scope, id: string, wish: AccountChange): Promise<AccountRow> {
  return untilFirst(id, async () => {
    const before = await foundAccount(deps, scope, id);
    if (before.closedAt !== null)
      throw new TillwayError("invalid_state", { message: "The account is closed, for good. Create another one with these credentials." });
    const after = await written(deps, before, { ...before, ...wish });
    if (after) note(deps, after, after.status === before.status ? "changed" : after.status);
    return after;
  });
}

/**
 * Puts credentials in the place of those of the same names, once per idempotency key, if the gateway accepts them. The answer comes when all
 * processes use them. One that is closed has them rotated as well: refunds go there. Throws `TillwayError` as `createAccount`, and not_found.
 */
export async function rotateCredentials(deps: Deps, request: AccountRequest, id: string, wish: Rotation): Promise<Answer> {
  const { mode } = request.caller.scope;
  return changedOnce(deps, request, id, async (before) => {
    const { connector, rules } = connectorFor(deps, before.connector, mode);
    refuseUnfit(rules, mode, wish.credentials, false);
    const after = withCredentials(before, wish.credentials, { now: deps.clock.now(), overlapMs: wish.overlapMs });
    if (!changesCalls(before, after)) return after;
    return wish.verify ? accepted(deps, connector, after) : { ...after, verifiedAt: null };
  });
}

/** Asks the gateway whether it accepts the credentials. Throws `TillwayError` not_found, credentials_refused, credentials_not_tested. */
export async function testAccount(deps: Deps, request: AccountRequest, id: string): Promise<Answer> {
  return changedOnce(deps, request, id, async (before) => {
    const { connector } = connectorFor(deps, before.connector, before.mode);
    if (!connector.check) throw notTested(before, "its connector has no way to test them");
    return accepted(deps, connector, before);
  });
}

/** Writes what `next` makes of an account, once per idempotency key. `next` may ask the gateway: no row is held meanwhile. */
async function changedOnce(
  deps: Deps,
  request: AccountRequest,
  id: string,
  next: (before: AccountRow) => Promise<AccountRow>,
): Promise<Answer> {
  return untilFirst(id, async () => {
    const stored = await repeated(deps, request);
    if (stored) return stored;
    const before = await foundAccount(deps, request.caller.scope, id);
    const after = await next(before);
    const result = await deps.settings.changeAccount(before, after, keyOf(deps, request, after, 200));
    if (result === "duplicate") return (await repeated(deps, request)) ?? inProgress();
    if (result === "stale") return null;
    if (after.credentials !== before.credentials) {
      note(deps, after, "given other credentials");
      // Other processes may remember the account for so long: whoever has the answer may end the credentials before.
      await deps.clock.sleep(KEY_CACHE_MS);
    }
    return { status: 200, body: JSON.stringify(request.show(after)), replayed: false };
  });
}

/** Disables an account for good: attempts refer to it, so it stays. One that is closed already stays as it is. Throws `TillwayError` not_found. */
export async function closeAccount(deps: Deps, scope: Scope, id: string): Promise<AccountRow> {
  return untilFirst(id, async () => {
    const before = await foundAccount(deps, scope, id);
    if (before.closedAt !== null) return before;
    const closed = await written(deps, before, { ...before, status: "disabled", closedAt: deps.clock.now() });
    if (closed) note(deps, closed, "closed");
    return closed;
  });
}

/** The account, as it is stored at this moment. Throws `TillwayError` not_found. */
export async function foundAccount(deps: Deps, scope: Scope, id: string): Promise<AccountRow> {
  const account = await deps.settings.accountOf(scope, id);
  if (!account) throw new TillwayError("not_found", { param: "id" });
  return account;
}

/** Null: somebody was faster. */
async function written(deps: Deps, before: AccountRow, after: AccountRow): Promise<AccountRow | null> {
  return (await deps.settings.changeAccount(before, after)) === "applied" ? after : null;
}

/** The account with the gateway's word on it, for which nothing is locked or written. If the connector can't ask, there is none. */
async function accepted(deps: Deps, connector: Connector, account: AccountRow): Promise<AccountRow> {
  const result = await asked(deps, connector, account);
  if (result?.kind === "refused")
    throw new TillwayError("credentials_refused", {
      message: `The gateway does not accept these credentials: ${result.reason}. Nothing was saved.`,
    });
  if (result?.kind === "unreachable") throw notTested(account, result.reason);
  return { ...account, verifiedAt: result ? deps.clock.now() : null };
}

/** How many tests each merchant has under way; under the empty name, all of them. */
const underWay = ownedByDeps(() => new Map<string, number>());
const ALL = "";

/** Throws `TillwayError` rate_limited if too many are under way. */
async function asked(deps: Deps, connector: Connector, account: AccountRow): Promise<CheckResult | undefined> {
  const own = underWay(deps);
  const count = (name: string): number => own.get(name) ?? 0;
  const { merchantId } = account;
  if (count(merchantId) >= ACCOUNT_TESTS_MAX || count(ALL) >= ACCOUNT_TESTS_OF_ALL_MAX)
    throw new TillwayError("rate_limited", {
      message:
        "Other tests of credentials are under way, and the gateway has not answered them. Send the request again when they have ended.",
      retryAfterMs: COME_AGAIN_MS,
    });
  for (const name of [merchantId, ALL]) own.set(name, count(name) + 1);
  try {
    return await connector.check?.(account);
  } finally {
    for (const name of [merchantId, ALL])
      if (count(name) > 1) own.set(name, count(name) - 1);
      else own.delete(name);
  }
}

function notTested({ connector }: AccountRow, reason: string): TillwayError {
  const message = `The credentials could not be tested at ${connector}: ${reason}. Nothing was saved. Send the request again, or with verify: false to save them as they are.`;
  return new TillwayError("credentials_not_tested", { message, retryAfterMs: COME_AGAIN_MS });
}

async function newAccount(deps: Deps, scope: Scope, wish: NewAccount): Promise<AccountRow> {
  const now: Ms = deps.clock.now();
  const { merchantId, mode } = scope;
  return {
    merchantId,
    mode,
    id: newId("acc", now, deps.random.bytes(16)),
    connector: wish.connector,
    name: wish.name,
    priority: wish.priority ?? (await lastPriority(deps, scope)),
    status: wish.status ?? "enabled",
    credentials: wish.credentials,
    credentialsSetAt: Object.fromEntries(Object.keys(wish.credentials).map((name) => [name, now])),
    previousSecretUntil: null,
    verifiedAt: null,
    closedAt: null,
    version: 1,
    createdAt: now,
  };
}

/** Two at once may get the same one; then the older is tried first. */
async function lastPriority(deps: Deps, scope: Scope): Promise<number> {
  const open = (await deps.settings.accounts(scope)).filter((account) => account.closedAt === null);
  return Math.min(Math.max(0, ...open.map((account) => account.priority)) + 1, ACCOUNT_PRIORITY_MAX);
}

async function repeated(deps: Deps, { caller }: AccountRequest): Promise<Answer | null> {
  return (await storedAnswer(deps, caller))?.answer ?? null;
}

function keyOf(deps: Deps, { caller, show }: AccountRequest, account: AccountRow, status: number) {
  return rowFor(deps, caller, { subject: account.id, status, answerBody: JSON.stringify(show(account)) });
}

function note(deps: Deps, { merchantId, mode, id, connector }: AccountRow, did: string): void {
  deps.log.info({ merchant_id: merchantId, mode, account_id: id, connector }, `a gateway account was ${did}`);
}

const full = () =>
  new TillwayError("invalid_state", {
    message: `There are ${ACCOUNTS_MAX} gateway accounts in this mode, which is the most. Close one that is not needed.`,
  });
