import type { Ms, Scope } from "../../core/model.ts";
import type { Actor, Settings } from "../../core/ports/settings.ts";
import { sameScope, type Tables } from "./tables.ts";

/** Configuration in memory. Secrets are plain here: nothing outlives the process. */
export function memorySettings(tables: Tables): Settings {
  return {
    createMerchant: async (merchant) => {
      if ([...tables.merchants.values()].some((other) => other.email === merchant.email)) return "email_taken";
      tables.merchants.set(merchant.id, merchant);
      return "created";
    },
    findMerchantByEmail: async (email) => [...tables.merchants.values()].find((row) => row.email === email) ?? null,
    createKey: async (key) => void tables.keys.set(key.key, { ...key, revokedAt: null }),
    authenticate: async (key, secret, now) => actorOf(tables, { key, secret, now }),
    revokeKey: async (scope, keyId, now) => revoke(tables, scope, { keyId, now }),
    putEndpoint: async (endpoint) => {
      for (const [id, other] of tables.endpoints) if (sameScope(other, endpoint) && id !== endpoint.id) tables.endpoints.delete(id);
      tables.endpoints.set(endpoint.id, endpoint);
    },
    endpoint: async (scope) => [...tables.endpoints.values()].find((row) => sameScope(row, scope)) ?? null,
    disableEndpoint: async (scope, endpointId, disabledReason) => {
      const endpoint = tables.endpoints.get(endpointId);
      if (endpoint && sameScope(endpoint, scope)) tables.endpoints.set(endpointId, { ...endpoint, status: "disabled", disabledReason });
    },
    putAccount: async (account) => void tables.accounts.set(account.id, account),
    account: async (accountId) => tables.accounts.get(accountId) ?? null,
    connectorsInUse: async () => [
      ...new Set([...tables.accounts.values()].filter((row) => row.status === "enabled").map((row) => row.connector)),
    ],
  };
}

function actorOf(tables: Tables, given: { key: string; secret: string; now: Ms }): Actor | null {
  const row = tables.keys.get(given.key);
  if (!row || row.secret !== given.secret || (row.revokedAt !== null && row.revokedAt <= given.now)) return null;
  return { merchantId: row.merchantId, mode: row.mode, keyId: row.id, scopes: row.scopes };
}

function revoke(tables: Tables, scope: Scope, given: { keyId: string; now: Ms }): boolean {
  for (const [key, row] of tables.keys) {
    if (row.id !== given.keyId || !sameScope(row, scope) || row.revokedAt !== null) continue;
    tables.keys.set(key, { ...row, revokedAt: given.now });
    return true;
  }
  return false;
}
