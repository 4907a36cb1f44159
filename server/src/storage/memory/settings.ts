import type { NewMerchant, Settings } from "../../core/ports/settings.ts";
import { ENDPOINTS_MAX } from "../../core/constants.ts";
import type { Endpoint } from "../../core/model.ts";
import { memoryKeys } from "./keys.ts";
import { claim, endpointsOf, owned, sameScope, type Tables } from "./tables.ts";

/** Configuration in memory. Secrets are plain here: nothing outlives the process. */
export function memorySettings(tables: Tables): Settings {
  return {
    createMerchant: async (merchant) => {
      if (byEmail(tables, merchant.email)) return "email_taken";
      tables.merchants.set(merchant.id, merchant);
      return "created";
    },
    findMerchantByEmail: async (email) => byEmail(tables, email) ?? null,
    ...memoryKeys(tables),
    ...memoryEndpoints(tables),
    putAccount: async (account) => void tables.accounts.set(account.id, account),
    account: async (accountId) => tables.accounts.get(accountId) ?? null,
    connectorsInUse: async () => [
      ...new Set([...tables.accounts.values()].filter((row) => row.status === "enabled").map((row) => row.connector)),
    ],
  };
}

type EndpointSettings = Pick<Settings, Extract<keyof Settings, `${string}Endpoint` | "endpoint" | "endpoints" | "moveBreaker">>;

function memoryEndpoints(tables: Tables): EndpointSettings {
  return {
    putEndpoint: async (endpoint, replaces, key) => {
      const known = endpointsOf(tables, endpoint);
      const isThere = replaces === null ? known.length === 0 : known.some((row) => row.id === replaces && isUnchanged(row, endpoint));
      if (!isThere) return "stale";
      if (!claim(tables, key)) return "duplicate";
      if (replaces !== null) tables.endpoints.delete(replaces);
      tables.endpoints.set(endpoint.id, endpoint);
      return "applied";
    },
    addEndpoint: async (endpoint, key) => {
      if (endpointsOf(tables, endpoint).length >= ENDPOINTS_MAX) return "full";
      if (!claim(tables, key)) return "duplicate";
      tables.endpoints.set(endpoint.id, endpoint);
      return "applied";
    },
    changeEndpoint: async (before, after, key) => {
      const stored = owned(tables.endpoints.get(before.id), before);
      if (stored?.version !== before.version) return "stale";
      if (!claim(tables, key)) return "duplicate";
      const { status, disabledReason, disabledAt, goneSince, breakerUntil, breakerTrips } = stored;
      const kept = { status, disabledReason, disabledAt, goneSince, breakerUntil, breakerTrips };
      tables.endpoints.set(stored.id, { ...after, ...kept, version: stored.version + 1 });
      return "applied";
    },
    removeEndpoint: async (scope, id) => owned(tables.endpoints.get(id), scope) !== null && tables.endpoints.delete(id),
    endpoint: async (scope, id) => (id === undefined ? (endpointsOf(tables, scope)[0] ?? null) : owned(tables.endpoints.get(id), scope)),
    endpoints: async (scope) => endpointsOf(tables, scope),
    moveEndpoint: async (before, after) => {
      const stored = tables.endpoints.get(before.id);
      if (!stored || !sameScope(stored, before) || stored.status !== before.status || stored.goneSince !== before.goneSince) return false;
      const { status, disabledReason, disabledAt, goneSince } = after;
      tables.endpoints.set(stored.id, { ...stored, status, disabledReason, disabledAt, goneSince });
      return true;
    },
    moveBreaker: async (before, { breakerUntil, breakerTrips }) => {
      const stored = owned(tables.endpoints.get(before.id), before);
      if (stored?.breakerUntil !== before.breakerUntil) return false;
      tables.endpoints.set(stored.id, { ...stored, breakerUntil, breakerTrips });
      return true;
    },
  };
}

function isUnchanged(stored: Endpoint, endpoint: Endpoint): boolean {
  return stored.id !== endpoint.id || stored.version === endpoint.version;
}

/** In any letters, as PostgreSQL compares them. */
function byEmail(tables: Tables, email: string): NewMerchant | undefined {
  return [...tables.merchants.values()].find((row) => row.email.toLowerCase() === email.toLowerCase());
}
