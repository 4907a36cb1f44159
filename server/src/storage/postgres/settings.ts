import type { ConnectorAccount } from "../../core/model.ts";
import type { Scopes } from "../../core/permissions.ts";
import type { Actor, Settings } from "../../core/ports/settings.ts";
import { SealBroken, type Seal } from "../seal.ts";
import { table, type Column, type Table } from "../tables.ts";
import { namesOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { endpointSettings } from "./endpoints.ts";
import type { Raw } from "./lookups.ts";

type Sealed<Row, Secret extends keyof Row> = Omit<Row, Secret> & { readonly [Name in Secret as `${Name & string}Sealed`]: string | null };

const accounts = table<Sealed<ConnectorAccount, "credentials">>("connector_accounts", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id"),
  ...mutable("text", "freely", "connector", "status", "credentialsSealed"),
  ...mutable("int", "freely", "priority"),
  ...fixed("time", "createdAt"),
}));

/** Configuration rows, one statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function settingsOf(database: Database, seal: Seal): Settings {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  return {
    createMerchant: async ({ id, name, email, createdAt }) =>
      (await run("create_merchant", id, name, email, createdAt)).length > 0 ? "created" : "email_taken",
    findMerchantByEmail: async (email) => ((await run("find_merchant", email))[0] as { id: string } | undefined) ?? null,
    async createKey({ merchantId, mode, id, key, secret, scopes, createdAt }) {
      await run("create_key", merchantId, mode, id, key, seal.hashSecret(secret), scopes, createdAt);
    },
    authenticate: async (key, secret, now) => actorOf((await run("find_key", key))[0], { secret, now, seal }),
    revokeKey: async ({ merchantId, mode }, keyId, now) => (await run("revoke_key", merchantId, mode, keyId, now)).length > 0,
    ...endpointSettings(database, seal),
    async putAccount(account) {
      const { credentials, ...row } = account;
      const credentialsSealed = seal.seal(JSON.stringify(credentials), placeOf("connector_accounts", account, "credentials"));
      await run("put_account", ...valuesOf(accounts, { ...row, credentialsSealed }));
    },
    async account(accountId) {
      const [row] = await run("find_account", accountId);
      return row ? openAccount(seal, row) : null;
    },
    connectorsInUse: async () => (await run("connectors_in_use")).map((row) => row.connector as string),
  };
}

/** False where the secrets in this database were sealed with another master key. True for a database that holds none yet. */
export async function opensSecrets(database: Database, seal: Seal): Promise<boolean> {
  const [row] = await database.query({ name: "any_account", text: texts.any_account }, []);
  try {
    if (row) openAccount(seal, row);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
}

function openAccount(seal: Seal, raw: Raw): ConnectorAccount {
  const { credentialsSealed, ...row } = accounts.rowOf(raw);
  return {
    ...row,
    credentials: JSON.parse(seal.open(credentialsSealed!, placeOf("connector_accounts", row, "credentials"))) as Record<string, string>,
  };
}

function placeOf(tableName: string, { merchantId, mode, id }: Pick<ConnectorAccount, "merchantId" | "mode" | "id">, column: string) {
  return { table: tableName, merchantId, mode, id, column };
}

/** Wrong, revoked and unknown are one answer, and the hash is compared for all of them. */
function actorOf(row: Raw | undefined, check: { secret: string; now: number; seal: Seal }): Actor | null {
  const right = check.seal.isSecret(check.secret, (row?.secret_hash as string | undefined) ?? "0".repeat(64));
  if (!row || !right) return null;
  const expired = row.expires_at !== null && (row.expires_at as number) <= check.now;
  if (row.revoked_at !== null || expired) return null;
  return { merchantId: row.merchant_id as string, mode: row.mode as Actor["mode"], keyId: row.id as string, scopes: row.scopes as Scopes };
}

function valuesOf<Row>({ columns }: Table<Row>, row: Row): unknown[] {
  return columns.map((column) => column.of(row));
}

/** `insert into … values ($1, …)` with what `valuesOf` gives; a row that has the same key becomes as this one. */
function upsert<Row>({ name, columns, mutable }: Table<Row>, key: string): string {
  const values = columns.map(({ kind }, at) => (kind === "time" ? `to_timestamp($${at + 1}::float8 / 1000)` : `$${at + 1}`));
  const set = mutable.map((column: Column<Row>) => `${column.name} = excluded.${column.name}`);
  return `insert into ${name} (${namesOf(columns)}) values (${values.join(", ")}) on conflict (${key}) do update set ${set.join(", ")}`;
}

const texts = {
  create_merchant: `insert into merchants (id, name, email, created_at) values ($1, $2, $3, to_timestamp($4::float8 / 1000))
    on conflict (lower(email)) do nothing returning id`,
  find_merchant: "select id from merchants where lower(email) = lower($1)",
  create_key: `insert into api_keys (merchant_id, mode, id, key, secret_hash, scopes, created_at)
    values ($1, $2, $3, $4, $5, $6, to_timestamp($7::float8 / 1000))`,
  find_key: "select merchant_id, mode, id, secret_hash, scopes, expires_at, revoked_at from api_keys where key = $1",
  revoke_key: `update api_keys set revoked_at = to_timestamp($4::float8 / 1000)
    where merchant_id = $1 and mode = $2 and id = $3 and revoked_at is null returning id`,
  put_account: upsert(accounts, "merchant_id, mode, id"),
  any_account: `select ${accounts.select("a")} from connector_accounts a order by a.id limit 1`,
  find_account: `select ${accounts.select("a")} from connector_accounts a where a.id = $1`,
  connectors_in_use: "select distinct connector from connector_accounts where status = 'enabled'",
} as const;
