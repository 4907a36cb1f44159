import type { Ms } from "../../core/model.ts";
import type { Purged, Store } from "../../core/ports/store.ts";
import { attemptIsOpen } from "../../core/states.ts";
import { keyOf, type Tables } from "./tables.ts";

interface Wish {
  readonly before: Ms;
  readonly limit: number;
}

/** The oldest rows that may go; see `Purged`. */
export function memoryPurge(tables: Tables): Pick<Store, "purge" | "forgetKey"> {
  const hasOpenCase = (subject: string) => [...tables.cases.values()].some((row) => row.subject === subject && row.status === "open");

  /** A case may be about an attempt that is closed. */
  function isStillNeeded(attemptId: string | null): boolean {
    const attempt = attemptId === null ? undefined : tables.attempts.get(attemptId);
    return attempt !== undefined && (attemptIsOpen(attempt.status) || hasOpenCase(attempt.id));
  }

  /** Or was until then. */
  function isUnderWay(paymentId: string | null, before: Ms): boolean {
    return [...tables.attempts.values()].some(
      (row) => row.paymentId === paymentId && (attemptIsOpen(row.status) || (row.closedAt !== null && row.closedAt >= before)),
    );
  }

  const purges: Readonly<Record<Purged, (wish: Wish) => number>> = {
    processes: (wish) => removeOld(tables.processes, wish, (row) => row.seenAt),
    keys: (wish) =>
      removeOld(tables.idempotency, wish, (row) => (row.creates || isUnderWay(row.subject, wish.before) ? null : row.createdAt)),
    inbox: (wish) => removeOld(tables.inbox, wish, (row) => (row.status === "received" || hasOpenCase(row.id) ? null : row.receivedAt)),
    exchanges: (wish) => removeOld(tables.exchanges, wish, (row) => (isStillNeeded(row.attemptId) ? null : row.startedAt)),
    // Nobody looks up requests here.
    requests: () => 0,
    // Nobody signs in here.
    resets: () => 0,
    invitations: () => 0,
    sessions: () => 0,
    // No engine brings any here.
    dead_messages: () => 0,
    deliveries: (wish) => {
      const removed = removeOld(tables.deliveries, wish, (row) => (row.status === "pending" ? null : (row.finishedAt ?? row.createdAt)));
      const left = tables.tries.filter((entry) => tables.deliveries.has(entry.deliveryId));
      tables.tries.splice(0, Infinity, ...left);
      return removed;
    },
  };

  return {
    purge: async (what, before, limit) => purges[what]({ before, limit }),
    forgetKey: async (row) => {
      const stored = tables.idempotency.get(keyOf(row));
      const isFree = stored && (!stored.creates || !tables.payments.has(stored.subject ?? ""));
      if (isFree && stored.requestId === row.requestId) tables.idempotency.delete(keyOf(row));
    },
  };
}

/** @param endedAt null: it must stay */
function removeOld<Row>(rows: Map<string, Row>, { before, limit }: Wish, endedAt: (row: Row) => Ms | null): number {
  const old = [...rows].map(([key, row]) => ({ key, at: endedAt(row) ?? Infinity })).filter(({ at }) => at < before);
  const gone = old.sort((a, b) => a.at - b.at).slice(0, limit);
  for (const { key } of gone) rows.delete(key);
  return gone.length;
}
