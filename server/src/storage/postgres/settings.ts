import type { ConnectorAccount, Endpoint } from "../../core/model.ts";
import type { Scopes } from "../../core/permissions.ts";
import type { Actor, NewKey, NewMerchant, Settings } from "../../core/ports/settings.ts";
import { SealBroken, type Place, type Seal } from "../seal.ts";
import { parametersOf, unnested, valueOf } from "./arrays.ts";
import type { Database } from "./connect.ts";
import { brokenConstraint, failureOf } from "./failures.ts";
import { idempotency } from "../tables.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Configuration rows, one statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function settingsOf(database: Database, seal: Seal): Settings {
  const run = (name: string, values: readonly unknown[]): Promise<readonly Raw[]> =>
    database.query({ name, text: statements[name as keyof typeof statements] }, values).catch((error: unknown) => {
      throw failureOf(error);
    });
  const toEndpoint = endpointOpener(seal);
  return {
    createMerchant: async (merchant) => ((await run("create_merchant", merchantValues(merchant))).length > 0 ? "created" : "email_taken"),
    findMerchantByEmail: async (email) => ((await run("find_merchant", [email]))[0] as { id: string } | undefined) ?? null,
    createKey: async (key) => void (await run("create_key", keyValues(key, seal))),
    authenticate: async (key, secret, now) => actorOf((await run("find_key", [key]))[0], { secret, now, seal }),
    revokeKey: async (scope, keyId, now) => (await run("revoke_key", [scope.merchantId, scope.mode, keyId, now])).length > 0,
    putEndpoint: async (endpoint, replaces, key) => {
      const values = [...endpointValues(endpoint, seal), replaces, ...parametersOf(idempotency.columns, key ? [key] : [])];
      const rows = await run("put_endpoint", values).catch((error: Error) => {
        if (brokenConstraint(error.cause) === "idempotency_pkey") return null;
        throw error;
      });
      return rows === null ? "duplicate" : rows.length > 0 ? "applied" : "stale";
    },
    endpoint: async (scope) => {
      const [row] = await run("find_endpoint", [scope.merchantId, scope.mode]);
      return row ? toEndpoint(row) : null;
    },
    moveEndpoint: async ({ merchantId, mode, id, status, goneSince }, after) => {
      const to = [after.status, after.disabledReason, after.disabledAt, after.goneSince];
      return (await run("move_endpoint", [merchantId, mode, id, status, goneSince, ...to])).length > 0;
    },
    putAccount: async (account) => void (await run("put_account", accountValues(account, seal))),
    account: async (accountId) => {
      const [row] = await run("find_account", [accountId]);
      return row ? accountOf(row, seal) : null;
    },
    connectorsInUse: async () => (await run("connectors_in_use", [])).map((row) => row.connector as string),
  };
}

