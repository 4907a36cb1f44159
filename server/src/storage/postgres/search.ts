/** One text, looked for wherever it may stand. Each look is by a key; what the table of finds does not hold yet is read beside it. */
import type { Scope } from "../../core/model.ts";
import { kindOfPrefix, type Search, type SearchHit, type SearchKind, type SearchMatch } from "../../core/ports/search.ts";
import type { SearchWish } from "../../core/search.ts";
import type { Database } from "./connect.ts";
import { behindIds, word } from "./finds.ts";
import { queryOf, type Query } from "./lists.ts";
import type { Raw } from "./lookups.ts";

/** Of payments of one amount that many are looked at for the currency. */
const SAME_AMOUNT_MAX = 5_000;

export function searchOf(database: Database): Search {
  const query = queryOf(database);
  return {
    find: async (scope, wish, limit) => {
      const found = await Promise.all([byId(query, scope, wish), byWord(query, scope, wish, limit), byFinds(query, scope, wish, limit)]);
      const once = new Map<string, SearchHit>();
      for (const hit of found.flat()) if (!once.has(`${hit.kind} ${hit.id}`)) once.set(`${hit.kind} ${hit.id}`, hit);
      return [...once.values()].sort(compare).slice(0, limit + 1);
    },
  };
}

const NAMES_ONE: readonly SearchMatch[] = ["id", "order", "receipt", "reference"];

function compare(one: SearchHit, other: SearchHit): number {
  const rank = ({ matched }: SearchHit): number => (matched === "id" ? 0 : NAMES_ONE.includes(matched) ? 1 : 2);
  const time = ({ id }: SearchHit): string => id.slice(id.indexOf("_") + 1);
  return rank(one) - rank(other) || (time(one) < time(other) ? 1 : -1);
}

async function byId(query: Query, { merchantId, mode }: Scope, { id }: SearchWish): Promise<SearchHit[]> {
  const kind = id === null ? undefined : kindOfPrefix(id.slice(0, id.indexOf("_")));
  if (kind === undefined || kind === "request") return [];
  return (await query(`search_${kind}`, idTexts[kind], [merchantId, mode, id])).map(hitOf);
}

async function byWord(query: Query, { merchantId, mode }: Scope, { id, word }: SearchWish, limit: number): Promise<SearchHit[]> {
  return (await query("search_word", wordText, [merchantId, mode, id ?? word, limit + 1])).map(hitOf);
}

async function byFinds(query: Query, { merchantId, mode }: Scope, wish: SearchWish, limit: number): Promise<SearchHit[]> {
  const { email, last4, amounts } = wish;
  if (email === null && last4 === null && amounts.length === 0) return [];
  const codes = amounts.map((each) => each.currencies?.join(" ") ?? "");
  const name = `search_finds_${email === null ? "" : "e"}${last4 === null ? "" : "l"}${amounts.length === 0 ? "" : "a"}`;
  const values = [merchantId, mode, limit + 1, email, last4, amounts.map(({ amount }) => amount), codes];
  return (await query(name, findsText(wish), values)).map(hitOf);
}

function hitOf(row: Raw): SearchHit {
  return {
    kind: row.kind as SearchHit["kind"],
    id: row.id as string,
    matched: row.matched as SearchMatch,
    paymentId: row.payment_id as string | null,
    createdAt: row.created_at as number,
    status: row.status as string | null,
    amount: row.amount === null ? null : Number(row.amount),
    currency: row.currency as string | null,
    detail: (row.detail as string | null) || null,
  };
}

const detailOf = (t: string): string =>
  `concat_ws(' · ', ${t}.method ->> 'type', ${t}.method ->> 'last4', ${t}.customer ->> 'email', ${t}.order_id)`;
/** As people know a payment: one that was given back is none that succeeded. */
const statusOf = (t: string): string => `case when ${t}.status <> 'succeeded' or ${t}.amount_refunded = 0 then ${t}.status
  when ${t}.amount_refunded >= ${t}.amount_captured then 'refunded' else 'partly_refunded' end`;
const paymentColumns = `'payment' as kind, t.id, t.id as payment_id, t.created_at, ${statusOf("t")} as status, t.amount, t.currency, ${detailOf("t")} as detail`;

const one = (kind: SearchKind, table: string, columns: string): string =>
  `select '${kind}' as kind, 'id' as matched, t.id, ${columns} from ${table} t where t.merchant_id = $1 and t.mode = $2 and t.id = $3`;
const noMoney = "null::bigint as amount, null::text as currency";

