/** Rows → what the API shows of them. Payments are rendered by the core, since their text is stored with events. */
import { representPayment, iso } from "../core/represent.ts";
import type { Case, Delivery, DeliveryTry, Ms, Payment } from "../core/model.ts";
import type { PageOf } from "../core/ports/reads.ts";

export function renderList<Row>(page: PageOf<Row>, render: (row: Row) => unknown): string {
  return JSON.stringify({ object: "list", data: page.rows.map(render), has_more: page.hasMore });
}

/** In a list: without attempts and cases. */
export function renderListedPayment(payment: Payment): unknown {
  return representPayment(payment);
}

/** @param tries left out in lists */
export function renderDelivery(delivery: Delivery, tries?: readonly DeliveryTry[]): Record<string, unknown> {
  return {
    id: delivery.id,
    object: "delivery",
    channel: delivery.channel,
    event_id: delivery.eventId,
    payment_id: delivery.paymentId,
    endpoint_id: delivery.endpointId,
    status: delivery.status,
    tries_made: delivery.tries,
    next_try_at: isoOrNull(delivery.nextTryAt),
    waits_for: delivery.status === "pending" && delivery.nextTryAt === null ? "webhook_endpoint" : null,
    last_status_code: delivery.lastStatusCode,
    created_at: iso(delivery.createdAt),
    finished_at: isoOrNull(delivery.finishedAt),
    tries: tries?.map(renderTry),
  };
}

export function renderCase(row: Case): Record<string, unknown> {
  return {
    id: row.id,
    object: "case",
    kind: row.kind,
    subject: row.subject,
    payment_id: row.paymentId,
    status: row.status,
    summary: row.summary,
    evidence: row.evidence,
    opened_at: iso(row.openedAt),
    resolved_at: isoOrNull(row.resolvedAt),
    resolved_by: row.resolvedBy,
    resolution: row.resolution,
    resolved_by_name: row.resolvedByName,
  };
}

function renderTry(each: DeliveryTry): Record<string, unknown> {
  return {
    n: each.n,
    at: iso(each.at),
    duration_ms: each.durationMs,
    status_code: each.statusCode,
    response: each.response,
    error: each.error,
  };
}

function isoOrNull(at: Ms | null): string | null {
  return at === null ? null : iso(at);
}
