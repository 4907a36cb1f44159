import { Type } from "typebox";
import { nullable, timestamp, WEB_URL } from "./common.ts";

export const putEndpointBody = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 2_048,
      pattern: WEB_URL,
      description: "Where events are sent: http or https, a public address.",
      examples: ["https://shop.example/webhooks"],
    }),
  },
  { additionalProperties: false },
);

export const endpointSchema = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal("webhook_endpoint"),
    url: Type.String(),
    status: Type.Enum(["enabled", "disabled"]),
    disabled_reason: nullable(
      Type.String({
        description:
          "Why it is switched off: for a minute it answered nothing but 410 Gone. What happens meanwhile is owed and waits; set the URL again, and all of it is sent.",
      }),
    ),
    disabled_at: nullable(timestamp("When it was switched off.")),
    secret_last4: Type.String({ description: "Tells secrets apart without showing them." }),
    created_at: timestamp("When it was set."),
    secret: Type.Optional(
      Type.String({ description: "Signs every event. Shown when it was made, and to a repeat of that request under its Idempotency-Key." }),
    ),
  },
  { $id: "WebhookEndpoint", additionalProperties: false },
);
