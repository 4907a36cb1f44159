import type { Ms, Scope } from "../../core/model.ts";
import type { Page, PageOf, Reads } from "../../core/ports/reads.ts";
import { ofPayment, sameScope, type Tables } from "./tables.ts";

export function memoryReads(tables: Tables): Reads {
  return {
    payment: async (scope, id) => {
      const payment = tables.payments.get(id);
      if (!payment || !sameScope(payment, scope)) return null;
      return { payment, attempts: ofPayment(tables, id).attempts.map((attemptId) => tables.attempts.get(attemptId)!) };
    },
    payments: async (scope, page) =>
      pageOf(
        mine(
          tables.payments,
          scope,
          (row) =>
            (page.status === undefined || row.status === page.status) && (page.orderId === undefined || row.orderId === page.orderId),
        ),
        page,
        (row) => row.createdAt,
      ),
    deliveries: async (scope, page) =>
      pageOf(
        mine(
          tables.deliveries,
          scope,
          (row) =>
            (page.status === undefined || row.status === page.status) && (page.paymentId === undefined || row.paymentId === page.paymentId),
        ),
        page,
        (row) => row.createdAt,
      ),
    delivery: async (scope, id) => {
      const delivery = tables.deliveries.get(id);
      if (!delivery || !sameScope(delivery, scope)) return null;
      return { delivery, tries: tables.tries.filter((row) => row.deliveryId === id) };
    },
    cases: async (scope, page) =>
      pageOf(
        mine(tables.cases, scope, (row) => page.status === undefined || row.status === page.status),
        page,
        (row) => row.openedAt,
      ),
    processes: async (since: Ms) => [...tables.processes.values()].filter((row) => row.seenAt >= since),
  };
}

function mine<Row extends Scope>(rows: ReadonlyMap<string, Row>, scope: Scope, wanted: (row: Row) => boolean): Row[] {
  return [...rows.values()].filter((row) => sameScope(row, scope) && wanted(row));
}

/** Newest first by (created_at, id). An unknown id in the page names nothing, so nothing follows it. */
function pageOf<Row extends { readonly id: string }>(rows: Row[], page: Page, madeAt: (row: Row) => Ms): PageOf<Row> {
  const newestFirst = rows.sort((a, b) => madeAt(b) - madeAt(a) || (a.id < b.id ? 1 : -1));
  const mark = page.startingAfter ?? page.endingBefore;
  if (mark === undefined) return { rows: newestFirst.slice(0, page.limit), hasMore: newestFirst.length > page.limit };
  const at = newestFirst.findIndex((row) => row.id === mark);
  if (at < 0) return { rows: [], hasMore: false };
  const side = page.startingAfter !== undefined ? newestFirst.slice(at + 1) : newestFirst.slice(0, at);
  const kept = page.startingAfter !== undefined ? side.slice(0, page.limit) : side.slice(-page.limit);
  return { rows: kept, hasMore: side.length > kept.length };
}
