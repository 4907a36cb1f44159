/** Gateway accounts: their statements, and their credentials on the way in and out. */
import { ACCOUNTS_MAX, ACCOUNTS_SHOWN_MAX } from "../../core/accounts.ts";
import type { AccountRow, IdempotencyRow } from "../../core/model.ts";
import type { Settings } from "../../core/ports/settings.ts";
import type { Seal } from "../seal.ts";
import { idempotency, table, type Column } from "../tables.ts";
import { namesOf, parametersOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { withKey } from "./idempotency.ts";
import type { Raw } from "./lookups.ts";

type SealedAccount = Omit<AccountRow, "credentials"> & { readonly credentialsSealed: string };

const accounts = table<SealedAccount>("connector_accounts", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id"),
  ...mutable("text", "freely", "connector", "name", "status", "credentialsSealed"),
  ...mutable("int", "freely", "priority"),
  ...mutable("json", "freely", "credentialsSetAt"),
  ...mutable("time", "freely", "previousSecretUntil", "verifiedAt", "closedAt"),
  ...mutable("int", "raised", "version"),
  ...fixed("time", "createdAt"),
}));

type AccountSettings = Pick<
  Settings,
  "putAccount" | "createAccount" | "changeAccount" | "accounts" | "accountOf" | "account" | "connectorsInUse"
>;

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function accountSettings(database: Database, seal: Seal): AccountSettings {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  /** True: written. */
  const write = (name: "create_account" | "change_account", values: readonly unknown[], key: IdempotencyRow | undefined) =>
    orDuplicate(run(name, [...values, ...parametersOf(idempotency.columns, key ? [key] : [])]).then((rows) => rows.length > 0));
  const open = (row: Raw) => openAccount(seal, row);
  return {
    async putAccount(account) {
      await run("put_account", accountParameters(seal, account));
    },
    async createAccount(account, key) {
      const written = await write("create_account", accountParameters(seal, account), key);
      return written === "duplicate" ? written : written ? "applied" : "full";
    },
    async changeAccount({ merchantId, mode, id, version }, after, key) {
      const row = sealed(seal, { ...after, merchantId, mode, id });
      const written = await write("change_account", [merchantId, mode, id, version, ...changing.map((column) => column.of(row))], key);
      return written === "duplicate" ? written : written ? "applied" : "stale";
    },
    accounts: async ({ merchantId, mode }) => (await run("list_accounts", [merchantId, mode])).map(open),
    async accountOf({ merchantId, mode }, accountId) {
      const [row] = await run("account_of_scope", [merchantId, mode, accountId]);
      return row ? open(row) : null;
    },
    async account(accountId) {
      const [row] = await run("find_account", [accountId]);
      return row ? open(row) : null;
    },
    connectorsInUse: async () => (await run("connectors_in_use", [])).map((row) => row.connector as string),
  };
}

/** As a query of `ACCOUNT_COLUMNS` gives it, with its credentials in the clear. Throws `SealBroken`. */
export function openAccount(seal: Seal, raw: Raw): AccountRow {
  const { credentialsSealed, ...row } = accounts.rowOf(raw);
  return { ...row, credentials: JSON.parse(seal.open(credentialsSealed, placeOf(row))) as Record<string, string> };
}

/** @returns as many as `ACCOUNT_PARAMETERS` */
export function accountParameters(seal: Seal, account: AccountRow): unknown[] {
  const row = sealed(seal, account);
  return accounts.columns.map((column) => column.of(row));
}

function sealed(seal: Seal, { credentials, ...row }: AccountRow): SealedAccount {
  return { ...row, credentialsSealed: seal.seal(JSON.stringify(credentials), placeOf(row)) };
}

function placeOf({ merchantId, mode, id }: Pick<AccountRow, "merchantId" | "mode" | "id">) {
  return { table: "connector_accounts", merchantId, mode, id, column: "credentials" };
}

/** `insert into connector_accounts … select …` of the parameters that `accountParameters` gives, the first of them with this number. */
export function insertAccount(first = 1): string {
  return `insert into connector_accounts (${namesOf(accounts.columns)}) select ${accounts.columns.map((column, at) => valueAt(column, first + at)).join(", ")}`;
}

function valueAt({ kind }: Column<SealedAccount>, parameter: number): string {
  if (kind === "time") return `to_timestamp($${parameter}::float8 / 1000)`;
  return kind === "int" ? `$${parameter}::int4` : kind === "json" ? `$${parameter}::json` : `$${parameter}`;
}

export const ACCOUNT_PARAMETERS = accounts.columns.length;
export const ACCOUNT_COLUMNS = accounts.select("a");

/** An account stays at its gateway. */
const changing = accounts.mutable.filter(({ field }) => field !== "connector");
const ID_AND_VERSION = 4;
const closedAt = changing.findIndex(({ field }) => field === "closedAt");
const newClosedAt = valueAt(changing[closedAt]!, ID_AND_VERSION + 1 + closedAt);

const texts = {
  // A row that has the same key becomes as this one.
  put_account: `${insertAccount()} on conflict (merchant_id, mode, id) do update
    set ${accounts.mutable.map(({ name }) => `${name} = excluded.${name}`).join(", ")}, version = excluded.version`,
  create_account: `with ${withKey(`${insertAccount()} where accounts_in_use($1, $2) < ${ACCOUNTS_MAX}`, ACCOUNT_PARAMETERS + 1)}`,
  change_account: `with ${withKey(
    `update connector_accounts set ${changing.map((column, at) => `${column.name} = ${valueAt(column, ID_AND_VERSION + 1 + at)}`).join(", ")},
      version = version + 1 where merchant_id = $1 and mode = $2 and id = $3 and version = $4
      and (closed_at is null or closed_at = ${newClosedAt})`,
    ID_AND_VERSION + changing.length + 1,
  )}`,
  list_accounts: `select ${ACCOUNT_COLUMNS} from connector_accounts a where a.merchant_id = $1 and a.mode = $2
    order by (a.closed_at is not null), a.priority, a.id limit ${ACCOUNTS_SHOWN_MAX}`,
  account_of_scope: `select ${ACCOUNT_COLUMNS} from connector_accounts a where a.merchant_id = $1 and a.mode = $2 and a.id = $3`,
  find_account: `select ${ACCOUNT_COLUMNS} from connector_accounts a where a.id = $1`,
  connectors_in_use: "select distinct connector from connector_accounts where status = 'enabled'",
} as const;
