import { KEY_CACHE_MS } from "../core/constants.ts";
import type { ConnectorAccount, Ms } from "../core/model.ts";
import type { Clock } from "../core/ports/world.ts";
import type { Settings } from "../core/ports/settings.ts";

/** Enough for every account of a large installation; past it the cache starts anew. */
const ACCOUNTS_MAX = 10_000;

/**
 * Settings whose connector accounts are remembered for a second: each gateway call needs one, and opening sealed credentials for
 * every call would cost more than the call. A changed or disabled account is noticed within that second.
 */
export function withCachedAccounts(settings: Settings, clock: Clock): Settings {
  const cache = new Map<string, { readonly at: Ms; readonly account: Promise<ConnectorAccount | null> }>();
  return {
    ...settings,
    putAccount: async (account) => {
      cache.delete(account.id);
      await settings.putAccount(account);
    },
    account: (accountId) => {
      const now = clock.now();
      const known = cache.get(accountId);
      // A clock that went back makes nothing younger.
      if (known && Math.abs(now - known.at) < KEY_CACHE_MS) return known.account;
      if (cache.size >= ACCOUNTS_MAX) cache.clear();
      const account = settings.account(accountId);
      cache.set(accountId, { at: now, account });
      // A failure is not remembered: the next call asks again.
      account.catch(() => cache.delete(accountId));
      return account;
    },
  };
}
