import type { RefundLimits } from "../../core/model.ts";
import type { FirstRows, NewMerchant, RoutingTable, Settings } from "../../core/ports/settings.ts";
import { SealBroken, type Seal } from "../seal.ts";
import { idempotency } from "../tables.ts";
import { ACCOUNT_COLUMNS, ACCOUNT_PARAMETERS, accountParameters, accountSettings, insertAccount, openAccount } from "./accounts.ts";
import { parametersOf } from "./arrays.ts";
import { checkoutRows } from "./checkout.ts";
import { queriesBy, withFailures, type Database } from "./connect.ts";
import { emailSettingsOf } from "./emails.ts";
import { endpointSettings } from "./endpoints.ts";
import { orDuplicate } from "./failures.ts";
import { withKey } from "./idempotency.ts";
import { insertKey, keyParameters, KEY_PARAMETERS, keySettings } from "./keys.ts";
import { routesOf, routesText } from "./loads.ts";
import type { Raw } from "./lookups.ts";
import { MERCHANT, merchantOf } from "./merchants.ts";
import { paymentLinkRows } from "./payment-links.ts";
import { sweepSettings } from "./sweeps.ts";

/** Configuration rows, one statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function settingsOf(database: Database, seal: Seal): Settings {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  return {
    by: (who) => settingsOf(queriesBy(database, who), seal),
    createMerchant: (merchant, first) => createMerchant(query, seal, { merchant, first }),
    findMerchantByEmail: async (email) => ((await run("find_merchant", email))[0] as { id: string } | undefined) ?? null,
    timeZone: async (merchantId) => ((await run("time_zone", merchantId))[0]?.time_zone ?? "UTC") as string,
    async setTimeZone(merchantId, zone) {
      const [row] = await run("set_time_zone", merchantId, zone);
      return row ? merchantOf(row) : null;
    },
    refundLimits: async (merchantId) => ((await run("refund_limits", merchantId))[0]?.refund_limits ?? {}) as RefundLimits,
    setRefundLimits: async (merchantId, limits) => void (await run("set_refund_limits", merchantId, JSON.stringify(limits))),
    ...keySettings(database, seal),
    ...endpointSettings(database, seal),
    ...accountSettings(database, seal),
    ...sweepSettings(database),
    ...emailSettingsOf(database),
    ...checkoutRows(database),
    ...paymentLinkRows(database),
    async routing({ merchantId, mode }) {
      const [row] = await run("find_routing", merchantId, mode);
      return row ? routingOf(row) : null;
    },
    async putRouting({ merchantId, mode }, rules, { now, expected }) {
      const [row] = await run("put_routing", merchantId, mode, JSON.stringify(rules), now, expected);
      return row ? routingOf(row) : null;
    },
    routesOf: async ({ merchantId, mode }) => routesOf((await run("routes_of", merchantId, mode))[0]!),
  };
}

/** A merchant, and what it begins with, or nothing. */
async function createMerchant(
  query: Database["query"],
  seal: Seal,
  { merchant, first }: { readonly merchant: NewMerchant; readonly first: FirstRows | undefined },
): ReturnType<Settings["createMerchant"]> {
  const { id, name, email, createdAt, timeZone = "UTC" } = merchant;
  const own = [id, name, email, createdAt, timeZone];
  const rest = first && [
    ...accountParameters(seal, first.account),
    ...keyParameters(seal, first.key),
    ...parametersOf(idempotency.columns, first.idempotency ? [first.idempotency] : []),
  ];
  const statement = rest ? "create_merchant_whole" : "create_merchant";
  const rows = await orDuplicate(query({ name: statement, text: texts[statement] }, [...own, ...(rest ?? [])]));
  return rows === "duplicate" ? rows : rows.length > 0 ? "created" : "email_taken";
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

function routingOf(row: Raw): RoutingTable {
  return { rules: row.rules as RoutingTable["rules"], version: row.version as number, updatedAt: Number(row.updated_at) };
}

const OWN_OF_MERCHANT = 5;
const createMerchantText = `insert into merchants (id, name, email, created_at, time_zone) values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5)
    on conflict (lower(email)) do nothing returning id`;
const firstOfKey = OWN_OF_MERCHANT + ACCOUNT_PARAMETERS + 1;

const ROUTING = "r.rules, r.version, round(extract(epoch from r.updated_at) * 1000)::float8 as updated_at";

const texts = {
  create_merchant: createMerchantText,
  create_merchant_whole: `with merchant as (${createMerchantText}), account as (${insertAccount(OWN_OF_MERCHANT + 1)} from merchant),
    ${withKey(`${insertKey(firstOfKey)} from merchant`, firstOfKey + KEY_PARAMETERS)}`,
  find_merchant: "select id from merchants where lower(email) = lower($1)",
  time_zone: "select time_zone from merchants where id = $1",
  // One that only JavaScript knows would make each question for figures fail.
  set_time_zone: `update merchants t set time_zone = $2
    where t.id = $1 and exists (select from pg_timezone_names z where lower(z.name) = lower($2)) returning ${MERCHANT}`,
  refund_limits: "select refund_limits from merchants where id = $1",
  set_refund_limits: "update merchants set refund_limits = $2::json where id = $1 and refund_limits::text <> $2::text",
  any_account: `select ${ACCOUNT_COLUMNS} from connector_accounts a order by a.id limit 1`,
  find_routing: `select ${ROUTING} from routing_rules r where r.merchant_id = $1 and r.mode = $2`,
  put_routing: `insert into routing_rules as r (merchant_id, mode, version, rules, updated_at)
    select $1, $2, 1, $3, to_timestamp($4::float8 / 1000)
    where $5::int4 is null or $5::int4 = coalesce((select version from routing_rules where merchant_id = $1 and mode = $2), 0)
    on conflict (merchant_id, mode) do update set version = r.version + 1, rules = excluded.rules, updated_at = excluded.updated_at
    where $5::int4 is null or r.version = $5::int4
    returning ${ROUTING}`,
  routes_of: `select ${routesText("s")} from (select $1::text as merchant_id, $2::text as mode) s`,
} as const;
