/** Gateway accounts: how many a merchant has, and how their credentials are replaced. */
import { KEY_CACHE_MS } from "./constants.ts";
import type { AccountRow, Attempt, Ms } from "./model.ts";

/** Gateway accounts of a merchant and mode, but for those that are closed: each load of a payment carries the enabled ones. */
export const ACCOUNTS_MAX = 20;
/** A list shows those that are not closed, and as many of the others. */
export const ACCOUNTS_SHOWN_MAX = 100;
/** Room between any two of them. */
export const ACCOUNT_PRIORITY_MAX = 1_000;

/** Tests of credentials at once in one process, of one merchant and of all: a gateway that hangs must not take the places of payments. */
export const ACCOUNT_TESTS_MAX = 3;
export const ACCOUNT_TESTS_OF_ALL_MAX = 24;

export type Credentials = Readonly<Record<string, string>>;

/** Every connector calls it so, and the one before it `previous_webhook_secret`. */
const WEBHOOK_SECRET = "webhook_secret";
const PREVIOUS_SECRET = "previous_webhook_secret";

/** The account with these credentials in the place of those of the same names. The webhook secret before verifies beside the new one for a while. */
export function withCredentials(account: AccountRow, given: Credentials, { now, overlapMs }: { now: Ms; overlapMs: Ms }): AccountRow {
  const { credentials: before } = account;
  const changed = Object.keys(given).filter((name) => given[name] !== before[name]);
  if (changed.length === 0) return account;
  const setAt = Object.fromEntries(changed.map((name) => [name, now]));
  const row: AccountRow = {
    ...account,
    credentials: { ...before, ...given },
    credentialsSetAt: { ...account.credentialsSetAt, ...setAt },
  };
  const previous = before[WEBHOOK_SECRET];
  if (!changed.includes(WEBHOOK_SECRET) || previous === undefined) return row;
  // One that was older still ends at once.
  const { [PREVIOUS_SECRET]: _older, ...rest } = row.credentials;
  if (overlapMs === 0) return { ...row, credentials: rest, previousSecretUntil: null };
  return { ...row, credentials: { ...rest, [PREVIOUS_SECRET]: previous }, previousSecretUntil: now + overlapMs };
}

/** Whether requests to the gateway use another credential than before: webhooks alone are no reason to ask it. */
export function changesCalls(before: AccountRow, after: AccountRow): boolean {
  const names = new Set([...Object.keys(before.credentials), ...Object.keys(after.credentials)]);
  return [...names].some(
    (name) => name !== WEBHOOK_SECRET && name !== PREVIOUS_SECRET && before.credentials[name] !== after.credentials[name],
  );
}

/** The account without a webhook secret whose overlap has ended. */
export function inForce(account: AccountRow, now: Ms): AccountRow {
  if (account.previousSecretUntil === null || now < account.previousSecretUntil) return account;
  const { [PREVIOUS_SECRET]: _ended, ...credentials } = account.credentials;
  return { ...account, credentials };
}

/**
 * Whether a secret that calls use was set after the attempt was first sent, or while another process may still have sent with the one before: then
 * the gateway may be speaking of other books than those that the request went to. No gateway says for sure whose a key is.
 * @param secrets names of the secrets that the connector declares
 */
export function mayBeOfOtherBooks(account: AccountRow, { firstSentAt }: Pick<Attempt, "firstSentAt">, secrets: readonly string[]): boolean {
  if (firstSentAt === null) return false;
  const setAt = secrets.filter((name) => name !== WEBHOOK_SECRET).map((name) => account.credentialsSetAt[name] ?? account.createdAt);
  return setAt.some((at) => at > account.createdAt && firstSentAt < at + KEY_CACHE_MS);
}
