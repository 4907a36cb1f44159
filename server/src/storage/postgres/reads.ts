/** Lists and details, read with the planner's usual freedom. Ids are time-ordered, so the primary key is the order `(created_at, id)`. */
import { OPEN_CASES_COUNTED_MAX } from "../../core/constants.ts";
import type { CasePick } from "../../core/dead-letters.ts";
import type { CaseMark, Delivery, Scope } from "../../core/model.ts";
import type { ListedDelivery, OperatorCase, Reads } from "../../core/ports/reads.ts";
import type { OrderStatus, RefundStatus } from "../../core/states.ts";
import { adminActionReads } from "./admin-actions.ts";
import type { Database } from "./connect.ts";
import { amountIn, deliveriesOfPayment, deliveryStatus, deliveryType, eventTypesIn, filter, type Filter } from "./filters.ts";
import { letterCountsOf } from "./letter-groups.ts";
import { caseIsAbout, caseSays, newFailureSays, workKind, workQueue } from "./letter-picks.ts";
import { list, listByStatus, queryOf, type Query } from "./lists.ts";
import { historyOf } from "./history.ts";
import { caseMark } from "./loads.ts";
import { LINK_STATUS_IS, usedLinks } from "./payment-links.ts";
import { listPayments } from "./picked.ts";
import { queuesOf } from "./queues.ts";
import { eventOf, type Raw } from "./lookups.ts";
import { merchantReads } from "./merchants.ts";
import { attempts, cases, deliveries, deliveryTries, events, orders, payments, refunds, type Table } from "../tables.ts";

/** Details over `cold`, lists over `lists`: a slow list must not hold up a payment. Throws `StoreUnavailable`. */
export function readsOf(cold: Database, lists: Database): Reads {
  const query = queryOf(cold);
  return {
    ...listsOf(queryOf(lists)),
    ...merchantReads(query, queryOf(lists)),
    ...adminActionReads(queryOf(lists)),
    payment: (scope, id) => paymentDetail(query, scope, id),
    history: async (scope, id) => {
      const payment = await one(query, payments, scope, id);
      return payment && historyOf(query, scope, payment);
    },
    order: (scope, id) => one(query, orders, scope, id),
    refund: (scope, id) => one(query, refunds, scope, id),
    event: (scope, id) => one(query, events, scope, id),
    delivery: (scope, id) => deliveryDetail(query, scope, id),
    ...caseReads(query),
    processes: async (since) => {
      const rows = await query(
        "processes",
        "select id, role, seen_at from processes where seen_at >= to_timestamp($1::float8 / 1000) order by id",
        [since],
      );
      return rows.map((row) => ({ id: row.id as string, role: row.role as string, seenAt: row.seen_at as number }));
    },
  };
}

type Lists = Pick<
  Reads,
  "payments" | "orders" | "paymentLinks" | "refunds" | "events" | "deliveries" | "lastTries" | "cases" | "queues" | "letterCounts"
>;

