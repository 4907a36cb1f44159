import type { By } from "../admin-actions.ts";
import type { AccountRow, EmailSettings, Endpoint, IdempotencyRow, Mode, Ms, RefundLimits, RoutingRule, Scope, Sweep } from "../model.ts";
import type { Role, Scopes } from "../permissions.ts";
import type { CheckoutRows, PaymentLinkRows } from "./checkout.ts";
import type { Routes } from "../routing/rules.ts";
import type { ApiVersion } from "./versions.ts";

/** Plain configuration rows: merchants, keys, endpoints, accounts. One statement each. Secrets are sealed at rest, opened here. */
export interface Settings extends CheckoutRows, PaymentLinkRows {
  /** The same, for what this one changes: each change leaves an admin action that names them. */
  by(who: By): Settings;
  /** With its first rows, if they are given; claims the caller's key as well. Nothing was written if it is not `created`. */
  createMerchant(merchant: NewMerchant, first?: FirstRows): Promise<"created" | "email_taken" | "duplicate">;
  /** Where the merchant's days begin: UTC, unless it was set. */
  timeZone(merchantId: string): Promise<string>;
  /** Null: there is no such merchant, or the database knows no such zone. */
  setTimeZone(merchantId: string, timeZone: string): Promise<Merchant | null>;
  /** More than this a person gives back only after showing once more who they are; of a currency that is not named: any amount. */
  refundLimits(merchantId: string): Promise<RefundLimits>;
  setRefundLimits(merchantId: string, limits: RefundLimits): Promise<void>;
  findMerchantByEmail(email: string): Promise<{ readonly id: string } | null>;
  /** Claims the caller's key as well. `full`: the scope has `KEYS_MAX` in force. Nothing was written then, and nothing if it is `duplicate`. */
  createKey(key: NewKey, idempotency?: IdempotencyRow): Promise<"applied" | "duplicate" | "full">;
  /** Those in force first, then newest first: at most `KEYS_SHOWN_MAX`. */
  keys(scope: Scope, now: Ms): Promise<readonly ApiKey[]>;
  key(scope: Scope, id: string): Promise<ApiKey | null>;
  /** Writes these if nobody has changed scopes, limit or version, or revoked the key, since `before`. False: somebody was faster. */
  changeKey(before: ApiKey, after: Pick<ApiKey, "name" | "scopes" | "rateLimitPerSecond" | "apiVersion">): Promise<boolean>;
  /** `next` takes the place of `before`, which ends at that time. `stale`: it was changed, revoked or rotated since. `full`: `KEYS_ROTATED_MAX` are in force. */
  rotateKey(before: ApiKey, endsAt: Ms, next: NewKey, idempotency?: IdempotencyRow): Promise<"applied" | "stale" | "duplicate" | "full">;
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
  /** Writes it as it is, in the place of one with its id: for those that come with a merchant. */
  putAccount(account: AccountRow): Promise<void>;
  /** One more account; claims the caller's key as well. `full`: the scope has `ACCOUNTS_MAX`. Nothing was written unless it is `applied`. */
  createAccount(account: AccountRow, key?: IdempotencyRow): Promise<"applied" | "duplicate" | "full">;
  /** Writes all that may change of it, if nobody has changed it since `before`; raises the version. A closed one stays closed. */
  changeAccount(before: AccountRow, after: AccountRow, key?: IdempotencyRow): Promise<"applied" | "stale" | "duplicate">;
  /** Those that are not closed first, by priority: at most `ACCOUNTS_SHOWN_MAX`. */
  accounts(scope: Scope): Promise<readonly AccountRow[]>;
  /** As it is stored at this moment. */
  accountOf(scope: Scope, accountId: string): Promise<AccountRow | null>;
  /** By id alone: a gateway's webhook names only the account. It may be as it was `KEY_CACHE_MS` ago. */
  account(accountId: string): Promise<AccountRow | null>;
  /** Null: the merchant never set any. */
  routing(scope: Scope): Promise<RoutingTable | null>;
  /** The rules as a whole, in the place of those that are there. Null: `expected` is not the version that stands there (0: none stands there). */
  putRouting(
    scope: Scope,
    rules: readonly RoutingRule[],
    at: { readonly now: Ms; readonly expected: number | null },
  ): Promise<RoutingTable | null>;
  /** As a payment's snapshot has them. @param isFresh as they are at this moment, and not as they were `KEY_CACHE_MS` ago */
  routesOf(scope: Scope, isFresh?: true): Promise<Routes>;
  /** Null: the merchant never set any. */
  emailSettings(scope: Scope): Promise<EmailSettings | null>;
  /** In the place of those that are there, whose id stays. */
  putEmailSettings(settings: EmailSettings): Promise<EmailSettings>;
  /** Null: the account was never swept. */
  sweep(account: Pick<AccountRow, "merchantId" | "mode" | "id">): Promise<Sweep | null>;
  putSweep(sweep: Sweep): Promise<void>;
  /** Enabled accounts of these connectors that have no sweep job; at most `limit`. */
  unsweptAccounts(connectors: readonly string[], limit: number): Promise<readonly Pick<AccountRow, "merchantId" | "mode" | "id">[]>;
  /** Names of the connectors that enabled accounts use. Asked at a start only. */
  connectorsInUse(): Promise<readonly string[]>;
}

export interface RoutingTable {
  readonly rules: readonly RoutingRule[];
  /** 1, 2, …: raised by each change. */
  readonly version: number;
  readonly updatedAt: Ms;
}

export type EndpointWritten = "applied" | "stale" | "duplicate";

export interface Merchant {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  /** A name of the tz database: where its days begin. */
  readonly timeZone: string;
  readonly createdAt: Ms;
}

/** Without a time zone: UTC. */
export type NewMerchant = Omit<Merchant, "timeZone"> & Partial<Pick<Merchant, "timeZone">>;

/** What a new merchant begins with. */
export interface FirstRows {
  readonly account: AccountRow;
  readonly key: NewKey;
  readonly idempotency?: IdempotencyRow;
}

export interface NewKey extends Scope {
  readonly id: string;
  /** `pk_test_…`: public, names the key. */
  readonly key: string;
  /** `sk_test_…`: stored as a keyed hash only. */
  readonly secret: string;
  readonly scopes: Scopes;
  /** Of requests that name none. */
  readonly apiVersion: ApiVersion;
  /** For people. */
  readonly name: string;
  /** Requests a second to one process; null: as many as the installation allows any key. */
  readonly rateLimitPerSecond: number | null;
  readonly createdAt: Ms;
}

export interface ApiKey extends Omit<NewKey, "secret"> {
  readonly lastUsedAt: Ms | null;
  /** It was rotated, and works until then. */
  readonly expiresAt: Ms | null;
  readonly revokedAt: Ms | null;
}

/** A member of the merchant's team. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  /** They have shown within `CONFIRMED_MS` who they are. */
  readonly isConfirmed: boolean;
}

/** Who is asking. */
export interface Actor {
  readonly merchantId: string;
  readonly mode: Mode;
  /** Of the key; of a person, the person's id. Names the caller in records and counts. */
  readonly keyId: string;
  /** Of a person: those that its keys may have. */
  readonly scopes: Scopes;
  /** Null: a key asks. */
  readonly person: Person | null;
  /** See `NewKey`. */
  readonly rateLimitPerSecond: number | null;
  /** Of requests that name none. */
  readonly apiVersion: ApiVersion;
}
