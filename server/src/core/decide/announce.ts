/** Telling of a fact: its event, and what is owed to merchants for it. */
import type { Context } from "../change.ts";
import { jobIdOf } from "../ids.ts";
import type { Attempt, Delivery, EventType, Job, MoneyEvent, Payment, Snapshot } from "../model.ts";
import { representPayment } from "../represent.ts";
import { newJob } from "./rows.ts";

export interface Announcement {
  /** The payment with its event counted. */
  readonly payment: Payment;
  readonly event: MoneyEvent;
  readonly deliveries: readonly Delivery[];
  readonly jobs: readonly Job[];
}

/** The event of a change, its text, and one delivery with its job per enabled endpoint: all commit with the change. */
export function announce(
  snapshot: Snapshot,
  after: Payment,
  fact: { type: EventType; closes: string | null; attempts?: readonly Attempt[] },
  context: Context,
): Announcement {
  const payment = { ...after, sequence: after.sequence + 1 };
  const event: MoneyEvent = {
    merchantId: payment.merchantId,
    mode: payment.mode,
    id: context.id("evt"),
    paymentId: payment.id,
    sequence: payment.sequence,
    type: fact.type,
    closes: fact.closes,
    body: JSON.stringify(representPayment(payment, fact.attempts ?? snapshot.attempts)),
    createdAt: context.now,
  };
  const deliveries = delivered.has(fact.type) ? snapshot.endpointIds.map((endpointId) => newDelivery(event, endpointId, context)) : [];
  return { payment, event, deliveries, jobs: deliveries.map((delivery) => deliveryJob(delivery, context)) };
}

export function deliveryJob(delivery: Delivery, context: Context): Job {
  return newJob(
    delivery,
    { id: jobIdOf(delivery.id), queue: "webhook-queue", kind: "webhook", subject: delivery.id, lane: delivery.endpointId },
    context,
  );
}

/** Facts that a merchant is told of. `payment.created` is the answer to the request itself. */
const delivered: ReadonlySet<EventType> = new Set([
  "payment.requires_action",
  "payment.authorized",
  "payment.captured",
  "payment.capture_failed",
  "payment.succeeded",
  "payment.failed",
  "payment.canceled",
  "payment.cancel_failed",
  "refund.created",
  "refund.succeeded",
  "refund.failed",
]);

function newDelivery(event: MoneyEvent, endpointId: string, context: Context): Delivery {
  return {
    merchantId: event.merchantId,
    mode: event.mode,
    id: context.id("dlv"),
    channel: "webhook",
    eventId: event.id,
    paymentId: event.paymentId,
    endpointId,
    status: "pending",
    tries: 0,
    scheduleStart: 0,
    nextTryAt: context.now,
    lastStatusCode: null,
    createdAt: context.now,
    finishedAt: null,
  };
}
