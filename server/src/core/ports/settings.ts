import type { ConnectorAccount, Endpoint, IdempotencyRow, Mode, Ms, Scope } from "../model.ts";
import type { Scopes } from "../permissions.ts";

/** Plain configuration rows: merchants, keys, endpoints, accounts. One statement each. Secrets are sealed at rest, opened here. */
export interface Settings {
  createMerchant(merchant: NewMerchant): Promise<"created" | "email_taken">;
  findMerchantByEmail(email: string): Promise<{ readonly id: string } | null>;
  /** Claims the caller's key as well. `full`: the scope has `KEYS_MAX` in force. Nothing was written then, and nothing if it is `duplicate`. */
  createKey(key: NewKey, idempotency?: IdempotencyRow): Promise<"applied" | "duplicate" | "full">;
  /** Those in force first, then newest first: at most `KEYS_SHOWN_MAX`. */
  keys(scope: Scope, now: Ms): Promise<readonly ApiKey[]>;
  key(scope: Scope, id: string): Promise<ApiKey | null>;
  /** Writes name and scopes if nobody has changed or revoked the key since `before`. False: somebody was faster. */
  changeKey(before: ApiKey, after: Pick<ApiKey, "name" | "scopes">): Promise<boolean>;
  /** `next` takes the place of `before`, which ends at that time. `stale`: it was changed, revoked or rotated since. */
  rotateKey(before: ApiKey, endsAt: Ms, next: NewKey, idempotency?: IdempotencyRow): Promise<"applied" | "stale" | "duplicate">;
  /** Writes the time of a key's last use, unless it was noted within `KEY_USE_NOTED_MS`. */
  noteKeyUse(scope: Scope, keyId: string, now: Ms): Promise<void>;
  /** A secret for an answer that is kept under an idempotency key for a day. @param keyId the key that it belongs to */
  sealSecret(scope: Scope, keyId: string, secret: string): string;
  openSecret(scope: Scope, keyId: string, sealed: string): string;
  /** Constant-time check of key and secret. Null: unknown, wrong, revoked or expired; never says which. */
  authenticate(key: string, secret: string, now: Ms): Promise<Actor | null>;
  /** False: no such key, or revoked before. */
  revokeKey(scope: Scope, keyId: string, now: Ms): Promise<boolean>;
  /**
   * Puts the endpoint in the place of `replaces` (an id; null: this scope has none yet), and claims the caller's key. `stale`: another one
   * stands there by now, or the same one was changed. `duplicate`: the key is taken. Then nothing was written.
   */
  putEndpoint(endpoint: Endpoint, replaces: string | null, key?: IdempotencyRow): Promise<EndpointWritten>;
  /** One more endpoint. `full`: the scope has `ENDPOINTS_MAX`. */
  addEndpoint(endpoint: Endpoint, key?: IdempotencyRow): Promise<EndpointWritten | "full">;
  /** Writes what a merchant sets, but not the status, if nobody else has changed it since `before`. */
  changeEndpoint(before: Endpoint, after: Endpoint, key?: IdempotencyRow): Promise<EndpointWritten>;
  removeEndpoint(scope: Scope, id: string): Promise<boolean>;
  /** Without an id: the oldest. */
  endpoint(scope: Scope, id?: string): Promise<Endpoint | null>;
  /** All of them, oldest first: at most `ENDPOINTS_MAX`. */
  endpoints(scope: Scope): Promise<readonly Endpoint[]>;
  /** Writes what `after` says of its status, if it still is as in `before`. False: somebody was faster. */
  moveEndpoint(before: Endpoint, after: Endpoint): Promise<boolean>;
  /** Writes the endpoint's breaker, if it still is open until the same time as in `before`, or still closed. False: somebody was faster. */
  moveBreaker(before: Endpoint, after: Pick<Endpoint, "breakerUntil" | "breakerTrips">): Promise<boolean>;
  putAccount(account: ConnectorAccount): Promise<void>;
  /** By id alone: a gateway's webhook names only the account. */
  account(accountId: string): Promise<ConnectorAccount | null>;
  /** Names of the connectors that enabled accounts use. Asked at a start only. */
  connectorsInUse(): Promise<readonly string[]>;
}

export type EndpointWritten = "applied" | "stale" | "duplicate";

export interface NewMerchant {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly createdAt: Ms;
}

export interface NewKey extends Scope {
  readonly id: string;
  /** `pk_test_…`: public, names the key. */
  readonly key: string;
  /** `sk_test_…`: stored as a keyed hash only. */
  readonly secret: string;
  readonly scopes: Scopes;
  /** For people. */
  readonly name: string;
  readonly createdAt: Ms;
}

export interface ApiKey extends Omit<NewKey, "secret"> {
  readonly lastUsedAt: Ms | null;
  /** It was rotated, and works until then. */
  readonly expiresAt: Ms | null;
  readonly revokedAt: Ms | null;
}

/** Who is asking. */
export interface Actor {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly scopes: Scopes;
}