/** Of requests the route asks: another part keeps them. */
const idTexts: Readonly<Record<Exclude<SearchKind, "request">, string>> = {
  payment: one(
    "payment",
    "payments",
    `t.id as payment_id, t.created_at, ${statusOf("t")} as status, t.amount, t.currency, ${detailOf("t")} as detail`,
  ),
  order: one("order", "orders", "null as payment_id, t.created_at, t.status, t.amount, t.currency, t.receipt as detail"),
  refund: one("refund", "refunds", "t.payment_id, t.created_at, t.status, t.amount, t.currency, t.reason as detail"),
  event: one("event", "events", `t.payment_id, t.created_at, t.type as status, ${noMoney}, null as detail`),
  delivery: one("delivery", "deliveries", `t.payment_id, t.created_at, t.status, ${noMoney}, t.event_type as detail`),
  case: one("case", "cases", `t.payment_id, t.opened_at as created_at, t.status, ${noMoney}, t.summary as detail`),
  attempt: one(
    "attempt",
    "attempts",
    "t.payment_id, t.created_at, t.status, t.amount, t.currency, concat_ws(' · ', t.operation, t.connector) as detail",
  ),
  webhook_endpoint: one("webhook_endpoint", "webhook_endpoints", `null as payment_id, t.created_at, t.status, ${noMoney}, t.url as detail`),
  payment_link: one(
    "payment_link",
    "payment_links",
    "null as payment_id, t.created_at, null as status, t.amount, t.currency, t.description as detail",
  ),
};

/** A receipt, the payments of an order (ours or the merchant's own word), the reference of a gateway. */
const wordText = `
(select 'order' as kind, 'receipt' as matched, t.id, null as payment_id, t.created_at, t.status, t.amount, t.currency, t.receipt as detail
  from orders t where t.receipt = $3 and t.merchant_id = $1 and t.mode = $2 order by t.id desc limit $4)
union all
(select 'payment', 'order', t.id, t.id, t.created_at, ${statusOf("t")}, t.amount, t.currency, ${detailOf("t")}
  from payments t where t.order_id = $3 and t.merchant_id = $1 and t.mode = $2 order by t.id desc limit $4)
union all
(select case when a.refund_id is null then 'payment' else 'refund' end, 'reference', coalesce(a.refund_id, a.payment_id), a.payment_id,
    a.created_at, coalesce(r.status, ${statusOf("p")}), coalesce(r.amount, p.amount), p.currency, concat_ws(' · ', a.connector, a.gateway_reference)
  from connector_accounts c cross join lateral (
    select * from attempts a where a.account_id = c.id and a.gateway_reference = $3 limit $4) a
  join payments p on p.merchant_id = a.merchant_id and p.mode = a.mode and p.id = a.payment_id
  left join refunds r on r.merchant_id = a.merchant_id and r.mode = a.mode and r.id = a.refund_id
  where c.merchant_id = $1 and c.mode = $2 and a.merchant_id = $1 and a.mode = $2 limit $4)`;

const isAmount = `exists (select from unnest($6::bigint[], $7::text[]) x(amount, codes)
  where x.amount = t.amount and (x.codes = '' or t.currency = any(string_to_array(x.codes, ' '))))`;

const branches = {
  email: `(select f.id from payment_finds f where f.email = ${word("email", "$4::text")} order by f.id desc limit $3)`,
  last4: `(select f.id from payment_finds f where f.last4 = ${word("last4", "$5::text")} order by f.id desc limit $3)`,
  amounts: `(select f.id from unnest($6::bigint[], $7::text[]) x(amount, codes)
    cross join lateral (select array(select ${word("currency", "c")} from unnest(string_to_array(x.codes, ' ')) c) as words) w
    cross join lateral (select f.id from (select f.id, f.currency from payment_finds f
      where f.scope = ${word("scope", "''")} and f.amount = x.amount order by f.id desc limit ${SAME_AMOUNT_MAX}) f
      where x.codes = '' or f.currency = any(w.words) limit $3) f)`,
};

/** Each candidate is compared with the payment itself: a word may be another's, and what is behind may be anything. */
function findsText({ email, last4, amounts }: SearchWish): string {
  const has = { email: email !== null, last4: last4 !== null, amounts: amounts.length > 0 };
  const isIt = {
    email: has.email ? "lower(t.customer ->> 'email') = $4::text" : "$4::text is not null",
    last4: has.last4 ? "t.method ->> 'last4' = $5::text" : "$5::text is not null",
    amounts: has.amounts ? isAmount : "cardinality($6::bigint[]) + cardinality($7::text[]) > 0",
  };
  const wanted = (Object.keys(branches) as (keyof typeof branches)[]).filter((name) => has[name]).map((name) => branches[name]);
  return `
select ${paymentColumns}, case when ${isIt.email} then 'email' when ${isIt.last4} then 'last4' else 'amount' end as matched
from (select t.* from (${wanted.join("\n  union ")}\n  union ${behindIds}) u(id)
  cross join lateral (select * from payments p where p.merchant_id = $1 and p.mode = $2 and p.id = u.id limit 1) t
  where ${isIt.email} or ${isIt.last4} or ${isIt.amounts} offset 0) t
order by t.id desc limit $3`;
}
