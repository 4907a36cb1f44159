import type { ConnectorAccount } from "../../core/model.ts";
import type { Settings } from "../../core/ports/settings.ts";
import { SealBroken, type Seal } from "../seal.ts";
import { table, type Column, type Table } from "../tables.ts";
import { namesOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { endpointSettings } from "./endpoints.ts";
import { keySettings } from "./keys.ts";
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
    ...keySettings(database, seal),
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
  put_account: upsert(accounts, "merchant_id, mode, id"),
  any_account: `select ${accounts.select("a")} from connector_accounts a order by a.id limit 1`,
  find_account: `select ${accounts.select("a")} from connector_accounts a where a.id = $1`,
  connectors_in_use: "select distinct connector from connector_accounts where status = 'enabled'",
} as const;
