/** Pages of rows. Each is one statement over an index, whatever filters it has and however few rows match. */
import { hash } from "node:crypto";
import type { Scope } from "../../core/model.ts";
import type { Listed, Page } from "../../core/ports/reads.ts";
import type { DeliveryStatus, PaymentStatus } from "../../core/states.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Raw } from "./lookups.ts";
import type { Table } from "../tables.ts";

export type Query = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Raw[]>;

export function queryOf(database: Database): Query {
  const { query } = withFailures(database);
  return (name, text, values) => query({ name, text }, values);
}

export interface Filter {
  readonly name: string;
  /** SQL over `t`, with `?` for the value; `$1` and `$2` are merchant and mode. */
  readonly sql: string;
  readonly value: unknown;
  /** Few rows match, and a key of their own finds them: they are read first and sorted then, whatever the planner holds more likely. */
  readonly few?: true;
  /** Likewise, for rows that a query finds by their ids. */
  readonly ids?: string;
  /** Its index has the order of commits, and not of ids. */
  readonly byCommit?: true;
  /**
   * The column that stands before the order of commits in its index. A page beside a row begins with it as well: the index of all rows would
   * serve the rest of that comparison, and the planner takes it where it believes that few rows lie behind the row.
   */
  readonly column?: string;
  /** The value is a list, and an index has the rows of each member in order: a page of each is read. `?` stands for one member. */
  readonly each?: true;
}

export function filter(name: string, sql: string, value: unknown, how: Omit<Filter, "name" | "sql" | "value"> = {}): Filter | null {
  return value === undefined ? null : { name, sql, value, ...how };
}

/**
 * No index on payments names the status, since each would cost an entry for each change. The rare ones have a column and an index of
 * their own; what is under way is found by its work; and most payments have succeeded, so those are found along the primary key.
 */
export function paymentStatus(status: PaymentStatus | undefined): Filter | null {
  if (status === "pending" || status === "processing") return filter("under_way", "t.status = ?", status, { ids: paymentsUnderWay });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return listedStatus(status);
}

function listedStatus(status: string | undefined): Filter | null {
  return filter("listed", "t.listed_status = ?", status, { byCommit: true, column: "t.listed_status" });
}

/** As `paymentStatus`. A delivery that is owed has a job. */
export function deliveryStatus(status: DeliveryStatus | undefined): Filter | null {
  if (status === "pending") return filter("pending", "t.status = ?", status, { ids: deliveriesOwed });
  if (status === "succeeded") return filter("succeeded", "t.status = ?", status);
  return listedStatus(status);
}

/** Most deliveries are of the type that the index leaves out: those are met soon along the primary key. */
export function deliveryType(type: string | undefined): Filter | null {
  if (type === "payment.succeeded") return filter("succeeded_type", "t.event_type = ?", type);
  return filter("type", "t.event_type = ? and t.event_type <> 'payment.succeeded'", type);
}

/** As the column `listed_type` of the migration "committed" leaves out. */
const usualTypes: readonly string[] = ["payment.created", "payment.pending", "payment.succeeded", "payment.authorized"];

/** Types that are seldom have an index; the usual ones are met soon along the order. */
export function eventTypesIn(types: readonly string[] | undefined): Filter | null {
  const areRare = types?.every((type) => !usualTypes.includes(type));
  return areRare
    ? filter("listed", "t.listed_type = ?", types, { each: true, column: "t.listed_type" })
    : filter("types", "t.type = any(?::text[])", types);
}

const paymentsUnderWay = `
  select j.subject from jobs j where j.queue = 'payment-queue' and j.lane = $1 and j.mode = $2 and j.kind = 'charge'
  union select a.subject from attempts a where a.merchant_id = $1 and a.mode = $2
    and a.status in ('queued', 'calling', 'requires_action', 'pending', 'unknown')`;

const deliveriesOwed = "select j.subject from jobs j where j.queue = 'webhook-queue' and j.merchant_id = $1 and j.mode = $2";

/** Over the unique keys (payment, sequence) and (event, endpoint): no index of its own is needed. Asked once, not per row. */
export const deliveriesOfPayment =
  "t.event_id = any(array(select e.id from events e where e.payment_id = ? and e.merchant_id = $1 and e.mode = $2))";

export interface ListWish {
  readonly page: Page;
  readonly filters: readonly (Filter | null)[];
  /** In the order of commits, and not of ids. */
  readonly byCommit?: true;
}

/**
 * One page, newest first. It asks for one row more than the limit, which tells whether there are more.
 *
 * What is new is read in the order of commits (docs/decisions/0034): a page that ends before a row has what was committed after that row,
 * and no page shows a row as long as one that is written beside it may be committed before it. So nothing is ever missed.
 */
