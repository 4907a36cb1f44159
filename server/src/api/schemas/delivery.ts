import { Type } from "typebox";
import { deliveryMachine, type DeliveryStatus } from "../../core/states.ts";
import { listOf, nullable, pageQuery, timestamp } from "./common.ts";

const statuses = Object.keys(deliveryMachine.states) as DeliveryStatus[];

export const listDeliveriesQuery = Type.Object({
  ...pageQuery("dlv"),
  status: Type.Optional(Type.Enum(statuses)),
  payment_id: Type.Optional(Type.String({ maxLength: 64 })),
});

const deliveryTry = Type.Object(
  {
    n: Type.Integer(),
    at: timestamp("When it was sent."),
    duration_ms: Type.Integer(),
    status_code: nullable(Type.Integer()),
    response: nullable(Type.String({ description: "The first bytes of your answer." })),
    error: nullable(Type.String({ description: "Why no answer came, e.g. timeout." })),
  },
  { additionalProperties: false },
);

export const deliverySchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal("delivery"),
    channel: Type.Enum(["webhook"]),
    event_id: Type.String(),
    payment_id: Type.String(),
    endpoint_id: Type.String(),
    status: Type.Enum(statuses),
    tries_made: Type.Integer(),
    next_try_at: nullable(timestamp("When it is tried next.")),
    waits_for: nullable(
      Type.Enum(["webhook_endpoint"], {
        description: "webhook_endpoint: it is sent once the endpoint, which is switched off, is set again.",
      }),
    ),
    last_status_code: nullable(Type.Integer()),
    created_at: timestamp("When it was owed."),
    finished_at: nullable(timestamp("When it succeeded or was given up.")),
    tries: Type.Optional(Type.Array(deliveryTry, { description: "Each try, oldest first. Left out in lists." })),
  },
  { $id: "Delivery", additionalProperties: false },
);

export const deliveryListSchema = listOf("DeliveryList", "Delivery");
