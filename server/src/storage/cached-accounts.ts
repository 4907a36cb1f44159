import { KEY_CACHE_MS } from "../core/constants.ts";
import type { AccountRow, Ms } from "../core/model.ts";
import type { Clock } from "../core/ports/world.ts";
import type { Settings } from "../core/ports/settings.ts";
import type { Routes } from "../core/routing/rules.ts";

/** Enough for every account of a large installation; past it the cache starts anew. */
const ACCOUNTS_MAX = 10_000;

/**
 * Settings whose connector accounts are remembered for a second: each gateway call needs one, and opening sealed credentials for
 * every call would cost more than the call. A changed or disabled account is noticed within that second.
 */
export function withCachedAccounts(settings: Settings, clock: Clock): Settings {
  return cachedBy(settings, clock, new Map());
}

type AccountCache = Map<string, { readonly at: Ms; readonly account: Promise<AccountRow | null> }>;

/** Whoever changes an account: all of them have one cache. */
function cachedBy(settings: Settings, clock: Clock, cache: AccountCache): Settings {
  return {
    ...settings,
    by: (who) => cachedBy(settings.by(who), clock, cache),
    putAccount: async (account) => {
      cache.delete(account.id);
      await settings.putAccount(account);
    },
    changeAccount: async (before, after, key) => {
      const result = await settings.changeAccount(before, after, key);
      // A read that began before the change is forgotten with its entry.
      cache.delete(before.id);
      return result;
    },
    account: (accountId) => {
      const now = clock.now();
      const known = cache.get(accountId);
      // A clock that went back makes nothing younger.
      if (known && Math.abs(now - known.at) < KEY_CACHE_MS) return known.account;
      if (cache.size >= ACCOUNTS_MAX) cache.clear();
      const account = settings.account(accountId);
      cache.set(accountId, { at: now, account });
      const forget = (): void => void (cache.get(accountId)?.account === account && cache.delete(accountId));
      // A failure is not remembered, and neither is that there is none: anybody may post webhooks to made-up accounts, and would push out the others.
      account.then((found) => found ?? forget(), forget);
      return account;
    },
  };
}

/**
 * Settings whose routes of a merchant are remembered for a second, unless they are to be fresh: each new payment asks for them. Nothing
 * needs to be forgotten at a change: who is refused by what is remembered asks afresh, and an account is chosen from rows as they are.
 */
export function withCachedRoutes(settings: Settings, clock: Clock): Settings {
  const cache = new Map<string, { readonly at: Ms; readonly routes: Routes }>();
  return {
    ...settings,
    routesOf: async (scope, isFresh) => {
      const key = `${scope.merchantId} ${scope.mode}`;
      const known = cache.get(key);
      if (known && !isFresh && Math.abs(clock.now() - known.at) < KEY_CACHE_MS) return known.routes;
      if (cache.size >= ACCOUNTS_MAX) cache.clear();
      const at = clock.now();
      const routes = await settings.routesOf(scope, isFresh);
      cache.set(key, { at, routes });
      return routes;
    },
  };
}
