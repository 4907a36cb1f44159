import type { CommitResult, Creation } from "../../core/change.ts";
import type { Payment } from "../../core/model.ts";
import { inputsFrom, namesOf, parametersOf, selected, unnested, valueOf, valuesOf, type Input } from "./arrays.ts";
import { batcher } from "./batcher.ts";
import type { Database, Statement } from "./connect.ts";
import { brokenConstraint } from "./failures.ts";
import { events, idempotency, jobs, payments, type Column } from "../tables.ts";

/** Accepts payments, many in one statement. Throws `StoreUnavailable`, or an Error that names the constraint. @param inArrays see `PostgresOptions` */
export function creator(database: Database, inArrays = false): (creation: Creation) => Promise<CommitResult> {
  return batcher<Creation, CommitResult>({
    run: (creations) => createAll(database, creations, inArrays),
    // Duplicates inside a batch are told apart by their request, so nothing has to be kept apart.
    keysOf: () => [],
  });
}

async function createAll(database: Database, creations: readonly Creation[], inArrays: boolean): Promise<CommitResult[]> {
  for (const { payment } of creations) refuseUsed(payment);
  const numbered = creations.map(({ payment, event, job, idempotency }, i) => ({ i, payment, event, job, idempotency }));
  const isLone = numbered.length === 1 && !inArrays;
  const values = isLone ? valuesOf(inputs, numbered[0]!) : parametersOf(inputs, numbered);
  const [row] = await database.query(isLone ? createOne : createMany, values).catch((error: unknown) => {
    if (creations.length === 1 && isLinkFull(error)) return [];
    throw error;
  });
  if (row === undefined) return ["link_full"];
  const claimed = indexes(row.claimed);
  const created = indexes(row.created);
  return creations.map((_, i) => (created.has(i) ? "applied" : claimed.has(i) ? "order_busy" : "duplicate"));
}

/** In a batch this rolls the others back with it, so that all run singly then, and it fails alone. */
export function isLinkFull(error: unknown): boolean {
  return brokenConstraint(error) === "payment_links_uses";
}

/** From `"0,3,4"`. */
export function indexes(text: unknown): ReadonlySet<number> {
  return new Set(typeof text === "string" && text !== "" ? text.split(",").map(Number) : []);
}

type Numbered = Creation & { readonly i: number };

/** A new payment has these at null or zero, so they do not travel. */
const unused = payments.mutable.filter((column) => column.change === "startsEmpty");
const paymentColumns = payments.columns.filter((column) => !unused.includes(column));

function refuseUsed(payment: Payment): void {
  for (const column of unused) {
    const value = column.of(payment);
    if (value !== null && value !== 0) throw new TypeError(`a new payment has no ${column.field} yet`);
  }
}

const keyColumns = idempotency.columns.filter((column) => !["merchantId", "mode"].includes(column.field));
const eventColumns = events.columns.filter((column) => !["merchantId", "mode", "paymentId"].includes(column.field));
const jobColumns = jobs.columns.filter((column) => !["merchantId", "mode"].includes(column.field));

const inputs: readonly Input<Numbered>[] = [
  { name: "i", kind: "int", of: (row) => row.i },
  ...inputsFrom(paymentColumns, (row: Numbered) => row.payment, "p_"),
  ...inputsFrom(keyColumns, (row: Numbered) => row.idempotency, "k_"),
  ...inputsFrom(eventColumns, (row: Numbered) => row.event, "e_"),
  ...inputsFrom(jobColumns, (row: Numbered) => row.job, "j_"),
];

function values<Row>(prefix: string, columns: readonly Column<Row>[]): string {
  return columns.map(({ name, kind }) => valueOf({ name: `${prefix}_${name}`, kind })).join(", ");
}

/** Of the order that a row names. A word of the merchant's own names none. */
export function linkOf(prefix: string): string {
  const [merchant, mode, order] = ["merchant_id", "mode", "order_id"].map((column) => `${prefix}${column}`);
  return `case when ${order} like 'ord\\_%' then (select w.payment_link_id from orders w
    where w.merchant_id = ${merchant} and w.mode = ${mode} and w.id = ${order}) end`;
}

/**
 * Idempotency row, then the order's live row, then everything else: each step takes what the one before returned. A key that is
 * taken does not come back (`duplicate`); an order that is taken keeps the key with its refusal (`order_busy`).
 * Sorted keys, since two batches that insert the same keys in other orders would deadlock.
 */
const textOf = (rows: string): string => `
with r as materialized (select * from ${rows} where r.i is not null),
k as (insert into idempotency (merchant_id, mode, ${namesOf(keyColumns)})
  select r.p_merchant_id, r.p_mode, ${values("k", keyColumns)} from r where r.k_key is not null order by r.p_merchant_id, r.k_key
  on conflict do nothing returning request_id),
n as materialized (select * from r where r.k_key is null or r.k_request_id in (select request_id from k)),
o as (insert into live_payments (merchant_id, mode, order_id, payment_id, payment_link_id)
  select r.p_merchant_id, r.p_mode, r.p_order_id, r.p_id, ${linkOf("r.p_")} from n r where r.p_order_id is not null and r.p_status = 'pending'
  order by r.p_merchant_id, r.p_order_id on conflict do nothing returning payment_id),
m as materialized (select * from n r where r.p_order_id is null or r.p_status <> 'pending' or r.p_id in (select payment_id from o)),
p as (insert into payments (${namesOf(paymentColumns)}) select ${values("p", paymentColumns)} from m r),
e as (insert into events (merchant_id, mode, payment_id, ${namesOf(eventColumns)})
  select r.p_merchant_id, r.p_mode, r.p_id, ${values("e", eventColumns)} from m r),
j as (insert into jobs (merchant_id, mode, ${namesOf(jobColumns)})
  select r.p_merchant_id, r.p_mode, ${values("j", jobColumns)} from m r)
select (select string_agg(i::text, ',') from n) as claimed, (select string_agg(i::text, ',') from m) as created`;

export const createMany: Statement = { name: "create", text: textOf(unnested(inputs, 1)) };
export const createOne: Statement = { name: "create_one", text: textOf(selected(inputs, 1)) };