/** False where the secrets in this database were sealed with another master key. True for a database that holds none yet. */
export async function opensSecrets(database: Database, seal: Seal): Promise<boolean> {
  const [row] = await database.query({ name: "any_account", text: statements.any_account }, []);
  try {
    if (row) accountOf(row, seal);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
}

/** The columns of an endpoint `w`, for statements that hand their rows to `endpointOpener`. */
export const endpointColumns = `w.merchant_id, w.mode, w.id, w.url, w.status, w.disabled_reason, w.disabled_at, w.gone_since, w.secret_sealed, w.previous_secret_sealed, w.previous_secret_until,
  array_to_json(w.retry_intervals_ms) as retry_intervals_ms, w.created_at`;

/** A raw row as an endpoint with its secrets in the clear. Throws `SealBroken`. */
export function endpointOpener(seal: Seal): (row: Raw) => Endpoint {
  return (row) => {
    const scope = { merchantId: row.merchant_id as string, mode: row.mode as Endpoint["mode"] };
    const place = (column: string): Place => ({ table: "webhook_endpoints", ...scope, id: row.id as string, column });
    const previous = row.previous_secret_sealed as string | null;
    return {
      ...scope,
      id: row.id as string,
      url: row.url as string,
      status: row.status as Endpoint["status"],
      disabledReason: row.disabled_reason as string | null,
      disabledAt: row.disabled_at as number | null,
      goneSince: row.gone_since as number | null,
      secret: seal.open(row.secret_sealed as string, place("secret")),
      previousSecret: previous === null ? null : seal.open(previous, place("previous_secret")),
      previousSecretUntil: row.previous_secret_until as number | null,
      retryIntervalsMs: row.retry_intervals_ms as number[] | null,
      createdAt: row.created_at as number,
    };
  };
}

/** Wrong, revoked and unknown are one answer, and the hash is compared for all of them. */
function actorOf(row: Raw | undefined, check: { secret: string; now: number; seal: Seal }): Actor | null {
  const right = check.seal.isSecret(check.secret, (row?.secret_hash as string | undefined) ?? "0".repeat(64));
  if (!row || !right) return null;
  const expired = row.expires_at !== null && (row.expires_at as number) <= check.now;
  if (row.revoked_at !== null || expired) return null;
  return { merchantId: row.merchant_id as string, mode: row.mode as Actor["mode"], keyId: row.id as string, scopes: row.scopes as Scopes };
}

function accountOf(row: Raw, seal: Seal): ConnectorAccount {
  const scope = { merchantId: row.merchant_id as string, mode: row.mode as ConnectorAccount["mode"] };
  const place = { table: "connector_accounts", ...scope, id: row.id as string, column: "credentials" };
  return {
    ...scope,
    id: row.id as string,
    connector: row.connector as string,
    priority: row.priority as number,
    status: row.status as ConnectorAccount["status"],
    credentials: JSON.parse(seal.open(row.credentials_sealed as string, place)) as Record<string, string>,
    createdAt: row.created_at as number,
  };
}

function merchantValues(merchant: NewMerchant): unknown[] {
  return [merchant.id, merchant.name, merchant.email, merchant.createdAt];
}

function keyValues(key: NewKey, seal: Seal): unknown[] {
  return [key.merchantId, key.mode, key.id, key.key, seal.hashSecret(key.secret), key.scopes, key.createdAt];
}

function endpointValues(endpoint: Endpoint, seal: Seal): unknown[] {
  const { merchantId, mode, id } = endpoint;
  const place = (column: string): Place => ({ table: "webhook_endpoints", merchantId, mode, id, column });
  const previous = endpoint.previousSecret === null ? null : seal.seal(endpoint.previousSecret, place("previous_secret"));
  return [
    merchantId,
    mode,
    id,
    endpoint.url,
    endpoint.status,
    seal.seal(endpoint.secret, place("secret")),
    previous,
    endpoint.previousSecretUntil,
    endpoint.retryIntervalsMs,
    endpoint.createdAt,
    endpoint.disabledReason,
    endpoint.disabledAt,
    endpoint.goneSince,
  ];
}

function accountValues(account: ConnectorAccount, seal: Seal): unknown[] {
  const { merchantId, mode, id } = account;
  const sealed = seal.seal(JSON.stringify(account.credentials), {
    table: "connector_accounts",
    merchantId,
    mode,
    id,
    column: "credentials",
  });
  return [merchantId, mode, id, account.connector, account.priority, account.status, sealed, account.createdAt];
}

const statements = {
  create_merchant: `insert into merchants (id, name, email, created_at) values ($1, $2, $3, to_timestamp($4::float8 / 1000))
    on conflict (lower(email)) do nothing returning id`,
  find_merchant: "select id from merchants where lower(email) = lower($1)",
  create_key: `insert into api_keys (merchant_id, mode, id, key, secret_hash, scopes, created_at)
    values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))`,
  find_key: "select merchant_id, mode, id, secret_hash, scopes, expires_at, revoked_at from api_keys where key = $1",
  revoke_key: `update api_keys set revoked_at = to_timestamp($4::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3 and revoked_at is null returning id`,
  // A key that is taken breaks its constraint, and with it the whole statement.
  put_endpoint: `with put as (
      insert into webhook_endpoints (merchant_id, mode, id, url, status, secret_sealed, previous_secret_sealed, previous_secret_until,
        retry_intervals_ms, created_at, disabled_reason, disabled_at, gone_since)
      values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000), $9, to_timestamp($10::float8 / 1000), $11,
        to_timestamp($12::float8 / 1000), to_timestamp($13::float8 / 1000))
      on conflict (merchant_id, mode) do update set id = excluded.id, url = excluded.url, status = excluded.status,
        secret_sealed = excluded.secret_sealed, previous_secret_sealed = excluded.previous_secret_sealed,
        previous_secret_until = excluded.previous_secret_until, retry_intervals_ms = excluded.retry_intervals_ms,
        created_at = excluded.created_at, disabled_reason = excluded.disabled_reason, disabled_at = excluded.disabled_at,
        gone_since = excluded.gone_since
      where webhook_endpoints.id = $14 returning id
    ), keyed as (
      insert into idempotency (${idempotency.columns.map((column) => column.name).join(", ")})
      select ${idempotency.columns.map(valueOf).join(", ")} from ${unnested(idempotency.columns, 15)}, put where r.key is not null
    )
    select id from put`,
  find_endpoint: `select ${endpointColumns} from webhook_endpoints w where w.merchant_id = $1 and w.mode = $2`,
  move_endpoint: `update webhook_endpoints set status = $6, disabled_reason = $7, disabled_at = to_timestamp($8::float8 / 1000),
      gone_since = to_timestamp($9::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3 and status = $4
      and gone_since is not distinct from to_timestamp($5::float8 / 1000)::timestamptz(3) returning id`,
  put_account: `insert into connector_accounts (merchant_id, mode, id, connector, priority, status, credentials_sealed, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::float8 / 1000))
    on conflict (merchant_id, mode, id) do update set connector = excluded.connector, priority = excluded.priority, status = excluded.status,
      credentials_sealed = excluded.credentials_sealed`,
  any_account: `select merchant_id, mode, id, connector, priority, status, credentials_sealed, created_at from connector_accounts order by id limit 1`,
  find_account: `select merchant_id, mode, id, connector, priority, status, credentials_sealed, created_at from connector_accounts where id = $1`,
  connectors_in_use: `select distinct connector from connector_accounts where status = 'enabled'`,
} as const;
