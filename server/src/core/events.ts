/** Every fact that Tillway writes down about money. A type that is not in this table can't be written. */
export const eventTypes = {
  "payment.created": { webhook: false, when: "The payment exists. The answer to the request itself says so." },
  "payment.pending": { webhook: false, when: "It is confirmed and will be charged. The answer to the confirm says so." },
  "payment.requires_action": { webhook: true, when: "The shopper must act, e.g. pass a challenge." },
  "payment.authorized": { webhook: true, when: "The money is held." },
  "payment.captured": { webhook: true, when: "A part of the held money was taken." },
  "payment.capture_failed": { webhook: true, when: "The gateway refused a capture. The money is still held." },
  "payment.succeeded": { webhook: true, when: "The money was taken. Ship on this one." },
  "payment.charged_after_cancel": {
    webhook: true,
    when: "The money was taken although it was called off: the gateway had not heard in time. All of it is being given back. Do not ship.",
  },
  "payment.failed": { webhook: true, when: "Proven: nothing was taken." },
  "payment.canceled": { webhook: true, when: "It was called off and nothing is held or taken." },
  "payment.cancel_failed": { webhook: true, when: "The gateway refused to release the held money." },
  "refund.created": { webhook: true, when: "A refund was asked for." },
  "refund.succeeded": { webhook: true, when: "The gateway gave the money back." },
  "refund.failed": { webhook: true, when: "The gateway refused to give the money back." },
  "case.opened": { webhook: true, when: "A person should look at something: docs/cases.md says what it means and what to do." },
  "webhook.test": { webhook: true, when: "You asked for a test of an endpoint. Only that endpoint gets it, whatever it asks for." },
} as const satisfies Record<string, { readonly webhook: boolean; readonly when: string }>;

export type EventType = keyof typeof eventTypes;

/** The types that end an operation, by the queue that had its job: what a queue has done is counted by them. */
export const endedIn = {
  "payment-queue": [
    "payment.authorized",
    "payment.captured",
    "payment.capture_failed",
    "payment.succeeded",
    "payment.charged_after_cancel",
    "payment.failed",
    "payment.canceled",
    "payment.cancel_failed",
  ],
  "refund-queue": ["refund.succeeded", "refund.failed"],
} as const satisfies Record<string, readonly EventType[]>;

/** The types whose webhook shows a refund, with its payment; all others show the payment. */
export type RefundEvent = Extract<EventType, `refund.${string}`>;

/** The types that only the answer to the request tells: no endpoint gets a delivery. */
export type AnswerOnly = { [T in EventType]: (typeof eventTypes)[T]["webhook"] extends true ? never : T }[EventType];

/** What an endpoint may ask for: all, all about one thing, or one type. */
export const eventFilters: readonly string[] = filtersOf(eventTypes);

function filtersOf(types: Readonly<Record<string, { readonly webhook: boolean }>>): string[] {
  const sent = Object.keys(types).filter((type) => types[type]!.webhook && type !== "webhook.test");
  return ["*", ...new Set(sent.map((type) => `${type.slice(0, type.indexOf("."))}.*`)), ...sent];
}

/** True if one of these filters is the type, its beginning with `.*`, or `*`. */
export function wants(filters: readonly string[], type: EventType): boolean {
  for (const filter of filters)
    if (filter === "*" || filter === type || (filter.endsWith(".*") && type.startsWith(filter.slice(0, -1)))) return true;
  return false;
}
