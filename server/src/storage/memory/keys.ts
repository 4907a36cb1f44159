import { KEY_USE_NOTED_MS, KEYS_MAX, KEYS_ROTATED_MAX, KEYS_SHOWN_MAX } from "../../core/constants.ts";
import type { Ms, Scope } from "../../core/model.ts";
import type { ApiKey, NewKey, Settings } from "../../core/ports/settings.ts";
import { claim, sameScope, type Tables } from "./tables.ts";

type Names = "createKey" | "keys" | "key" | "changeKey" | "rotateKey" | "revokeKey" | "noteKeyUse" | "authenticate";

/** API keys in memory. Secrets are plain here: nothing outlives the process. */
export function memoryKeys(tables: Tables): Pick<Settings, Names | "sealSecret" | "openSecret"> {
  const ofScope = (scope: Scope) => [...tables.keys.values()].filter((row) => sameScope(row, scope));
  const find = (scope: Scope, id: string) => ofScope(scope).find((row) => row.id === id) ?? null;
  /** The row, if it still is as the caller has read it. */
  const unchanged = (before: ApiKey) => {
    const row = find(before, before.id);
    return row !== null && isUnchanged(row, before) ? row : null;
  };
  return {
    createKey: async (key, idempotency) => {
      if (ofScope(key).filter((row) => isInForce(row, key.createdAt)).length >= KEYS_MAX) return "full";
      if (!claim(tables, idempotency)) return "duplicate";
      tables.keys.set(key.key, unusedKey(key));
      return "applied";
    },
    keys: async (scope, now) =>
      ofScope(scope)
        .map(shown)
        .sort((a, b) => Number(isInForce(b, now)) - Number(isInForce(a, now)) || (a.id > b.id ? -1 : 1))
        .slice(0, KEYS_SHOWN_MAX),
    key: async (scope, id) => {
      const row = find(scope, id);
      return row && shown(row);
    },
    changeKey: async (before, { name, scopes, rateLimitPerSecond, apiVersion }) => {
      const row = unchanged(before);
      if (row?.apiVersion !== before.apiVersion) return false;
      tables.keys.set(row.key, { ...row, name, scopes, rateLimitPerSecond, apiVersion });
      return true;
    },
    rotateKey: async (before, endsAt, next, idempotency) => {
      const row = unchanged(before);
      if (ofScope(before).filter((each) => isInForce(each, next.createdAt)).length >= KEYS_ROTATED_MAX) return "full";
      if (row?.expiresAt !== null) return "stale";
      if (!claim(tables, idempotency)) return "duplicate";
      tables.keys.set(row.key, { ...row, expiresAt: endsAt });
      tables.keys.set(next.key, unusedKey(next));
      return "applied";
    },
    authenticate: async (key, secret, now) => {
      const row = tables.keys.get(key);
      if (!row || row.secret !== secret || !isInForce(row, now)) return null;
      const { merchantId, mode, id: keyId, scopes, rateLimitPerSecond, apiVersion } = row;
      return { merchantId, mode, keyId, scopes, person: null, rateLimitPerSecond, apiVersion };
    },
    revokeKey: async (scope, keyId, now) => {
      const row = find(scope, keyId);
      if (row?.revokedAt !== null) return false;
      tables.keys.set(row.key, { ...row, revokedAt: now });
      return true;
    },
    noteKeyUse: async (scope, keyId, now) => {
      const row = find(scope, keyId);
      if (row && (row.lastUsedAt === null || row.lastUsedAt <= now - KEY_USE_NOTED_MS))
        tables.keys.set(row.key, { ...row, lastUsedAt: now });
    },
    sealSecret: (_scope, _keyId, secret) => secret,
    openSecret: (_scope, _keyId, sealed) => sealed,
  };
}

/** As it stands when nobody has used it. */
export function unusedKey(key: NewKey): ApiKey & NewKey {
  return { ...key, lastUsedAt: null, expiresAt: null, revokedAt: null };
}

function isUnchanged(row: ApiKey, before: ApiKey): boolean {
  const isSame = String(row.scopes) === String(before.scopes) && row.rateLimitPerSecond === before.rateLimitPerSecond;
  return isSame && row.revokedAt === null;
}

export function isInForce({ revokedAt, expiresAt }: Pick<ApiKey, "revokedAt" | "expiresAt">, now: Ms): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

function shown(row: ApiKey & { readonly secret?: string }): ApiKey {
  const copy: { secret?: string } & ApiKey = { ...row };
  delete copy.secret;
  return copy;
}