export async function list<Row>(query: Query, table: Table<Row>, scope: Scope, wish: ListWish): Promise<Listed<Row>> {
  const { page } = wish;
  const filters = wish.filters.filter((each) => each !== null);
  const backwards = page.endingBefore !== undefined;
  const mark = page.startingAfter ?? page.endingBefore;
  const found = mark === undefined ? null : await committedAt(query, table, scope, mark);
  if (mark !== undefined && found === null && !page.mayBeRemoved) return "unknown_cursor";
  const values: unknown[] = [scope.merchantId, scope.mode, page.limit + 1, await settledBefore(query, table)];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const isRemoved = mark !== undefined && found === null;
  const byCommit = !isRemoved && (backwards || wish.byCommit || filters.some((each) => each.byCommit));
  // Without figures about a table the planner prefers the primary key to another; this comparison is one that no index serves.
  const isFew = filters.some((each) => each.few);
  const is = isFew || byCommit ? "is not distinct from" : "=";
  const conditions = [`t.merchant_id ${is} $1`, `t.mode ${is} $2`, "t.committed < $4::xid8"];
  if (byCommit && !isFew) conditions.push(`(t.merchant_id || t.mode) collate "C" = $1::text || $2::text`);
  let leading: readonly [column: string, value: string] | null = null;
  for (const each of filters) {
    const given = each.each ? "u.member" : value(each.value);
    conditions.push(each.sql.replace("?", given));
    if (each.column !== undefined) leading = [each.column, given];
  }
  if (page.idFrom !== undefined) conditions.push(`t.id >= ${value(page.idFrom)}`);
  if (page.idBefore !== undefined) conditions.push(`t.id < ${value(page.idBefore)}`);
  if (mark !== undefined) {
    const side = backwards ? ">" : "<";
    conditions.push(byCommit ? besideRow({ side, leading, found: value(found), mark: value(mark) }) : `t.id ${side} ${value(mark)}`);
  }
  const bounds = `${page.idFrom === undefined ? "" : "from"}${page.idBefore === undefined ? "" : "before"}`;
  const place = mark === undefined ? "first" : `${backwards ? "before" : "after"}${byCommit ? "_commit" : ""}`;
  // With a sign that no name of a filter has: `succeeded` and `type` are two filters, `succeeded_type` is one.
  const name = distinct(["list", table.name, filters.map((each) => each.name).join("+"), place, bounds].join("_"));
  const direction = backwards ? "asc" : "desc";
  const order = (byCommit ? ["t.committed", "t.id"] : ["t.id"]).map((column) => `${column} ${direction}`).join(", ");
  const each = filters.find((one) => one.each);
  const rows = await query(
    name,
    textOf(table, { filters, where: conditions.join(" and "), order, members: each && value(each.value) }),
    values,
  );
  const shown = rows.slice(0, page.limit).map(table.rowOf);
  return { rows: backwards ? shown.reverse() : shown, hasMore: rows.length > page.limit };
}

interface Beside {
  readonly side: "<" | ">";
  /** The column of a filter and its value. */
  readonly leading: readonly [column: string, value: string] | null;
  readonly found: string;
  readonly mark: string;
}

function besideRow({ side, leading, found, mark }: Beside): string {
  const [column, value] = leading === null ? ["", ""] : leading.map((one) => `${one}, `);
  return `(${column}t.committed, t.id) ${side} (${value}${found}::xid8, ${mark})`;
}

interface Parts {
  readonly filters: readonly Filter[];
  readonly where: string;
  readonly order: string;
  /** The parameter that holds the members of a filter by `each`. */
  readonly members: string | undefined;
}

function textOf(table: Pick<Table<unknown>, "name" | "select">, { filters, where, order, members }: Parts): string {
  const columns = `${table.select("t")}, t.committed`;
  const limited = `order by ${order} limit $3`;
  if (members !== undefined) {
    const page = `select ${columns} from ${table.name} t where ${where} ${limited}`;
    return `select t.* from unnest(${members}::text[]) u(member) cross join lateral (${page}) t ${limited}`;
  }
  const ids = filters.find((each) => each.ids)?.ids;
  const one = `select * from ${table.name} p where p.merchant_id = $1 and p.mode = $2 and p.id = u.id limit 1`;
  const from = ids ? `(${ids}) u(id) cross join lateral (${one}) t` : `${table.name} t`;
  const rowsOf = `select ${columns} from ${from} where ${where}`;
  // `offset 0` keeps the planner from reading along the primary key instead, in the hope of meeting enough of them soon.
  return `${ids || filters.some((each) => each.few) ? `select * from (${rowsOf} offset 0) t` : rowsOf} ${limited}`;
}

/** The transaction that wrote this row; null if there is none of this scope. */
async function committedAt(query: Query, { name }: { readonly name: string }, scope: Scope, id: string): Promise<string | null> {
  const text = `select committed::text from ${name} where merchant_id = $1 and mode = $2 and id = $3`;
  const [row] = await query(`list_${name}_cursor`, text, [scope.merchantId, scope.mode, id]);
  return row ? (row.committed as string) : null;
}

/**
 * All transactions before this one have ended, as far as they write to this table: their rows can be seen, or never will be. A transaction
 * holds a lock on the table before it has a number, and until it ends. Asked before the rows are read, so that what ends in between is
 * seen; what begins in between has a higher number. `pg_snapshot_xmin` alone would wait for transactions of other databases too.
 */
export async function settledBefore(query: Query, { name }: { readonly name: string }): Promise<string> {
  const [row] = await query(`list_${name}_settled`, settledText, [name]);
  return row!.settled as string;
}

const settledText = `
select coalesce(
  (select x from pg_snapshot_xip(pg_current_snapshot()) x
    where (x::text::bigint & 4294967295)::text in (select transactionid::text from pg_locks
      where locktype = 'transactionid' and granted and pid in (select pid from pg_locks
        where locktype = 'relation' and mode = 'RowExclusiveLock' and relation = $1::text::regclass
          and database = (select oid from pg_database where datname = current_database())))
    order by x limit 1),
  pg_snapshot_xmax(pg_current_snapshot()))::text as settled`;

/** PostgreSQL looks at the first 63 bytes of a statement's name only: longer names that begin alike would be one statement. */
const NAME_MAX = 63;

function distinct(name: string): string {
  return name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 17)}_${hash("sha256", name).slice(0, 16)}`;
}
