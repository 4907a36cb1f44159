/** Pages of rows. Each is one statement over an index, whatever filters it has and however few rows match. */
import { hash } from "node:crypto";
import type { Scope } from "../../core/model.ts";
import type { Listed, Page, PageOf } from "../../core/ports/reads.ts";
import { withFailures, type Database } from "./connect.ts";
import type { Filter } from "./filters.ts";
import type { Raw } from "./lookups.ts";
import type { Table } from "../tables.ts";

export type Query = (name: string, text: string, values: readonly unknown[]) => Promise<readonly Raw[]>;

export function queryOf(database: Database): Query {
  const { query } = withFailures(database);
  return (name, text, values) => query({ name, text }, values);
}

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
  const place = await placeOf(query, table, scope, wish.page);
  if (place === "unknown_cursor") return place;
  return shaped(table, wish.page, await rowsAt(query, table, scope, { ...wish, place }));
}

/**
 * Rows that fit one of several wishes, none of them two, as one page in the order of commits. All are read as of one moment: a row that only
 * a later look shows must not stand before one that an earlier look left out.
 */
async function listOfEach<Row>(query: Query, table: Table<Row>, scope: Scope, wishes: readonly ListWish[]): Promise<Listed<Row>> {
  const { page } = wishes[0]!;
  const place = await placeOf(query, table, scope, page);
  if (place === "unknown_cursor") return place;
  const found = await Promise.all(wishes.map((wish) => rowsAt(query, table, scope, { ...wish, place, byCommit: true })));
  const sign = page.endingBefore === undefined ? -1 : 1;
  const isLater = (one: Raw, other: Raw): boolean => {
    const [a, b] = [BigInt(one.committed as string), BigInt(other.committed as string)];
    return a === b ? (one.id as string) > (other.id as string) : a > b;
  };
  const sorted = found.flat().sort((one, other) => (isLater(one, other) ? sign : -sign));
  return shaped(table, page, sorted.slice(0, page.limit + 1));
}

interface StatusWish<Status> {
  readonly page: Page & { readonly status?: Status; readonly statuses?: readonly Status[] };
  /** The filter of one of them, or of any. */
  readonly status: (one: Status | undefined) => Filter | null;
  readonly filters: readonly (Filter | null)[];
}

/** A page of one status, of several, or of any: each has the way of its own. */
export function listByStatus<Row, Status extends string>(
  query: Query,
  table: Table<Row>,
  scope: Scope,
  { page, status, filters }: StatusWish<Status>,
): Promise<Listed<Row>> {
  const wanted = [...new Set(page.statuses ?? [page.status])];
  const wishes = wanted.map((one) => ({ page, filters: [status(one), ...filters] }));
  return wishes.length === 1 ? list(query, table, scope, wishes[0]!) : listOfEach(query, table, scope, wishes);
}

/** Where a page lies: beside which row, and before which transaction its rows were written. */
interface Place {
  /** The transaction of the row beside which it lies; null: beside none, or that was removed. */
  readonly found: string | null;
  readonly settled: string;
}

export async function placeOf(query: Query, table: { readonly name: string }, scope: Scope, page: Page): Promise<Place | "unknown_cursor"> {
  const mark = page.startingAfter ?? page.endingBefore;
  const found = mark === undefined ? null : await committedAt(query, table, scope, mark);
  if (mark !== undefined && found === null && !page.mayBeRemoved) return "unknown_cursor";
  return { found, settled: await settledBefore(query, table) };
}

/** One row more than the limit says that there are more. */
export function shaped<Row>(table: Table<Row>, page: Page, rows: readonly Raw[]): PageOf<Row> {
  const shown = rows.slice(0, page.limit).map(table.rowOf);
  return { rows: page.endingBefore === undefined ? shown : shown.reverse(), hasMore: rows.length > page.limit };
}

async function rowsAt<Row>(
  query: Query,
  table: Table<Row>,
  scope: Scope,
  wish: ListWish & { readonly place: Place },
): Promise<readonly Raw[]> {
  const { page } = wish;
  const { found, settled } = wish.place;
  const filters = wish.filters.filter((each) => each !== null);
  const backwards = page.endingBefore !== undefined;
  const mark = page.startingAfter ?? page.endingBefore;
  const values: unknown[] = [scope.merchantId, scope.mode, page.limit + 1, settled];
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
  const at = mark === undefined ? "first" : `${backwards ? "before" : "after"}${byCommit ? "_commit" : ""}`;
  // With a sign that no name of a filter has: `succeeded` and `type` are two filters, `succeeded_type` is one.
  const name = distinct(
    ["list", table.name, filters.map((each) => each.name).join("+"), at, wish.byCommit ? "commits" : "", bounds].join("_"),
  );
  const direction = backwards ? "asc" : "desc";
  const order = (byCommit ? ["t.committed", "t.id"] : ["t.id"]).map((column) => `${column} ${direction}`).join(", ");
  const each = filters.find((one) => one.each);
  return query(name, textOf(table, { filters, where: conditions.join(" and "), order, members: each && value(each.value) }), values);
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
  const [row] = await query(`list_${name}${SETTLED}`, settledText, [name]);
  return row!.settled as string;
}

const SETTLED = "_settled";

/** Only the primary knows which transactions are under way. */
export const isOfPrimary = (statement: string): boolean => statement.endsWith(SETTLED);

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
