import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { App } from "../http/app.ts";
import { TEXT_MAX_LENGTH, TEXT_PATTERN } from "../http/validation.ts";
import { sendText } from "./caller.ts";
import type { ApiVersion } from "../core/ports/versions.ts";
import { webhooks } from "./schemas/event.ts";
import { addExamples, type Media, type Schema, type Schemas, type SharedExamples } from "./openapi-examples.ts";

/** What a listener's document has beside the API's: routes of its own need tags and ways in. */
export interface DocumentParts {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly securitySchemes: Readonly<
    Record<string, { readonly type: "apiKey"; readonly in: "cookie"; readonly name: string; readonly description: string }>
  >;
}

/** The document's parts that are no route's. */
export function openapiOptions(version: string, versions: readonly ApiVersion[], own?: DocumentParts): FastifyDynamicSwaggerOptions {
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
          operatorKey: { type: "http", scheme: "bearer", description: "The operator's: the value of TILLWAY_OPERATOR_KEY." },
          basic: { type: "http", scheme: "basic", description: "Key as user name, secret as password." },
          ...own?.securitySchemes,
        },
      },
      security: [{ apiKey: [], apiSecret: [] }, { basic: [] }],
      tags: [
        { name: "Payments", description: "Create, confirm, capture, void, cancel, get and list." },
        { name: "Events", description: "Every fact about money, in the order of commits." },
        { name: "Orders", description: "What is to be paid, once, by as many payments as it takes." },
        { name: "Checkout", description: "Pages on which shoppers pay an order." },
        { name: "Payment links", description: "Addresses to send to shoppers, who pay orders of their own by them." },
        { name: "Refunds", description: "Create, get and list." },
        { name: "Webhook endpoints", description: "Where events are sent, and which of them." },
        { name: "Webhooks", description: "What is sent to your endpoints, by the type of the event." },
        { name: "Deliveries", description: "The log of what was sent there, and by e-mail to shoppers." },
        { name: "E-mail", description: "What shoppers are told by e-mail." },
        { name: "Cases", description: "What a person should look at." },
        { name: "Dead letters", description: "Work that Tillway cannot finish by itself." },
        { name: "Queues", description: "How much work waits." },
        { name: "Analytics", description: "Figures over time, summed up from events." },
        { name: "Keys", description: "What your services may do." },
        { name: "Connector accounts", description: "How gateways are reached." },
        { name: "Settlement", description: "What gateways have, compared with what Tillway knows." },
        { name: "Routing", description: "Which connector account a payment goes to." },
        { name: "Merchants", description: "For the operator of the installation: merchants and their keys." },
        { name: "Audit", description: "Who changed what." },
        { name: "Search", description: "Anything, by what you have of it." },
        { name: "Requests", description: "What became of a request." },
        { name: "Gateways", description: "For gateways, not for merchants." },
        { name: "Health", description: "For load balancers and supervisors." },
        ...(own?.tags ?? []),
      ],
    },
    transformObject: (document) => ("openapiObject" in document ? completed(document.openapiObject, versions) : document.swaggerObject),
    // Components keep the names of their schemas instead of def-0, def-1.
    refResolver: { buildLocalReference: (json, _baseUri, _fragment, i) => (typeof json.$id === "string" ? json.$id : `def-${i}`) },
  };
}

type Document = Extract<
  Parameters<NonNullable<FastifyDynamicSwaggerOptions["transformObject"]>>[0],
  { openapiObject: unknown }
>["openapiObject"];

const VERSION = "Tillway-Version";

function versionParameter(versions: readonly ApiVersion[]) {
  return {
    in: "header" as const,
    name: VERSION,
    required: false,
    description: "In which version you see the API, of those in docs/api-changes.md. Left out: the one that the key is pinned to.",
    schema: { type: "string" as const, enum: [...versions] },
  };
}

/** Headers of answers, named once. */
const headers = {
  "Request-Id": { description: "Names this request in our logs.", schema: { type: "string" } },
  "Idempotent-Replayed": {
    description: "`true`: these bytes were stored by an earlier request with the same key.",
    schema: { type: "string" },
  },
  [VERSION]: {
    description: "In which version of the API this answer is. A repeat under an Idempotency-Key is in that of the first request.",
    schema: { type: "string" },
  },
  "Retry-After": { description: "Seconds to wait.", schema: { type: "string" } },
  RateLimit: {
    description:
      'If keys are limited: what is left to this key now (`r`), and when it has all again (`t`, seconds), as in `"key";r=99;t=1`.',
    schema: { type: "string" },
  },
  "RateLimit-Policy": {
    description: 'If keys are limited: how many requests a key may make (`q`) in how many seconds (`w`), as in `"key";q=100;w=10`.',
    schema: { type: "string" },
  },
} as const;

