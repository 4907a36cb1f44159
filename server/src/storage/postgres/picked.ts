/**
 * Payments by what few of them may have: an e-mail, the end of a card, a currency. The table of finds leads to them where they are few;
 * where they are many, a page of them is met soon along its order (docs/decisions/0065).
 */
import { hash } from "node:crypto";
import type { Payment, Scope } from "../../core/model.ts";
import type { Listed, Page, PaymentFilter } from "../../core/ports/reads.ts";
import { payments } from "../tables.ts";
import { filter, paymentIs, paymentsUnderWay, paymentStatus, type Filter } from "./filters.ts";
import { behindIds, word } from "./finds.ts";
import { listByStatus, placeOf, shaped, type Query } from "./lists.ts";
import type { Raw } from "./lookups.ts";

/** So many are read one by one, and sorted then. */
const FEW = 2_000;

export async function listPayments(query: Query, scope: Scope, page: Page & PaymentFilter): Promise<Listed<Payment>> {
  const order = filter("order", "t.order_id = ?", page.orderId, { few: true });
  const filters = [order, ...paymentIs(page)];
  const along = () => listByStatus(query, payments, scope, { page, status: paymentStatus, filters });
  // Before a row there is only what is new, and an order has few payments.
  if (page.endingBefore !== undefined || order !== null) return along();
  const statement = new Statement(scope);
  const ways = waysTo(statement, page);
  if (ways.every((way) => way.isStatus)) return along();
  const few = await fewest(query, statement, ways);
  const best = few ?? ways.find((way) => way.column !== undefined);
  if (best === undefined) return along();
  const place = await placeOf(query, payments, scope, page);
  if (place === "unknown_cursor") return place;
  const conditions = [`t.committed < ${statement.value(place.settled)}::xid8`, ...wanted(statement, page, filters)];
  const text = few ? fewText(few.ids, { page, conditions }) : alongText(statement, best.column!, { page, conditions });
  // One that is behind may be in both halves of such a text.
  const rows = new Map((await statement.run(query, "picked", text)).map((row) => [row.id, row]));
  return shaped(payments, page, [...rows.values()].slice(0, page.limit + 1));
}

/** A text that grows with its values: of each only what it holds is sent. */
class Statement {
  readonly #values: unknown[];

  constructor({ merchantId, mode }: Scope) {
    this.#values = [merchantId, mode];
  }

  value(given: unknown): string {
    return `$${this.#values.push(given)}`;
  }

