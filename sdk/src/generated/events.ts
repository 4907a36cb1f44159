// Made by `npm run docs` from docs/openapi.json. Don't edit it.
import type { Case, Payment, Refund, WebhookTest } from "./types.ts";

/** What `data` is, by the event's type. */
export interface EventData {
  /** The payment exists. The answer to the request itself says so. */
  "payment.created": Payment;
  /** It is confirmed and will be charged. The answer to the confirm says so. */
  "payment.pending": Payment;
  /** The shopper must act, e.g. pass a challenge. */
  "payment.requires_action": Payment;
  /** The money is held. */
  "payment.authorized": Payment;
  /** A part of the held money was taken. */
  "payment.captured": Payment;
  /** The gateway refused a capture. The money is still held. */
  "payment.capture_failed": Payment;
  /** The money was taken. Ship on this one. */
  "payment.succeeded": Payment;
  /** The money was taken although it was called off: the gateway had not heard in time. All of it is being given back. Do not ship. */
  "payment.charged_after_cancel": Payment;
  /** Proven: nothing was taken. */
  "payment.failed": Payment;
  /** It was called off and nothing is held or taken. */
  "payment.canceled": Payment;
  /** The gateway refused to release the held money. */
  "payment.cancel_failed": Payment;
  /** A refund was asked for. */
  "refund.created": Refund & { payment: Payment };
  /** The gateway gave the money back. */
  "refund.succeeded": Refund & { payment: Payment };
  /** The gateway refused to give the money back. */
  "refund.failed": Refund & { payment: Payment };
  /** A person should look at something: docs/cases.md says what it means and what to do. */
  "case.opened": Case;
  /** You asked for a test of an endpoint. Only that endpoint gets it, whatever it asks for. */
  "webhook.test": WebhookTest;
}

type EventOf<Types extends keyof EventData> = {
  [Type in Types]: {
    readonly id: string;
    readonly object: "event";
    readonly type: Type;
    /** When it happened. ISO 8601, UTC. */
    readonly api_version: string;
    readonly timestamp: string;
    readonly data: EventData[Type];
  };
}[Types];

/** A fact about money. `type` decides what `data` is. A newer Tillway may have types that are not here: ignore them. */
export type AnyEvent = EventOf<keyof EventData>;

/** As a webhook brings it. The same event may come more than once and out of order: keep the `id` of those that are done. */
export type WebhookEvent = EventOf<Exclude<keyof EventData, "payment.created" | "payment.pending">>;
