/** What dead letters are picked by: the same in the list, in its groups, and in what is done to all that match. */
import { Type } from "typebox";
import { DEAD_LETTERS_COUNTED_MAX, deadLetterReasons, type DeadLetterFilter, type DeadLetterReason } from "../../core/dead-letters.ts";
import { TillwayError } from "../../core/errors.ts";
import { QUEUE_NAMES, type QueueName } from "../../core/queues.ts";
import { ANY_TEXT, timeIn } from "../schemas/common.ts";
import { timeOf } from "../times.ts";

export const reasonNames = Object.keys(deadLetterReasons) as DeadLetterReason[];
export const reasonText = Object.entries(deadLetterReasons)
  .map(([reason, { means }]) => `\`${reason}\`: ${means}.`)
  .join(" ");

const KIND = "^[a-z-]+$";
const TEXT_MAX = 200;

function textIn(least: { readonly minLength?: number }) {
  const description = `Stands in what went wrong last, in capitals or not: the error of a job, or the error or answer of the last try of a delivery. Lists and counts look at the newest ${DEAD_LETTERS_COUNTED_MAX} failed deliveries.`;
  return Type.Optional(Type.String({ ...least, maxLength: TEXT_MAX, pattern: ANY_TEXT, description, examples: ["timeout"] }));
}

/** Of a body. */
export const filterFields = {
  reason: Type.Optional(Type.Enum(reasonNames, { description: reasonText })),
  queue: Type.Optional(Type.Enum([...QUEUE_NAMES], { description: "Of the work; deliveries are in webhook-queue." })),
  kind: Type.Optional(
    Type.String({
      maxLength: 32,
      pattern: KIND,
      description: "The kind of the work, as the list shows it, e.g. ask; webhook for deliveries, gateway-event for what gateways sent.",
      examples: ["webhook"],
    }),
  ),
  endpoint_id: Type.Optional(
    Type.String({ maxLength: 64, pattern: ANY_TEXT, description: "Deliveries to this endpoint, and failing jobs that should send one." }),
  ),
  from: timeIn("Not older than this: when the case was opened, or the delivery was owed."),
  before: timeIn("Older than this."),
  text: textIn({ minLength: 1 }),
};

/** An empty parameter of an address is one that was not sent. */
export const filterQuery = { ...filterFields, text: textIn({}) };

interface Asked {
  readonly reason?: DeadLetterReason;
  readonly queue?: QueueName;
  readonly kind?: string;
  readonly endpoint_id?: string;
  readonly from?: string;
  readonly before?: string;
  readonly text?: string;
}

/** @param place of the fields, e.g. `filter.`; Throws `TillwayError` invalid_field that names the one that is wrong. */
export function filterOf({ reason, queue, kind, endpoint_id: endpointId, from, before, text }: Asked, place = ""): DeadLetterFilter {
  if (kind !== undefined && !new RegExp(KIND).test(kind))
    throw refuse(`${place}kind`, `${place}kind must be the kind of some work, as the list of dead letters shows it, e.g. webhook.`);
  for (const [name, value] of [
    ["endpoint_id", endpointId],
    ["text", text],
  ] as const)
    if (value !== undefined && !new RegExp(ANY_TEXT).test(value))
      throw refuse(`${place}${name}`, `${place}${name} must hold no control characters.`);
  return { reason, queue, kind, endpointId, from: timeOf(`${place}from`, from), before: timeOf(`${place}before`, before), text };
}

function refuse(param: string, message: string): TillwayError {
  return new TillwayError("invalid_field", { param, message });
}