function listsOf(query: Query): Lists {
  const ofPayment = (id: string | undefined) => filter("payment", "t.payment_id = ?", id, { few: true });
  return {
    payments: (scope, page) => listPayments(query, scope, page),
    orders: (scope, page) => {
      const status = (one?: OrderStatus) => filter("status", "t.status = ?", one, { byCommit: true, column: "t.status" });
      const column = "t.payment_link_id";
      const link = filter("payment_link", `${column} = ?`, page.paymentLinkId, { byCommit: true, column });
      const filters = [filter("receipt", "t.receipt = ?", page.receipt, { few: true }), link, ...amountIn(page)];
      return listByStatus(query, orders, scope, { page, status, filters });
    },
    paymentLinks: (scope, page, now) => {
      const filters = [filter("status", LINK_STATUS_IS, page.status && [page.status, String(now)])];
      return list(query, usedLinks, scope, { page, filters });
    },
    refunds: (scope, page) => {
      const status = (one?: RefundStatus) => filter("status", "t.status = ?", one);
      return listByStatus(query, refunds, scope, { page, status, filters: [ofPayment(page.paymentId), ...amountIn(page)] });
    },
    events: (scope, page) => {
      const filters = [eventTypesIn(page.types), ofPayment(page.paymentId)];
      return list(query, events, scope, { page, filters, byCommit: true });
    },
    deliveries: async (scope, page) => {
      const about = filter("payment", deliveriesOfPayment, page.paymentId, { few: true });
      const endpoint = filter("endpoint", "t.endpoint_id = ?", page.endpointId);
      const picked = [
        filter("channel", "t.channel = ?", page.channel),
        filter("endpoints", "t.endpoint_id = any(?::text[])", page.endpointIds),
      ];
      const filters = [deliveryType(page.eventType), endpoint, ...picked, filter("text", newFailureSays("?"), page.text), about];
      const found = await listByStatus(query, deliveries, scope, { page, status: deliveryStatus, filters });
      return found === "unknown_cursor" ? found : { ...found, rows: await withRecipients(query, scope, found.rows) };
    },
    lastTries: async ({ merchantId, mode }, ids) => {
      const text = `select ${deliveryTries.select("y")} from deliveries t cross join lateral (select * from delivery_tries y
          where y.delivery_id = t.id and y.n = t.tries and y.merchant_id = $1 and y.mode = $2 limit 1) y where t.merchant_id = $1 and t.mode = $2 and t.id = any($3::text[])`;
      return ids.length === 0 ? [] : (await query("last_tries", text, [merchantId, mode, ids])).map(deliveryTries.rowOf);
    },
    cases: (scope, page) => {
      const kinds = [filter("kind", "t.kind = ?", page.kind), filter("kinds", "t.kind = any(?::text[])", page.kinds)];
      const filters = [filter("status", "t.status = ?", page.status), ...kinds, ...caseIs(page), ofPayment(page.paymentId)];
      return list(query, cases, scope, { page, filters });
    },
    letterCounts: (scope, wish) => letterCountsOf(query, scope, wish),
    queues: (scope, now) => queuesOf(query, scope, now),
  };
}

/** Of a dead letter. */
function caseIs({ jobKind, jobQueue, endpointIds, text }: CasePick): (Filter | null)[] {
  return [
    filter("work", `${workKind} = ?`, jobKind),
    filter("queue", `${workQueue} = ?`, jobQueue),
    filter("endpoints", caseIsAbout("?"), endpointIds),
    filter("text", caseSays("?"), text),
  ];
}

/** E-mails with the address that their payment names. Nothing is asked if there are none. */
async function withRecipients(query: Query, { merchantId, mode }: Scope, rows: readonly Delivery[]): Promise<ListedDelivery[]> {
  const ids = [...new Set(rows.flatMap(({ channel, paymentId }) => (channel === "email" && paymentId !== null ? [paymentId] : [])))];
  if (ids.length === 0) return [...rows];
  const text = `select p.id, p.customer ->> 'email' as email from payments p where p.merchant_id = $1 and p.mode = $2 and p.id = any($3::text[])`;
  const known = new Map((await query("recipients", text, [merchantId, mode, ids])).map((row) => [row.id, row.email as string | null]));
  return rows.map((row) => (row.channel === "email" ? { ...row, to: known.get(row.paymentId) ?? undefined } : row));
}

async function one<Row>(query: Query, table: Table<Row>, { merchantId, mode }: Scope, id: string): Promise<Row | null> {
  const text = `select ${table.select("t")} from ${table.name} t where t.merchant_id = $1 and t.mode = $2 and t.id = $3`;
  const [row] = await query(`${table.name}_detail`, text, [merchantId, mode, id]);
  return row ? table.rowOf(row) : null;
}

