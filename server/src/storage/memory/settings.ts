import type { Merchant, Settings } from "../../core/ports/settings.ts";
import { ENDPOINTS_MAX } from "../../core/constants.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Endpoint } from "../../core/model.ts";
import { memoryKeys, unusedKey } from "./keys.ts";
import { noting } from "./actions.ts";
import { memoryAccounts } from "./accounts.ts";
import { memoryCheckout } from "./checkout.ts";
import { memoryPaymentLinks } from "./payment-links.ts";
import { claim, endpointsOf, owned, routesOf, sameScope, scopeKey, type Tables } from "./tables.ts";

/** Configuration in memory. Secrets are plain here: nothing outlives the process. */
export function memorySettings(tables: Tables): Settings {
  return {
    by: (who) => noting(tables, memorySettings(tables), who),
    createMerchant: async (merchant, first) => {
      if (byEmail(tables, merchant.email)) return "email_taken";
      if (!claim(tables, first?.idempotency)) return "duplicate";
      tables.merchants.set(merchant.id, { ...merchant, timeZone: merchant.timeZone ?? "UTC" });
      if (!first) return "created";
      tables.accounts.set(first.account.id, first.account);
      tables.keys.set(first.key.key, unusedKey(first.key));
      return "created";
    },
    timeZone: async (merchantId) => tables.merchants.get(merchantId)?.timeZone ?? "UTC",
    setTimeZone: async (merchantId, timeZone) => {
      const before = tables.merchants.get(merchantId);
      if (!before) return null;
      const after = { ...before, timeZone };
      tables.merchants.set(merchantId, after);
      return after;
    },
    refundLimits: async (merchantId) => tables.refundLimits.get(merchantId) ?? {},
    setRefundLimits: async (merchantId, limits) => void tables.refundLimits.set(merchantId, limits),
    findMerchantByEmail: async (email) => byEmail(tables, email) ?? null,
    ...memoryKeys(tables),
    ...memoryEndpoints(tables),
    ...memoryAccounts(tables),
    ...memoryCheckout(tables),
    ...memoryPaymentLinks(tables),
    routing: async (scope) => tables.routing.get(scopeKey(scope)) ?? null,
    putRouting: async (scope, rules, { now, expected }) => {
      const before = tables.routing.get(scopeKey(scope));
      if (expected !== null && expected !== (before?.version ?? 0)) return null;
      const after = { rules, version: (before?.version ?? 0) + 1, updatedAt: now };
      tables.routing.set(scopeKey(scope), after);
      return after;
    },
    routesOf: async (scope) => routesOf(tables, scope),
    emailSettings: async (scope) => tables.emailSettings.get(scopeKey(scope)) ?? null,
    putEmailSettings: async (settings) => {
      const stored = { ...settings, id: tables.emailSettings.get(scopeKey(settings))?.id ?? settings.id };
      tables.emailSettings.set(scopeKey(settings), stored);
      return stored;
    },
    sweep: async (account) => owned(tables.sweeps.get(account.id), account),
    putSweep: async (sweep) => void tables.sweeps.set(sweep.accountId, sweep),
    unsweptAccounts: async (connectors, limit) =>
      [...tables.accounts.values()]
        .filter(({ id, status, connector }) => status === "enabled" && connectors.includes(connector) && !tables.jobs.has(jobIdOf(id)))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(({ merchantId, mode, id }) => ({ merchantId, mode, id })),
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
function byEmail(tables: Tables, email: string): Merchant | undefined {
  return [...tables.merchants.values()].find((row) => row.email.toLowerCase() === email.toLowerCase());
}
