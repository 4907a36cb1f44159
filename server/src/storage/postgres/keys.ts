/** API keys: their statements. Of a secret only a keyed hash is stored. */
import { KEY_USE_NOTED_MS, KEYS_MAX, KEYS_ROTATED_MAX, KEYS_SHOWN_MAX } from "../../core/constants.ts";
import type { IdempotencyRow, Scope } from "../../core/model.ts";
import type { Scopes } from "../../core/permissions.ts";
import type { Actor, ApiKey, NewKey, Settings } from "../../core/ports/settings.ts";
import type { Seal } from "../seal.ts";
import { idempotency as keyTable } from "../tables.ts";
import { parametersOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { withKey } from "./idempotency.ts";
import type { Raw } from "./lookups.ts";

type Names = "createKey" | "keys" | "key" | "changeKey" | "rotateKey" | "revokeKey" | "noteKeyUse" | "authenticate";

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function keySettings(database: Database, seal: Seal): Pick<Settings, Names | "sealSecret" | "openSecret"> {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  const write = (name: "create_key" | "rotate_key", values: readonly unknown[], key: IdempotencyRow | undefined) =>
    orDuplicate(
      run(name, ...values, ...parametersOf(keyTable.columns, key ? [key] : [])).then(([row]) =>
        row ? (row.id === "full" ? ("full" as const) : ("applied" as const)) : null,
      ),
    );
  const newRow = (row: NewKey) => keyParameters(seal, row);
  return {
    createKey: async (key, idempotency) => (await write("create_key", newRow(key), idempotency)) ?? "full",
    keys: async ({ merchantId, mode }, now) => (await run("list_keys", merchantId, mode, now)).map(keyOf),
    async key({ merchantId, mode }, id) {
      const [row] = await run("find_key_by_id", merchantId, mode, id);
      return row ? keyOf(row) : null;
    },
    async changeKey({ merchantId, mode, id, ...before }, after) {
      const [from, to] = [before, after].map((key) => [key.scopes, key.rateLimitPerSecond, key.apiVersion]);
      return (await run("change_key", merchantId, mode, id, ...from!, ...to!, after.name)).length > 0;
    },
    rotateKey: async (before, endsAt, next, idempotency) =>
      (await write(
        "rotate_key",
        [
          ...newRow({ ...next, merchantId: before.merchantId, mode: before.mode }),
          before.id,
          before.scopes,
          before.rateLimitPerSecond,
          endsAt,
        ],
        idempotency,
      )) ?? "stale",
    authenticate: async (key, secret, now) => actorOf((await run("find_key", key))[0], { secret, now, seal }),
    revokeKey: async ({ merchantId, mode }, keyId, now) => (await run("revoke_key", merchantId, mode, keyId, now)).length > 0,
    noteKeyUse: async ({ merchantId, mode }, keyId, now) => void (await run("note_key_use", merchantId, mode, keyId, now)),
    sealSecret: (scope, keyId, secret) => seal.seal(secret, placeOf(scope, keyId)),
    openSecret: (scope, keyId, sealed) => seal.open(sealed, placeOf(scope, keyId)),
  };
}

function placeOf({ merchantId, mode }: Scope, id: string) {
  return { table: "idempotency", merchantId, mode, id, column: "answer_body" };
}

function keyOf(row: Raw): ApiKey {
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as ApiKey["mode"],
    id: row.id as string,
    key: row.key as string,
    name: row.name as string,
    scopes: row.scopes as Scopes,
    rateLimitPerSecond: row.rate_limit_per_second as number | null,
    apiVersion: row.api_version as string,
    createdAt: row.created_at as number,
    lastUsedAt: row.last_used_at as number | null,
    expiresAt: row.expires_at as number | null,
    revokedAt: row.revoked_at as number | null,
  };
}