async function paymentDetail(query: Query, scope: Scope, id: string): ReturnType<Reads["payment"]> {
  const [row] = await query(
    "payment_detail",
    `select ${payments.select("p")}, (select json_agg(row_to_json(a) order by a.created_at, a.id) from attempts a
      where a.merchant_id = p.merchant_id and a.mode = p.mode and a.payment_id = p.id) as attempts,
      (select json_agg(row_to_json(f) order by f.created_at, f.id) from refunds f
      where f.merchant_id = p.merchant_id and f.mode = p.mode and f.payment_id = p.id) as refunds,
      (select json_agg(${caseMark("o")} order by o.id) from cases o
        where o.merchant_id = p.merchant_id and o.mode = p.mode and o.payment_id = p.id and o.resolved_by is distinct from 'answer') as cases
    from payments p where p.merchant_id = $1 and p.mode = $2 and p.id = $3`,
    [scope.merchantId, scope.mode, id],
  );
  if (!row) return null;
  return {
    payment: payments.rowOf(row),
    attempts: ((row.attempts as Raw[] | null) ?? []).map(attempts.rowOf),
    refunds: ((row.refunds as Raw[] | null) ?? []).map(refunds.rowOf),
    cases: (row.cases as CaseMark[] | null) ?? [],
  };
}

async function deliveryDetail(query: Query, scope: Scope, id: string): ReturnType<Reads["delivery"]> {
  const [row] = await query(
    "delivery_detail",
    `select ${deliveries.select("d")}, e.api_version as event_version, e.body as event_body, e.created_at as event_at,
      w.url, w.api_version as endpoint_version,
      case when d.channel = 'email' then (select p.customer ->> 'email' from payments p
        where p.merchant_id = d.merchant_id and p.mode = d.mode and p.id = d.payment_id) end as recipient,
      (select json_agg(row_to_json(y) order by y.at, y.n) from delivery_tries y
        where y.merchant_id = d.merchant_id and y.mode = d.mode and y.delivery_id = d.id) as tries_log
    from deliveries d join events e on e.merchant_id = d.merchant_id and e.mode = d.mode and e.id = d.event_id
    left join lateral (select w.url, w.api_version from webhook_endpoints w where w.merchant_id = d.merchant_id and w.mode = d.mode
      and (w.id = d.endpoint_id or d.endpoint_id = any(w.predecessors)) order by w.id = d.endpoint_id desc, w.id limit 1) w on true
    where d.merchant_id = $1 and d.mode = $2 and d.id = $3`,
    [scope.merchantId, scope.mode, id],
  );
  if (!row) return null;
  return {
    delivery: deliveries.rowOf(row),
    to: (row.recipient as string | null) ?? undefined,
    tries: ((row.tries_log as Raw[] | null) ?? []).map(deliveryTries.rowOf),
    event: eventOf(row),
    url: row.url as string | null,
    apiVersion: row.endpoint_version as string | null,
  };
}

/** Cases for the operator, over all merchants. */
function caseReads(query: Query): Pick<Reads, "casesOfAll" | "caseOfAny" | "openCases"> {
  return {
    casesOfAll: async ({ limit, startingAfter, status, kind, merchantId }) => {
      const given = { status, kind, merchant_id: merchantId };
      const values: unknown[] = [limit + 1];
      const wanted = Object.entries(given).filter(([, value]) => value !== undefined);
      const conditions = wanted.map(([column, value]) => `t.${column} = $${values.push(value)}`);
      if (startingAfter !== undefined) conditions.push(`t.id < $${values.push(startingAfter)}`);
      const name = ["cases_of_all", ...wanted.map(([column]) => column), startingAfter === undefined ? "first" : "after"].join("_");
      const where = conditions.length === 0 ? "" : `where ${conditions.join(" and ")}`;
      const found = await query(name, `${ofAll} ${where} order by t.id desc limit $1`, values);
      return { rows: found.slice(0, limit).map(operatorCase), hasMore: found.length > limit };
    },
    caseOfAny: async (id) => {
      const [row] = await query("case_of_any", `${ofAll} where t.id = $1`, [id]);
      return row ? operatorCase(row) : null;
    },
    openCases: async () => {
      const [row] = await query("open_cases", "select count(*) as open from (select from cases where status = 'open' limit $1) t", [
        OPEN_CASES_COUNTED_MAX,
      ]);
      return Number(row!.open);
    },
  };
}

const ofAll = `select ${cases.select("t")}, m.email as merchant_email from cases t join merchants m on m.id = t.merchant_id`;

function operatorCase(row: Raw): OperatorCase {
  return { ...cases.rowOf(row), merchantEmail: row.merchant_email as string };
}
