import type { NewMerchant, Settings } from "../../core/ports/settings.ts";
import { endpointOf, keyOf, sameScope, type Tables } from "./tables.ts";

/** Configuration in memory. Secrets are plain here: nothing outlives the process. */
export function memorySettings(tables: Tables): Settings {
  return {
    createMerchant: async (merchant) => {
      if (byEmail(tables, merchant.email)) return "email_taken";
      tables.merchants.set(merchant.id, merchant);
      return "created";
    },
    findMerchantByEmail: async (email) => byEmail(tables, email) ?? null,
    createKey: async (key) => void tables.keys.set(key.key, { ...key, revokedAt: null }),
    authenticate: async (key, secret) => {
      const row = tables.keys.get(key);
      if (!row || row.secret !== secret || row.revokedAt !== null) return null;
      return { merchantId: row.merchantId, mode: row.mode, keyId: row.id, scopes: row.scopes };
    },
    revokeKey: async (scope, keyId, now) => {
      const row = [...tables.keys.values()].find((key) => key.id === keyId && sameScope(key, scope) && key.revokedAt === null);
      if (row) tables.keys.set(row.key, { ...row, revokedAt: now });
      return row !== undefined;
    },
    putEndpoint: async (endpoint, replaces, key) => {
      const known = endpointOf(tables, endpoint);
      if (known && known.id !== replaces) return "stale";
      if (key && tables.idempotency.has(keyOf(key))) return "duplicate";
      if (key) tables.idempotency.set(keyOf(key), key);
      if (known) tables.endpoints.delete(known.id);
      tables.endpoints.set(endpoint.id, endpoint);
      return "applied";
    },
    endpoint: async (scope) => endpointOf(tables, scope),
    moveEndpoint: async (before, after) => {
      const stored = tables.endpoints.get(before.id);
      if (!stored || !sameScope(stored, before) || stored.status !== before.status || stored.goneSince !== before.goneSince) return false;
      const { status, disabledReason, disabledAt, goneSince } = after;
      tables.endpoints.set(stored.id, { ...stored, status, disabledReason, disabledAt, goneSince });
      return true;
    },
    putAccount: async (account) => void tables.accounts.set(account.id, account),
    account: async (accountId) => tables.accounts.get(accountId) ?? null,
    connectorsInUse: async () => [
      ...new Set([...tables.accounts.values()].filter((row) => row.status === "enabled").map((row) => row.connector)),
    ],
  };
}

/** In any letters, as PostgreSQL compares them. */
function byEmail(tables: Tables, email: string): NewMerchant | undefined {
  return [...tables.merchants.values()].find((row) => row.email.toLowerCase() === email.toLowerCase());
}
