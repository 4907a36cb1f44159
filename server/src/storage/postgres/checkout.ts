/** Checkouts: their statements. */
import type { CheckoutSession, CheckoutSettings } from "../../core/checkout.ts";
import type { Mode } from "../../core/model.ts";
import type { CheckoutRows } from "../../core/ports/checkout.ts";
import { idempotency, table } from "../tables.ts";
import { insertOf, parametersOf } from "./arrays.ts";
import { withFailures, type Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { withKey } from "./idempotency.ts";

export const sessions = table<CheckoutSession>("checkout_sessions", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "orderId"),
  ...fixed("json", "methods"),
  ...fixed("text", "returnUrl", "cancelUrl", "locale"),
  ...fixed("json", "customer"),
  ...fixed("time", "expiresAt"),
  ...mutable("time", "freely", "canceledAt"),
  ...fixed("time", "createdAt"),
}));

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function checkoutRows(database: Database): CheckoutRows {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  return {
    async createCheckoutSession(session, key) {
      const values = [...parametersOf(sessions.columns, [session]), ...parametersOf(idempotency.columns, key ? [key] : [])];
      const made = await orDuplicate(run("create_checkout", ...values));
      return made === "duplicate" ? made : "applied";
    },
    async checkoutSession({ merchantId, mode }, id) {
      const [row] = await run("find_checkout", merchantId, mode, id);
      return row ? sessions.rowOf(row) : null;
    },
    async checkoutScope(id) {
      const [row] = await run("find_checkout_scope", id);
      return row ? { merchantId: row.merchant_id as string, mode: row.mode as Mode } : null;
    },
    cancelCheckoutSession: async ({ merchantId, mode }, id, now) => (await run("cancel_checkout", merchantId, mode, id, now)).length > 0,
    async checkoutSettings({ merchantId, mode }) {
      const [row] = await run("find_checkout_settings", merchantId, mode);
      if (!row) return null;
      const { name, color, logo, origins } = row as unknown as CheckoutSettings;
      return { name, color, logo, origins };
    },
    putCheckoutSettings: async ({ merchantId, mode }, { name, color, logo, origins }, now) =>
      void (await run("put_checkout_settings", merchantId, mode, name, color, logo, JSON.stringify(origins), now)),
    async publicKey(key, now) {
      const [row] = await run("find_public_key", key, now);
      return row ? { merchantId: row.merchant_id as string, mode: row.mode as Mode } : null;
    },
  };
}

const at = (n: number): string => `to_timestamp($${n}::float8 / 1000)`;

const texts = {
  create_checkout: `with ${withKey(insertOf(sessions, 1), sessions.columns.length + 1)}`,
  find_checkout: `select ${sessions.select("s")} from checkout_sessions s where s.merchant_id = $1 and s.mode = $2 and s.id = $3`,
  find_checkout_scope: "select merchant_id, mode from checkout_sessions where id = $1",
  cancel_checkout: `update checkout_sessions set canceled_at = ${at(4)}
    where merchant_id = $1 and mode = $2 and id = $3 and canceled_at is null returning id`,
  find_checkout_settings: "select name, color, logo, origins from checkout_settings where merchant_id = $1 and mode = $2",
  put_checkout_settings: `insert into checkout_settings (merchant_id, mode, name, color, logo, origins, updated_at)
    values ($1, $2, $3, $4, $5, $6::json, ${at(7)})
    on conflict (merchant_id, mode) do update set name = excluded.name, color = excluded.color, logo = excluded.logo,
      origins = excluded.origins, updated_at = excluded.updated_at`,
  find_public_key: `select k.merchant_id, k.mode from api_keys k
    where k.key = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > ${at(2)})`,
} as const;
