/** Lists and details, read with the planner's usual freedom. Ids are time-ordered, so the primary key is the order `(created_at, id)`. */
import { OPEN_CASES_COUNTED_MAX } from "../../core/constants.ts";
import type { CaseMark, Scope } from "../../core/model.ts";
import type { Listed, OperatorCase, Page, Reads } from "../../core/ports/reads.ts";
import type { DeliveryStatus, PaymentStatus } from "../../core/states.ts";
import { withFailures, type Database } from "./connect.ts";
import { caseMark } from "./loads.ts";
import { eventOf, type Raw } from "./lookups.ts";
import { attempts, cases, deliveries, deliveryTries, payments, refunds, type Table } from "../tables.ts";

type Query = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Raw[]>;

/** Details over `cold`, lists over `lists`: a slow list must not hold up a payment. Throws `StoreUnavailable`. */
export function readsOf(cold: Database, lists: Database): Reads {
  const query = queryOf(cold);
  const listing = queryOf(lists);
  return {
    payment: (scope, id) => paymentDetail(query, scope, id),
    payments: (scope, page) =>
      list(listing, payments, scope, {
        page,
        filters: [paymentStatus(page.status), filter("order", "t.order_id = ?", page.orderId, { few: true })],
      }),
    refund: async (scope, id) => {
      const text = `select ${refunds.select("t")} from refunds t where t.merchant_id = $1 and t.mode = $2 and t.id = $3`;
      const [row] = await query("refund_detail", text, [scope.merchantId, scope.mode, id]);
      return row ? refunds.rowOf(row) : null;
    },
    refunds: (scope, page) =>
      list(listing, refunds, scope, {
        page,
        filters: [filter("status", "t.status = ?", page.status), filter("payment", "t.payment_id = ?", page.paymentId, { few: true })],
      }),
    deliveries: (scope, page) =>
      list(listing, deliveries, scope, {
        page,
        filters: [
          deliveryStatus(page.status),
          deliveryType(page.eventType),
          filter("endpoint", "t.endpoint_id = ?", page.endpointId),
          filter("payment", deliveriesOfPayment, page.paymentId, { few: true }),
        ],
      }),
    delivery: (scope, id) => deliveryDetail(query, scope, id),
    cases: (scope, page) => list(listing, cases, scope, { page, filters: [filter("status", "t.status = ?", page.status)] }),
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

function queryOf(database: Database): Query {
  const { query } = withFailures(database);
  return (name, text, values) => query({ name, text }, values);
}

interface Filter {
  readonly name: string;
  /** SQL over `t`, with `?` for the value; `$1` and `$2` are merchant and mode. */
  readonly sql: string;
  readonly value: string;
  /** Few rows match, and a key of their own finds them: they are read first and sorted then, whatever the planner holds more likely. */
  readonly few?: true;
  /** Likewise, for rows that a query finds by their ids. */
  readonly ids?: string;
}

function filter(name: string, sql: string, value: string | undefined, how: Pick<Filter, "few" | "ids"> = {}): Filter | null {
  return value === undefined ? null : { name, sql, value, ...how };
}

/**
 * No index on payments names the status, since each would cost an entry for each change. The rare ones have a column and an index of
 * their own; what is under way is found by its work; and most payments have succeeded, so those are found along the primary key.
 */
function paymentStatus(status: PaymentStatus | undefined): Filter | null {
  if (status === "pending" || status === "processing") return filter("under_way", "t.status = ?", status, { ids: paymentsUnderWay });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return filter("listed", "t.listed_status = ?", status);
}

/** As `paymentStatus`. A delivery that is owed has a job. */
function deliveryStatus(status: DeliveryStatus | undefined): Filter | null {
  if (status === "pending") return filter("pending", "t.status = ?", status, { ids: deliveriesOwed });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return filter("listed", "t.listed_status = ?", status);
}

/** Most deliveries are of the type that the index leaves out: those are met soon along the primary key. */
function deliveryType(type: string | undefined): Filter | null {
  if (type === "payment.succeeded") return filter("succeeded_type", "t.event_type = ?", type);
  return filter("type", "t.event_type = ? and t.event_type <> 'payment.succeeded'", type);
}

const paymentsUnderWay = `
  select j.subject from jobs j where j.queue = 'payment-queue' and j.lane = $1 and j.mode = $2 and j.kind = 'charge'
  union select a.subject from attempts a where a.merchant_id = $1 and a.mode = $2
    and a.status in ('queued', 'calling', 'requires_action', 'pending', 'unknown')`;

const deliveriesOwed = "select j.subject from jobs j where j.queue = 'webhook-queue' and j.merchant_id = $1 and j.mode = $2";

/** Over the unique keys (payment, sequence) and (event, endpoint): no index of its own is needed. Asked once, not per row. */
const deliveriesOfPayment =
  "t.event_id = any(array(select e.id from events e where e.payment_id = ? and e.merchant_id = $1 and e.mode = $2))";

/**
 * One page, newest first. It asks for one row more than the limit, which tells whether there are more; a page that ends before an
 * id is read the other way round.
 */
async function list<Row>(
  query: Query,
  table: Table<Row>,
  scope: Scope,
  wish: { page: Page; filters: readonly (Filter | null)[] },
): Promise<Listed<Row>> {
  const { page } = wish;
  const filters = wish.filters.filter((each) => each !== null);
  const backwards = page.endingBefore !== undefined;
  const mark = page.startingAfter ?? page.endingBefore;
  if (mark !== undefined && !page.mayBeRemoved && !(await exists(query, table, scope, mark))) return "unknown_cursor";
  const values: unknown[] = [scope.merchantId, scope.mode, page.limit + 1];
  // Without figures about a table the planner prefers the primary key to another; this comparison is one that no index serves.
  const is = filters.some((each) => each.few) ? "is not distinct from" : "=";
  const conditions = [`t.merchant_id ${is} $1`, `t.mode ${is} $2`];
  for (const each of filters) conditions.push(each.sql.replace("?", `$${values.push(each.value)}`));
  if (mark !== undefined) conditions.push(`t.id ${backwards ? ">" : "<"} $${values.push(mark)}`);
  const name = [table.name, ...filters.map((each) => each.name), mark === undefined ? "first" : backwards ? "before" : "after"].join("_");
  const columns = table.select("t");
  const ids = filters.find((each) => each.ids)?.ids;
  const one = `select * from ${table.name} p where p.merchant_id = $1 and p.mode = $2 and p.id = u.id limit 1`;
  const from = ids ? `(${ids}) u(id) cross join lateral (${one}) t` : `${table.name} t`;
  const rowsOf = `select ${columns} from ${from} where ${conditions.join(" and ")}`;
  // `offset 0` keeps the planner from reading along the primary key instead, in the hope of meeting enough of them soon.
  const text = ids || filters.some((each) => each.few) ? `select * from (${rowsOf} offset 0) t` : rowsOf;
  const found = await query(`list_${name}`, `${text} order by t.id ${backwards ? "asc" : "desc"} limit $3`, values);
  const rows = found.slice(0, page.limit).map(table.rowOf);
  return { rows: backwards ? rows.reverse() : rows, hasMore: found.length > page.limit };
}

async function exists(query: Query, table: { readonly name: string }, { merchantId, mode }: Scope, id: string): Promise<boolean> {
  const text = `select from ${table.name} where merchant_id = $1 and mode = $2 and id = $3`;
  return (await query(`list_${table.name}_cursor`, text, [merchantId, mode, id])).length > 0;
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
    `select ${deliveries.select("d")}, e.body as event_body, e.created_at as event_at,
      (select json_agg(row_to_json(y) order by y.at, y.n) from delivery_tries y
        where y.merchant_id = d.merchant_id and y.mode = d.mode and y.delivery_id = d.id) as tries_log,
      (select w.url from webhook_endpoints w where w.merchant_id = d.merchant_id and w.mode = d.mode
        and (w.id = d.endpoint_id or d.endpoint_id = any(w.predecessors)) order by w.id = d.endpoint_id desc, w.id limit 1) as url
    from deliveries d join events e on e.merchant_id = d.merchant_id and e.mode = d.mode and e.id = d.event_id
    where d.merchant_id = $1 and d.mode = $2 and d.id = $3`,
    [scope.merchantId, scope.mode, id],
  );
  if (!row) return null;
  return {
    delivery: deliveries.rowOf(row),
    tries: ((row.tries_log as Raw[] | null) ?? []).map(deliveryTries.rowOf),
    event: eventOf(row),
    url: row.url as string | null,
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
