import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { App } from "../http/app.ts";
import { sendText } from "./caller.ts";

/** The document's parts that are no route's. */
export function openapiOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Tillway",
        version,
        description: "One API in front of many payment gateways.",
        contact: { name: "The maintainers of Tillway" },
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/", description: "This server." }],
      components: {
        securitySchemes: {
          apiKey: { type: "apiKey", in: "header", name: "X-Api-Key", description: "pk_test_… or pk_live_…, together with X-Api-Secret." },
          apiSecret: { type: "apiKey", in: "header", name: "X-Api-Secret", description: "sk_test_… or sk_live_…" },
          basic: { type: "http", scheme: "basic", description: "Key as user name, secret as password." },
        },
      },
      security: [{ apiKey: [], apiSecret: [] }, { basic: [] }],
      tags: [
        { name: "Payments", description: "Create, confirm, capture, void, cancel, get and list." },
        { name: "Refunds", description: "Create, get and list." },
        { name: "Webhook endpoints", description: "Where events are sent, and which of them." },
        { name: "Deliveries", description: "The log of what was sent there." },
        { name: "Cases", description: "What a person should look at." },
        { name: "Requests", description: "What became of a request." },
        { name: "Gateways", description: "For gateways, not for merchants." },
        { name: "Health", description: "For load balancers and supervisors." },
      ],
    },
    transformObject: (document) => ("openapiObject" in document ? completed(document.openapiObject) : document.swaggerObject),
    // Components keep the names of their schemas instead of def-0, def-1.
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, i) => (typeof json.$id === "string" ? json.$id : `def-${i}`) },
  };
}

type Document = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions["transformObject"]>>[0],
  { openapiObject: unknown }
>["openapiObject"];

const requestId = { description: "Names this request in our logs.", schema: { type: "string" } } as const;
const replayed = {
  description: "`true`: these bytes were stored by an earlier request with the same key.",
  schema: { type: "string" },
} as const;
const retryAfter = { description: "Seconds to wait.", schema: { type: "string" } } as const;

/** Adds what route schemas cannot express: headers of answers, and bodies that may be left out. */
function completed(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(path ?? {}) as [string, Operation][]) {
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) singleTypes(schema);
      if (operation.requestBody !== undefined && isOptional(operation.requestBody)) operation.requestBody.required = false;
      for (const [status, response] of Object.entries(operation.responses)) response.headers = headersOf(method, status);
    }
  }
  return document;
}

/** Client generators cannot use a list of types: of integer or text, the document names the integer. */
function singleTypes(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  if ("type" in schema && Array.isArray(schema.type)) schema.type = (schema.type as string[])[0];
  Object.values(schema).forEach(singleTypes);
}

interface Operation {
  readonly requestBody?: {
    required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema?: { readonly required?: readonly string[] } }>>;
  };
  readonly responses: Readonly<Record<string, { headers?: Readonly<Record<string, unknown>> }>>;
}

/** If no field is required, a missing body counts as an empty object. */
function isOptional(body: NonNullable<Operation["requestBody"]>): boolean {
  return (body.content["application/json"]?.schema?.required ?? []).length === 0;
}

function headersOf(method: string, status: string): Readonly<Record<string, unknown>> {
  const waits = status === "503" || status === "429";
  const stored = ["post", "put"].includes(method) && ["200", "201", "402", "409", "422"].includes(status);
  return { "Request-Id": requestId, ...(stored && { "Idempotent-Replayed": replayed }), ...(waits && { "Retry-After": retryAfter }) };
}

/** The document that describes all this, made of the schemas that validate. Written once, at the first request. */
export function openapiRoute(api: App): void {
  let text: string | undefined;
  api.get("/v1/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    text ??= JSON.stringify(api.swagger());
    sendText(reply, 200, text);
  });
}
