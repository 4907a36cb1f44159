/** Questions that the gateway answers: one operation by reference or key, and lists for a sweep. */
import { answer, type FarReply } from "../far-side.ts";
import type { Account, Ledger, OperationRecord } from "../ledger.ts";
import { position, statusOf } from "../status.ts";
import { keyOfReference, referenceOf, refuse, view } from "./answers.ts";
import type { Desk } from "./charges.ts";

const PAGE = 100;

/** By the gateway's own id: always up to date. */
export function retrieve(desk: Desk, reference: string): FarReply {
  const record = desk.account.operations.get(keyOfReference(reference));
  return record === undefined || referenceOf(record) !== reference ? refuse("not_found") : show(desk, record);
}

/** By the caller's key: a search, which may lag behind (`findLagMs`). */
export function find(desk: Desk, key: string): FarReply {
  const record = desk.account.operations.get(key);
  if (record !== undefined && desk.now >= record.receivedAt + desk.settings.findLagMs) return show(desk, record);
  if (desk.account.tombstones.has(key)) {
    return answer(200, JSON.stringify({ object: "charge", reference: null, key, account: desk.account.id, status: "canceled" }));
  }
  return refuse("not_found");
}

/** Charges in order of arrival with their money. `after`: the last reference of the page before. */
export function list(desk: Desk, query: URLSearchParams): FarReply {
  const since = Number(query.get("since") ?? "0");
  const after = query.get("after");
  let reached = after === null;
  const rows: unknown[] = [];
  for (const record of desk.account.operations.values()) {
    if (reached && record.operation === "charge" && record.receivedAt >= since) rows.push(row(desk, desk.account, record));
    if (rows.length > PAGE) break;
    if (!reached && referenceOf(record) === after) reached = true;
  }
  return answer(200, JSON.stringify({ data: rows.slice(0, PAGE), has_more: rows.length > PAGE }));
}

/** All operations of the account that arrived in a time, in that order. `after`: the last reference of the page before. */
export function listOperations(desk: Desk, query: URLSearchParams): FarReply {
  const [from, before] = [Number(query.get("from") ?? "0"), Number(query.get("before") ?? "8.64e15")];
  const after = query.get("after");
  let reached = after === null;
  const found: OperationRecord[] = [];
  for (const record of desk.account.operations.values()) {
    if (reached && record.receivedAt >= from && record.receivedAt < before) found.push(record);
    if (found.length > PAGE) break;
    if (!reached && referenceOf(record) === after) reached = true;
  }
  const shownOf = (record: OperationRecord) => ({
    ...view({ account: desk.account, record, status: statusOf(record, desk.now), publicUrl: desk.settings.publicUrl }),
    received_at: record.receivedAt,
  });
  return answer(200, JSON.stringify({ data: found.slice(0, PAGE).map(shownOf), has_more: found.length > PAGE }));
}

/** Every operation of every account, in order of arrival: for an oracle that compares it with our rows. Holds no secret. */
export function journal(ledger: Ledger, now: number): readonly Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (const account of ledger.accounts.values()) {
    for (const record of account.operations.values()) {
      const { key, operation, amount, currency, payment, receivedAt } = record;
      const charge = operation === "charge" ? key : record.source;
      const money = operation === "charge" ? position(account, record, now) : null;
      const { status } = statusOf(record, now);
      const moved = money === null ? {} : { captured: money.captured, refunded: money.refunded };
      rows.push({
        account: account.id,
        operation,
        key,
        charge,
        payment_id: payment,
        amount,
        currency,
        status,
        received_at: receivedAt,
        ...moved,
      });
    }
  }
  return rows;
}

function show({ account, settings, now }: Desk, record: OperationRecord): FarReply {
  return answer(200, JSON.stringify(view({ account, record, status: statusOf(record, now), publicUrl: settings.publicUrl })));
}

function row({ settings, now }: Desk, account: Account, record: OperationRecord): Record<string, unknown> {
  const { captured, refunded } = position(account, record, now);
  const shown = view({ account, record, status: statusOf(record, now), publicUrl: settings.publicUrl });
  return { ...shown, payment_id: record.payment, amount_captured: captured, amount_refunded: refunded, received_at: record.receivedAt };
}
