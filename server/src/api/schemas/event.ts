import { Type } from "typebox";
import { eventTypes, type EventType } from "../../core/events.ts";
import type { Media } from "../openapi-examples.ts";
import { component, timestamp } from "./common.ts";

/** What `data` is, by the first word of the type. The compiler asks for the schema of a new word. */
const dataOf: Readonly<Record<FirstWord<EventType>, string>> = {
  payment: "Payment",
  refund: "Refund",
  case: "Case",
  webhook: "WebhookTest",
};

type FirstWord<Type extends string> = Type extends `${infer Word}.${string}` ? Word : never;

export const webhookTestSchema = component("WebhookTest", {
  object: Type.Literal("webhook_test"),
  endpoint_id: Type.String({ description: "The endpoint that is tested." }),
  requested_at: timestamp("When you asked for it."),
});

interface Webhook {
  readonly post: {
    readonly operationId: string;
    readonly requestBody: { readonly required: true; readonly content: Readonly<Record<string, Media>> };
    readonly responses: Readonly<Record<string, { readonly description: string }>>;
    readonly [member: string]: unknown;
  };
}

/** What is sent to endpoints, as OpenAPI shows it: one entry per type that has a webhook. */
export function webhooks(): Record<string, Webhook> {
  const sent = (Object.keys(eventTypes) as EventType[]).filter((type) => eventTypes[type].webhook);
  return Object.fromEntries(sent.map((type) => [type, webhookOf(type)]));
}

function webhookOf(type: EventType): Webhook {
  return {
    post: {
      operationId: `on_${type.replace(".", "_")}`,
      summary: type,
      description: `${eventTypes[type].when} docs/webhooks.md says how to verify it, and what your answer does.`,
      tags: ["Webhooks"],
      security: [],
      parameters,
      requestBody: { required: true, content: { "application/json": { schema: eventSchema(type) } } },
      responses,
    },
  };
}

/** Made anew for each: the document writes into it. */
function eventSchema(type: EventType): NonNullable<Media["schema"]> {
  const word = type.slice(0, type.indexOf(".")) as FirstWord<EventType>;
  return {
    type: "object",
    required: ["id", "object", "type", "api_version", "timestamp", "data"],
    properties: {
      id: text("The same at every try and in every copy: drop what you have seen.", ["evt_01KAJ0000000000000000000AB"]),
      object: { type: "string", enum: ["event"] },
      type: { type: "string", enum: [type] },
      api_version: text("The version of the API in whose form `data` is: the endpoint's, or the event's own if that is older.", [
        "2026-11-27",
      ]),
      timestamp: text("When it happened. ISO 8601, UTC.", ["2026-01-31T12:00:00.000Z"]),
      data: { $ref: `#/components/schemas/${dataOf[word]}` },
    },
  };
}

const text = (description: string, examples: readonly string[]) => ({ type: "string", description, examples });

const parameters = [
  header("webhook-id", "The id of the event."),
  header("webhook-timestamp", "When this try was made, in seconds since 1970."),
  header("webhook-signature", "Standard Webhooks: `v1,` and base64, once for each secret in force, with a space between them."),
  header("X-Webhook-Signature", "Hexadecimal HMAC-SHA256 of the body by the whole secret."),
];

function header(name: string, description: string) {
  return { in: "header", name, required: true, description, schema: { type: "string" } };
}

const responses = {
  "2XX": { description: "You have it. The body is not read." },
  "410": {
    description: "You want no more. If every answer is this for a minute, the endpoint is switched off, and what it is owed waits.",
  },
  "429": { description: "Too much at once. The next try waits at least as long as Retry-After says." },
  default: { description: "Anything else, redirects among them: it is tried again by the endpoint's schedule." },
};
