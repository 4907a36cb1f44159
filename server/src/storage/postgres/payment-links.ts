/** Payment links: their statements. How often one may be paid is kept by the database itself: see the migration "payment-links". */
import type { Scope } from "../../core/model.ts";
import type { PaymentLink, UsedLink } from "../../core/payment-links.ts";
import type { PaymentLinkRows } from "../../core/ports/checkout.ts";
import { idempotency, orders, table, type Table } from "../tables.ts";
import { insertOf, parametersOf } from "./arrays.ts";
import { sessions } from "./checkout.ts";
import { withFailures, type Database } from "./connect.ts";
import { orDuplicate } from "./failures.ts";
import { withKey } from "./idempotency.ts";
import type { Raw } from "./lookups.ts";

const links = table<PaymentLink>("payment_links", ({ fixed, mutable }) => ({
  ...fixed("text", "merchantId", "mode", "id", "token"),
  ...fixed("int", "amount"),
  ...fixed("text", "currency"),
  ...fixed("int", "minAmount", "maxAmount", "suggestedAmount"),
  ...fixed("text", "description"),
  ...fixed("int", "uses"),
  ...fixed("json", "methods"),
  ...fixed("text", "returnUrl", "locale"),
  ...fixed("json", "metadata"),
  ...fixed("time", "expiresAt"),
  ...mutable("time", "freely", "deactivatedAt"),
  ...fixed("time", "createdAt"),
}));

const timesPaid = (alias: string): string => `(select count(*)::int4 from orders o where o.merchant_id = ${alias}.merchant_id
  and o.mode = ${alias}.mode and o.payment_link_id = ${alias}.id and o.status = 'paid')`;

/** For lists and details. */
export const usedLinks: Table<UsedLink> = {
  ...(links as unknown as Table<UsedLink>),
  select: (alias) => `${links.select(alias)}, ${timesPaid(alias)} as times_paid`,
  rowOf: (raw) => ({ ...links.rowOf(raw), timesPaid: raw["times_paid"] as number }),
};

/** As `linkStatus` of the core. The value is the status and the time at which it is asked for. */
export const LINK_STATUS_IS = `(select case when t.deactivated_at is not null then 'deactivated'
    when t.uses is not null and ${timesPaid("t")} >= t.uses then 'used_up'
    when t.expires_at <= to_timestamp(w.wanted[2]::float8 / 1000) then 'expired' else 'active' end = w.wanted[1]
  from (select ?::text[] as wanted) w)`;

/** One statement each. Throws `StoreUnavailable`, or an Error that names a constraint. */
export function paymentLinkRows(database: Database): PaymentLinkRows {
  const { query } = withFailures(database);
  const run = (name: keyof typeof texts, ...values: readonly unknown[]) => query({ name, text: texts[name] }, values);
  const keyOf = (key: Parameters<PaymentLinkRows["createPaymentLink"]>[1]) => parametersOf(idempotency.columns, key ? [key] : []);
  const one = ([row]: readonly Raw[]): UsedLink | null => (row ? usedLinks.rowOf(row) : null);
  return {
    async createPaymentLink(link, key) {
      const rows = await orDuplicate(run("create_link", ...parametersOf(links.columns, [link]), ...keyOf(key)));
      return rows === "duplicate" ? rows : "applied";
    },
    paymentLink: async ({ merchantId, mode }, id) => one(await run("find_link", merchantId, mode, id)),
    paymentLinkAt: async (token) => one(await run("find_link_at", token)),
    async deactivatePaymentLink({ merchantId, mode }, id, { now, key }) {
      const rows = await orDuplicate(run("deactivate_link", merchantId, mode, id, now, ...keyOf(key)));
      return rows === "duplicate" ? rows : rows.length > 0 ? "applied" : "stale";
    },
    async createLinkCheckout({ order, session }, key) {
      const own = [...parametersOf(orders.columns, [order]), ...parametersOf(sessions.columns, [session])];
      const rows = await orDuplicate(run("create_link_checkout", ...own, ...keyOf(key)));
      return rows === "duplicate" ? rows : "applied";
    },
    async publicKeyOf({ merchantId, mode }: Scope, now) {
      const [row] = await run("find_public_key_of", merchantId, mode, now);
      return row ? (row.key as string) : null;
    },
  };
}

const afterOrder = orders.columns.length + 1;

const texts = {
  create_link: `with ${withKey(insertOf(links, 1), links.columns.length + 1)}`,
  find_link: `select ${usedLinks.select("l")} from payment_links l where l.merchant_id = $1 and l.mode = $2 and l.id = $3`,
  find_link_at: `select ${usedLinks.select("l")} from payment_links l where l.token = $1`,
  deactivate_link: `with ${withKey(
    `update payment_links set deactivated_at = to_timestamp($4::float8 / 1000)
      where merchant_id = $1 and mode = $2 and id = $3 and deactivated_at is null`,
    5,
  )}`,
  create_link_checkout: `with made as (${insertOf(orders, 1)}), ${withKey(insertOf(sessions, afterOrder), afterOrder + sessions.columns.length)}`,
  find_public_key_of: `select key from api_keys where merchant_id = $1 and mode = $2 and revoked_at is null
    and (expires_at is null or expires_at > to_timestamp($3::float8 / 1000)) order by expires_at desc nulls first, id limit 1`,
} as const;
