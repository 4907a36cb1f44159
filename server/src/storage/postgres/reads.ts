/** Lists and details, read with the planner's usual freedom. Ids are time-ordered, so the primary key is the order `(created_at, id)`. */
import type { Page, PageOf, Reads } from "../../core/ports/reads.ts";
import type { Scope } from "../../core/model.ts";
import type { Database } from "./connect.ts";
import { failureOf } from "./failures.ts";
import { attempts, cases, deliveries, deliveryTries, payments, type Table } from "./tables.ts";

type Raw = Readonly<Record<string, unknown>>;
type Query = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Raw[]>;

/** Throws `StoreUnavailable`. */
export function readsOf(database: Database): Reads {
  const query: Query = (name, text, values) =>
    database.query({ name, text }, values).catch((error: unknown) => {
      throw failureOf(error);
    });
  return {
    payment: (scope, id) => paymentDetail(query, scope, id),
    payments: (scope, page) =>
      list(query, payments, scope, {
        page,
        filters: [filter("status", "t.status = ?", page.status), filter("order", "t.order_id = ?", page.orderId)],
      }),
    deliveries: (scope, page) =>
      list(query, deliveries, scope, {
        page,
        filters: [filter("status", "t.status = ?", page.status), filter("payment", deliveriesOfPayment, page.paymentId)],
      }),
    delivery: (scope, id) => deliveryDetail(query, scope, id),
    cases: (scope, page) => list(query, cases, scope, { page, filters: [filter("status", "t.status = ?", page.status)] }),
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

/** Over the unique keys (payment, sequence) and (event, endpoint): no index of its own is needed. */
const deliveriesOfPayment =
  "t.event_id in (select e.id from events e where e.merchant_id = t.merchant_id and e.mode = t.mode and e.payment_id = ?)";

interface Filter {
  readonly name: string;
  /** SQL over `t`, with `?` for the value. */
  readonly sql: string;
  readonly value: string;
}

function filter(name: string, sql: string, value: string | undefined): Filter | null {
  return value === undefined ? null : { name, sql, value };
}

/**
 * One page, newest first. It asks for one row more than the limit, which tells whether there are more; a page that ends before an
 * id is read the other way round. An id that this scope does not have names nothing, so nothing is beside it.
 */
async function list<Row>(
  query: Query,
  table: Table<Row>,
  scope: Scope,
  wish: { page: Page; filters: readonly (Filter | null)[] },
): Promise<PageOf<Row>> {
  const filters = wish.filters.filter((each) => each !== null);
  const { page } = wish;
  const backwards = page.endingBefore !== undefined;
  const mark = page.startingAfter ?? page.endingBefore;
  const values: unknown[] = [scope.merchantId, scope.mode, page.limit + 1];
  const conditions = filters.map((each) => each.sql.replace("?", `$${values.push(each.value)}`));
  if (mark !== undefined) {
    const known = `(select m.id from ${table.name} m where m.merchant_id = $1 and m.mode = $2 and m.id = $${values.push(mark)})`;
    conditions.push(`t.id ${backwards ? ">" : "<"} ${known}`);
  }
  const name = [table.name, ...filters.map((each) => each.name), mark === undefined ? "first" : backwards ? "before" : "after"].join("_");
  const where = ["t.merchant_id = $1", "t.mode = $2", ...conditions].join(" and ");
  const found = await query(
    `list_${name}`,
    `select ${table.select("t")} from ${table.name} t where ${where} order by t.id ${backwards ? "asc" : "desc"} limit $3`,
    values,
  );
  const rows = found.slice(0, page.limit).map(table.rowOf);
  return { rows: backwards ? rows.reverse() : rows, hasMore: found.length > page.limit };
}

async function paymentDetail(query: Query, scope: Scope, id: string): ReturnType<Reads["payment"]> {
  const [row] = await query(
    "payment_detail",
    `select ${payments.select("p")}, (select json_agg(row_to_json(a) order by a.created_at, a.id) from attempts a
      where a.merchant_id = p.merchant_id and a.mode = p.mode and a.payment_id = p.id) as attempts
    from payments p where p.merchant_id = $1 and p.mode = $2 and p.id = $3`,
    [scope.merchantId, scope.mode, id],
  );
  return row ? { payment: payments.rowOf(row), attempts: ((row.attempts as Raw[] | null) ?? []).map(attempts.rowOf) } : null;
}

async function deliveryDetail(query: Query, scope: Scope, id: string): ReturnType<Reads["delivery"]> {
  const [row] = await query(
    "delivery_detail",
    `select ${deliveries.select("d")}, (select json_agg(row_to_json(y) order by y.at, y.n) from delivery_tries y
      where y.merchant_id = d.merchant_id and y.mode = d.mode and y.delivery_id = d.id) as tries_log
    from deliveries d where d.merchant_id = $1 and d.mode = $2 and d.id = $3`,
    [scope.merchantId, scope.mode, id],
  );
  return row ? { delivery: deliveries.rowOf(row), tries: ((row.tries_log as Raw[] | null) ?? []).map(deliveryTries.rowOf) } : null;
}
