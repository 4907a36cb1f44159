/** Deliveries as the API shows them. */
import { Type } from "typebox";
import { masked } from "../../core/email.ts";
import type { ByHand, DeliveryTry } from "../../core/model.ts";
import type { ListedDelivery } from "../../core/ports/reads.ts";
import { iso } from "../../core/represent.ts";
import { deliveryMachine, type DeliveryStatus } from "../../core/states.ts";
import { component, listOf, nullable, resource, strict, time, timestamp } from "./common.ts";

export const deliveryStatuses = Object.keys(deliveryMachine.states) as DeliveryStatus[];

/** A try, with the id of what it sent. */
interface LoggedTry extends DeliveryTry {
  readonly eventId: string;
}

const HIDDEN = "[not shown]";

/** The request of a try, made of what is kept of it. The signatures and the values of the merchant's own headers are not. */
function requestOf({ url, headerNames, eventId, at }: LoggedTry): object | null {
  if (url === null) return null;
  const own = headerNames === null ? [] : headerNames.split(",").map((name) => [name, HIDDEN] as const);
  return {
    method: "POST",
    url,
    headers: {
      ...Object.fromEntries(own),
      "content-type": "application/json",
      "webhook-id": eventId,
      "webhook-timestamp": String(Math.floor(at / 1_000)),
      "webhook-signature": HIDDEN,
      "x-webhook-signature": HIDDEN,
    },
  };
}

const tryShown = resource<LoggedTry>(null, {
  n: [Type.Integer(), (each) => each.n],
  at: [timestamp("When it was sent."), (each) => iso(each.at)],
  request: [
    nullable(
      strict({
        method: Type.String(),
        url: Type.String(),
        headers: Type.Record(Type.String(), Type.String(), { description: "Without secrets. The body is that of the delivery." }),
      }),
    ),
    requestOf,
  ],
  duration_ms: [Type.Integer(), (each) => each.durationMs],
  status_code: [nullable(Type.Integer()), (each) => each.statusCode],
  response: [nullable(Type.String({ description: "The first bytes of your answer." })), (each) => each.response],
  error: [nullable(Type.String({ description: "Why no answer came, e.g. timeout." })), (each) => each.error],
});

const byHandShown = resource<ByHand>(null, {
  action: [Type.Enum(["replayed", "discarded"]), (act) => act.action],
  by: [Type.String({ description: "The person, or the API key." }), (act) => act.by],
  reason: [nullable(Type.String()), (act) => act.reason],
  at: [timestamp("When it was done."), (act) => iso(act.at)],
});

/** Without its tries in lists. */
interface Shown extends ListedDelivery {
  readonly log?: readonly LoggedTry[];
  readonly url?: string | null;
  readonly body?: string;
}

const waitsFor = Type.Enum(["webhook_endpoint"], {
  description: "webhook_endpoint: it is sent once the endpoint, which is switched off, is set again.",
});

export const deliveryShown = resource<Shown>("Delivery", {
  id: [Type.String(), (delivery) => delivery.id],
  object: [Type.Literal("delivery"), () => "delivery"],
  channel: [Type.Enum(["webhook", "email"]), (delivery) => delivery.channel],
  event_id: [Type.String(), (delivery) => delivery.eventId],
  event_type: [Type.String({ description: "E.g. payment.succeeded: docs/events.md lists them." }), (delivery) => delivery.eventType],
  payment_id: [nullable(Type.String({ description: "Null: the event is about no payment." })), (delivery) => delivery.paymentId],
  endpoint_id: [Type.String({ description: "Of an e-mail: the id of your e-mail settings." }), (delivery) => delivery.endpointId],
  to: [
    Type.Optional(
      nullable(Type.String({ description: "The recipient of an e-mail, masked. Left out of a webhook.", examples: ["a***@example.com"] })),
    ),
    ({ channel, to }) => (channel === "email" ? to && masked(to) : undefined),
  ],
  status: [Type.Enum(deliveryStatuses), (delivery) => delivery.status],
  tries_made: [Type.Integer(), (delivery) => delivery.tries],
  next_try_at: time("When it is tried next.", (delivery) => delivery.nextTryAt),
  waits_for: [nullable(waitsFor), ({ status, nextTryAt }) => (status === "pending" && nextTryAt === null ? "webhook_endpoint" : null)],
  last_status_code: [nullable(Type.Integer()), (delivery) => delivery.lastStatusCode],
  created_at: [timestamp("When it was owed."), (delivery) => iso(delivery.createdAt)],
  finished_at: time("When it succeeded or was given up.", (delivery) => delivery.finishedAt),
  by_hand: [
    Type.Array(byHandShown.schema, { description: "What people did to it as a dead letter, oldest first." }),
    (delivery) => (delivery.byHand ?? []).map(byHandShown.render),
  ],
  url: [
    Type.Optional(nullable(Type.String({ description: "Where it goes by now; null: its endpoint was deleted. Left out in lists." }))),
    (delivery) => delivery.url,
  ],
  body: [
    Type.Optional(Type.String({ description: "The bytes that are sent, the same at every try. Left out in lists." })),
    (delivery) => delivery.body,
  ],
  tries: [
    Type.Optional(Type.Array(tryShown.schema, { description: "Each try, oldest first. Left out in lists." })),
    (delivery) => delivery.log?.map(tryShown.render),
  ],
});

export const deliveryListSchema = listOf("DeliveryList", "Delivery");

export const recoverySchema = component("DeliveryRecovery", {
  object: Type.Literal("delivery_recovery"),
  dry_run: Type.Boolean(),
  matched: Type.Integer({ description: "How many match, up to the limit." }),
  recovered: Type.Integer({ description: "How many are sent again: 0 in a dry run." }),
  has_more: Type.Boolean({ description: "More match than the limit; false in a dry run, which would count the same again." }),
  oldest_at: nullable(timestamp("When the oldest of them was owed.")),
  newest_at: nullable(timestamp("When the newest of them was owed.")),
  last_try_at: nullable(timestamp("When the last of them is tried, by the pace.")),
});