/** Wrong, revoked and unknown are one answer, and the hash is compared for all of them. */
function actorOf(row: Raw | undefined, check: { secret: string; now: number; seal: Seal }): Actor | null {
  const right = check.seal.isSecret(check.secret, (row?.secret_hash as string | undefined) ?? "0".repeat(64));
  if (!row || !right) return null;
  const expired = row.expires_at !== null && (row.expires_at as number) <= check.now;
  if (row.revoked_at !== null || expired) return null;
  return {
    merchantId: row.merchant_id as string,
    mode: row.mode as Actor["mode"],
    keyId: row.id as string,
    scopes: row.scopes as Scopes,
    person: null,
    rateLimitPerSecond: row.rate_limit_per_second as number | null,
    apiVersion: row.api_version as string,
  };
}

/** `insert into api_keys …` of the parameters that `keyParameters` gives, the first of them with this number. */
export function insertKey(first = 1): string {
  const at = (n: number): string => `$${first + n}`;
  const own = [0, 1, 2, 3, 4].map(at).join(", ");
  return `insert into api_keys (merchant_id, mode, id, key, secret_hash, scopes, name, rate_limit_per_second, created_at, api_version)
      select ${own}, ${at(5)}::text[], ${at(6)}, ${at(7)}::int4, to_timestamp(${at(8)}::float8 / 1000), ${at(9)}`;
}

/** How many `keyParameters` gives. */
export const KEY_PARAMETERS = 10;

export function keyParameters(seal: Seal, row: NewKey): readonly unknown[] {
  const hash = seal.hashSecret(row.secret);
  return [row.merchantId, row.mode, row.id, row.key, hash, row.scopes, row.name, row.rateLimitPerSecond, row.createdAt, row.apiVersion];
}

const shown =
  "merchant_id, mode, id, key, scopes, name, rate_limit_per_second, api_version, created_at, last_used_at, expires_at, revoked_at";
const inForce = (now: string) => `revoked_at is null and (expires_at is null or expires_at > to_timestamp(${now}::float8 / 1000))`;

const texts = {
  create_key: `with ${withKey(`${insertKey()} where keys_in_force($1, $2, to_timestamp($9::float8 / 1000)) < ${KEYS_MAX}`, 11)}`,
  rotate_key: `with room as materialized (
      select keys_in_force($1, $2, to_timestamp($9::float8 / 1000)) < ${KEYS_ROTATED_MAX} as free
    ), old as (
      update api_keys set expires_at = to_timestamp($14::float8 / 1000)
      where (select free from room) and merchant_id = $1 and mode = $2 and id = $11 and scopes = $12::text[] and rate_limit_per_second is not distinct from $13::int4
        and revoked_at is null and expires_at is null returning id
    ), ${withKey(`${insertKey()} from old`, 15)} union all select 'full' from room where not free`,
  list_keys: `select ${shown} from api_keys where merchant_id = $1 and mode = $2
    order by (${inForce("$3")}) desc, id desc limit ${KEYS_SHOWN_MAX}`,
  find_key_by_id: `select ${shown} from api_keys where merchant_id = $1 and mode = $2 and id = $3`,
  change_key: `update api_keys set scopes = $7, rate_limit_per_second = $8, api_version = $9, name = $10
    where merchant_id = $1 and mode = $2 and id = $3 and scopes = $4::text[] and rate_limit_per_second is not distinct from $5::int4
      and api_version = $6 and revoked_at is null returning id`,
  find_key:
    "select merchant_id, mode, id, secret_hash, scopes, rate_limit_per_second, api_version, expires_at, revoked_at from api_keys where key = $1",
  revoke_key: `update api_keys set revoked_at = to_timestamp($4::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3 and revoked_at is null returning id`,
  note_key_use: `update api_keys set last_used_at = to_timestamp($4::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3
      and (last_used_at is null or last_used_at <= to_timestamp(($4::float8 - ${KEY_USE_NOTED_MS}) / 1000))`,
} as const;
