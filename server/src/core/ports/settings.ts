import type { ConnectorAccount, Endpoint, IdempotencyRow, Mode, Ms, Scope } from "../model.ts";
import type { Scopes } from "../permissions.ts";

/** Plain configuration rows: merchants, keys, endpoints, accounts. One statement each. Secrets are sealed at rest, opened here. */
export interface Settings {
  createMerchant(merchant: NewMerchant): Promise<"created" | "email_taken">;
  findMerchantByEmail(email: string): Promise<{ readonly id: string } | null>;
  createKey(key: NewKey): Promise<void>;
  /** Constant-time check of key and secret. Null: unknown, wrong, revoked or expired; never says which. */
  authenticate(key: string, secret: string, now: Ms): Promise<Actor | null>;
  /** False: no such key, or revoked before. No route calls it yet. */
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
  readonly createdAt: Ms;
}

/** Who is asking. */
export interface Actor {
  readonly merchantId: string;
  readonly mode: Mode;
  readonly keyId: string;
  readonly scopes: Scopes;
}