  /** Values that a text does not hold would be refused: it says their types at its end. */
  run(query: Query, prefix: string, text: string): Promise<readonly Raw[]> {
    const types = this.#values.map((given, at) => `$${at + 1}::${typeOf(given)}`);
    const whole = `with given as (select ${types.map((each, at) => `${each} as v${at}`).join(", ")}) ${text}`;
    return query(`${prefix}_${hash("sha256", whole).slice(0, 16)}`, whole, this.#values);
  }
}

function typeOf(value: unknown): string {
  return Array.isArray(value) ? "text[]" : typeof value === "number" ? "bigint" : "text";
}

interface Way {
  readonly name: string;
  /** SQL that gives the ids. */
  readonly ids: string;
  /** A column of the table of finds, and what is in it: its index has the order of ids. */
  readonly column?: readonly [name: string, value: string];
  readonly isStatus?: true;
}

function waysTo(statement: Statement, page: PaymentFilter): Way[] {
  const { email, last4, accountId, currency, method, amountMin, amountMax } = page;
  const equal = { email: email?.toLowerCase(), last4, account: accountId, currency, method };
  const ways: Way[] = Object.entries(equal).flatMap(([name, given]) => {
    if (given === undefined) return [];
    const value = word(name, `${statement.value(given)}::text`);
    return [{ name, ids: `select f.id from payment_finds f where f.${name} = ${value}`, column: [name, value] as const }];
  });
  if (amountMin !== undefined || amountMax !== undefined) {
    const [least, most] = [amountMin ?? 0, amountMax ?? Number.MAX_SAFE_INTEGER].map((amount) => `${statement.value(amount)}::bigint`);
    const of = `f.scope = ${word("scope", "''")}`;
    ways.push({ name: "amount", ids: `select f.id from payment_finds f where ${of} and f.amount >= ${least} and f.amount <= ${most}` });
  }
  const statuses = statusesOf(page);
  const isListed = statuses.length > 0 && !statuses.includes("succeeded");
  if (isListed) ways.push({ name: "status", ids: listedIds(statement.value(statuses)), isStatus: true });
  return ways;
}

function statusesOf({ status, statuses = status === undefined ? [] : [status] }: PaymentFilter): readonly string[] {
  return statuses;
}

/** Those whose status is seldom, and those that are under way. */
const listedIds = (statuses: string): string => `select p.id from unnest(${statuses}::text[]) s(status) cross join lateral (
    select p.id from payments p where (p.merchant_id || p.mode) collate "C" = $1::text || $2::text and p.listed_status = s.status limit ${FEW + 1}) p
  union all select u.id from (${paymentsUnderWay}) u(id)`;

/** The way that leads to the fewest, if those are few. */
async function fewest(query: Query, statement: Statement, ways: readonly Way[]): Promise<Way | null> {
  const counts = ways.map(({ ids }, at) => `(select count(*)::int from (${ids} limit ${FEW + 1}) c) as n${at}`);
  const [row] = await statement.run(query, "picked_count", `select ${counts.join(", ")}`);
  const [best] = ways.map((way, at) => ({ way, count: row![`n${at}`] as number })).toSorted((one, other) => one.count - other.count);
  return best !== undefined && best.count <= FEW ? best.way : null;
}

/** Each compared with the payment itself. */
function wanted(statement: Statement, page: PaymentFilter & Page, filters: readonly (Filter | null)[]): string[] {
  const statuses = statusesOf(page);
  return [
    ...filters.filter((each) => each !== null).map(({ sql, value }) => sql.replace("?", () => statement.value(value))),
    ...(statuses.length === 0 ? [] : [`t.status = any(${statement.value(statuses)}::text[])`]),
    ...(page.idFrom === undefined ? [] : [`t.id >= ${statement.value(page.idFrom)}`]),
    ...(page.idBefore === undefined ? [] : [`t.id < ${statement.value(page.idBefore)}`]),
    ...(page.startingAfter === undefined ? [] : [`t.id < ${statement.value(page.startingAfter)}`]),
  ];
}

interface Body {
  readonly page: Page;
  readonly conditions: readonly string[];
}

const columns = `${payments.select("t")}, t.committed`;
const itself = (id: string): string =>
  `cross join lateral (select * from payments p where p.merchant_id = $1 and p.mode = $2 and p.id = ${id} limit 1) t`;

/** What the table of finds may not say yet: payments with new events, and those that are under way over some account. */
const mayBeOther = `select * from (${behindIds}) b(id) union select * from (${paymentsUnderWay}) w(id)`;

function fewText(ids: string, { page, conditions }: Body): string {
  return `select * from (select ${columns} from (select * from (${ids}) f(id) union ${mayBeOther}) u(id) ${itself("u.id")}
    where ${conditions.join(" and ")} offset 0) t order by t.id desc limit ${page.limit + 1}`;
}

/** Along the index of one column, in the order of ids. */
function alongText(statement: Statement, [name, value]: NonNullable<Way["column"]>, { page, conditions }: Body): string {
  const where = conditions.join(" and ");
  const limit = page.limit + 1;
  const before = [page.startingAfter, page.idBefore].filter((id) => id !== undefined).map((id) => ` and f.id < ${statement.value(id)}`);
  return `select * from (
    (select ${columns} from payment_finds f ${itself("f.id")} where f.${name} = ${value}${before.join("")} and ${where} order by f.id desc limit ${limit})
    union all
    (select ${columns} from (${mayBeOther}) u(id) ${itself("u.id")} where ${where} order by t.id desc limit ${limit})) t
  order by t.id desc limit ${limit * 2}`;
}
