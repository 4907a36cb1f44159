import type { IdempotencyRow, Ms } from "../../core/model.ts";
import type { Purged } from "../../core/ports/store.ts";
import { attemptIsOpen } from "../../core/states.ts";
import { idempotencyKey, type Tables } from "./tables.ts";

export function forgetKeyIn(tables: Tables, row: IdempotencyRow): void {
  const key = idempotencyKey(row, row.audience, row.key);
  const stored = tables.idempotency.get(key);
  const isFree = stored && (!stored.creates || !tables.payments.has(stored.subject ?? ""));
  if (isFree && stored.requestId === row.requestId) tables.idempotency.delete(key);
}

/** The oldest rows that may go; see `Purged`. */
export function purgeIn(tables: Tables, what: Purged, wish: { readonly before: Ms; readonly limit: number }): number {
  switch (what) {
    case "processes":
      return removeOld(tables.processes, (row) => row.seenAt, wish);
    case "keys":
      return removeOld(
        tables.idempotency,
        (row) => (row.creates || isUnderWay(tables, row.subject, wish.before) ? null : row.createdAt),
        wish,
      );
    case "inbox":
      return removeOld(tables.inbox, (row) => (row.status === "received" || hasOpenCase(tables, row.id) ? null : row.receivedAt), wish);
    case "exchanges":
      return removeOld(tables.exchanges, (row) => (isStillNeeded(tables, row.attemptId) ? null : row.startedAt), wish);
    case "deliveries": {
      const removed = removeOld(tables.deliveries, (row) => (row.status === "pending" ? null : (row.finishedAt ?? row.createdAt)), wish);
      const left = tables.tries.filter((entry) => tables.deliveries.has(entry.deliveryId));
      tables.tries.splice(0, Infinity, ...left);
      return removed;
    }
  }
}

/** @param endedAt null: it must stay */
function removeOld<Row>(
  rows: Map<string, Row>,
  endedAt: (row: Row) => Ms | null,
  { before, limit }: { readonly before: Ms; readonly limit: number },
): number {
  const old: { readonly key: string; readonly at: Ms }[] = [];
  for (const [key, row] of rows) {
    const at = endedAt(row);
    if (at !== null && at < before) old.push({ key, at });
  }
  const gone = old.sort((a, b) => a.at - b.at).slice(0, limit);
  for (const { key } of gone) rows.delete(key);
  return gone.length;
}

function hasOpenCase(tables: Tables, subject: string): boolean {
  return [...tables.cases.values()].some((row) => row.subject === subject && row.status === "open");
}

/** A case may be about an attempt that is closed. */
function isStillNeeded(tables: Tables, attemptId: string | null): boolean {
  const attempt = attemptId === null ? undefined : tables.attempts.get(attemptId);
  return attempt !== undefined && (attemptIsOpen(attempt.status) || hasOpenCase(tables, attempt.id));
}

/** Or was until then. */
function isUnderWay(tables: Tables, paymentId: string | null, before: Ms): boolean {
  return [...tables.attempts.values()].some(
    (row) => row.paymentId === paymentId && (attemptIsOpen(row.status) || (row.closedAt !== null && row.closedAt >= before)),
  );
}