/** Adds what route schemas cannot express: headers of answers, bodies that may be left out, examples, and types where generators need them. */
function completed(document: Document, versions: readonly ApiVersion[]): Document {
  const components = (document.components ??= {});
  const schemas = (components.schemas ??= {}) as Record<string, Schema>;
  for (const schema of Object.values(schemas)) legible(schema);
  const shared: SharedExamples = {};
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {}) as Operation[]) completeOperation(operation, { schemas, shared });
  }
  const sent = webhooks();
  for (const { post } of Object.values(sent))
    for (const media of Object.values(post.requestBody.content)) addExamples(media, "", { schemas, shared });
  Object.assign(document, { webhooks: sent });
  components.examples = shared;
  components.headers = headers;
  components.parameters = { [VERSION]: versionParameter(versions) };
  return document;
}

function completeOperation(operation: Operation, parts: { readonly schemas: Schemas; readonly shared: SharedExamples }): void {
  const { requestBody, responses, parameters = [] } = operation;
  for (const each of parameters) {
    legible(each.schema);
    if (each.in === "query") each.schema = printable(each.schema);
  }
  for (const media of Object.values(requestBody?.content ?? {})) {
    legible(media.schema);
    addExamples(media, "", parts);
  }
  if (requestBody !== undefined && isOptional(requestBody)) requestBody.required = false;
  const isOfKey = operation.security?.length !== 0;
  const isKeyed = parameters.some(({ name }) => name === "Idempotency-Key");
  for (const [status, response] of Object.entries(responses)) {
    response.headers = headersOf({ isKeyed, isOfKey }, status);
    for (const media of Object.values(response.content ?? {})) {
      legible(media.schema);
      addExamples(media, response.description ?? "", parts);
    }
  }
  // Last: what stands above reads whole parameters.
  if (isOfKey) operation.parameters = [...parameters, { $ref: `#/components/parameters/${VERSION}` } as never];
}

/**
 * What client generators need: of integer or text the document names the integer, as they cannot use a list of types; a list of texts has
 * its type, or TypeScript reads `unknown`.
 */
function legible(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  const rule = schema as { type?: unknown; enum?: unknown };
  if (Array.isArray(rule.type)) rule.type = (rule.type as string[])[0];
  if (Array.isArray(rule.enum) && rule.enum.every((value) => typeof value === "string")) rule.type = "string";
  for (const [name, value] of Object.entries(schema)) if (name !== "enum" && name !== "examples") legible(value);
}

interface Operation {
  /** Empty: it takes no key. */
  readonly security?: readonly object[];
  parameters?: readonly { readonly name: string; readonly in: string; schema: Schema }[];
  readonly requestBody?: { required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, Media>>; headers?: Readonly<Record<string, unknown>> }
    >
  >;
}

/** As `http/validation.ts` reads a query: a text without a rule of its own is printable ASCII. */
function printable(schema: Schema): Schema {
  if (schema.type !== "string" || schema.enum !== undefined || schema.pattern !== undefined) return schema;
  return { minLength: 1, maxLength: TEXT_MAX_LENGTH, pattern: TEXT_PATTERN, ...schema };
}

/** If no field is required, a missing body counts as an empty object. */
function isOptional(body: NonNullable<Operation["requestBody"]>): boolean {
  return (body.content["application/json"]?.schema?.required ?? []).length === 0;
}

function headersOf({ isKeyed, isOfKey }: { isKeyed: boolean; isOfKey: boolean }, status: string): Readonly<Record<string, unknown>> {
  const waits = status === "503" || status === "429";
  const stored = isKeyed && ["200", "201", "402", "409", "422"].includes(status);
  const limit = isOfKey && status !== "401" ? ["RateLimit", "RateLimit-Policy"] : [];
  const names = ["Request-Id", VERSION, ...limit, ...(stored ? ["Idempotent-Replayed"] : []), ...(waits ? ["Retry-After"] : [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The document that describes all this, made of the schemas that validate. Written once, at the first request. */
export function openapiRoute(api: App): void {
  let text: string | undefined;
  api.get("/v1/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    text ??= JSON.stringify(api.swagger());
    sendText(reply, 200, text);
  });
}
