/** An example of every answer and body in the document, made of its schema, so that a new route has them without a line of its own. */
import { errorTable, errorText, type ErrorCode } from "../core/errors.ts";

export interface Schema {
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly type?: string;
  readonly minimum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

export type Schemas = Readonly<Record<string, Schema>>;

export interface Media {
  readonly schema?: Schema;
  example?: unknown;
  examples?: Readonly<Record<string, unknown>>;
}

const ID = "01KAJ0000000000000000000AB";
const REQUEST_ID = `req_${ID}`;

/** Texts whose schema has no example, by the name of their field. */
const texts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["payment", "order", "refund", "delivery", "event"].map((name) => [`${name}_id`, `${prefixOf(name)}_${ID}`])),
  endpoint_id: `whe_${ID}`,
  account_id: "sandbox",
  connector: "sandbox",
  currency: "INR",
  email: "ann@shop.example",
  kind: "unknown_outcome",
  key: "pk_test_5Yx8Qd2mW7aKcT1nRbVhJz3e",
  last4: "1111",
  secret_last4: "x9Qd",
  network: "visa",
  url: "https://shop.example/webhooks",
  vpa: "shopper@okbank",
  version: "0.1.0",
  subject: `att_${ID}`,
  summary: "The gateway has not said what became of the charge.",
};

function prefixOf(name: string): string {
  return { payment: "pay", order: "ord", refund: "rfnd", delivery: "dlv", event: "evt" }[name]!;
}

/** Members that say more with another value than the first that their schema allows. */
const ofComponent: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Payment: {
    status: "succeeded",
    amount: 50_000,
    amount_authorized: 50_000,
    amount_captured: 50_000,
    method: "card",
    card: { network: "visa", last4: "1111" },
    metadata: { cart: "1093" },
    order_id: "order-1",
  },
  Refund: { status: "succeeded", amount: 20_000, reason: "returned" },
  Delivery: { status: "succeeded", tries_made: 1, last_status_code: 200 },
  ApiKey: { id: `key_${ID}`, name: "Checkout", scopes: ["payments.read", "payments.write"] },
  ConnectorAccount: {
    id: `acc_${ID}`,
    name: "Main account",
    priority: 1,
    webhook_url: `https://pay.example/v1/gateways/sandbox/acc_${ID}/webhooks`,
    credentials: [{ name: "api_key", value: null, last4: "x9Qd", set_at: "2026-01-31T12:00:00.000Z" }],
  },
  Merchant: { id: `mer_${ID}`, name: "Shop" },
  Ready: { checks: { database: { ok: true } } },
};

/** The examples that media types share: one per error code, one per component. */
export type SharedExamples = Record<string, { readonly summary?: string; readonly value: unknown }>;

/**
 * Gives a body its example: its own if it has one, else one that is added to `shared`, or for a body without a name one of its own.
 * @param about the answer's description, which begins a paragraph with each code that it may have
 */
export function addExamples(media: Media, about: string, { schemas, shared }: { schemas: Schemas; shared: SharedExamples }): void {
  if (media.schema === undefined || media.examples !== undefined) return;
  const name = nameOf(media.schema);
  if (name === undefined) {
    media.example = sample(schemas, media.schema);
    return;
  }
  const names = name === "Error" ? [...about.matchAll(/^`(\w+)`: /gm)].map(([, code]) => code!) : [name];
  for (const each of names) shared[each] ??= name === "Error" ? errorExample(each as ErrorCode) : { value: sample(schemas, media.schema) };
  media.examples = Object.fromEntries(names.map((each) => [each, { $ref: `#/components/examples/${each}` }]));
}

function errorExample(code: ErrorCode): SharedExamples[string] {
  return { summary: errorTable[code].message, value: JSON.parse(errorText(code, {}, REQUEST_ID)) as unknown };
}

function nameOf({ $ref }: Schema): string | undefined {
  return $ref?.slice($ref.lastIndexOf("/") + 1);
}

/** A value that fits the schema: members that may be left out are, members that may be null are. */
function sample(schemas: Schemas, schema: Schema, field = ""): unknown {
  const name = nameOf(schema);
  if (name !== undefined) return { ...(sample(schemas, schemas[name]!, field) as object), ...ofComponent[name] };
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return schema.anyOf.some(({ type }) => type === "null") ? null : sample(schemas, schema.anyOf[0]!, field);
  if (schema.type === "array") return [sample(schemas, schema.items!, field)];
  if (schema.type === "integer") return schema.minimum ?? 0;
  if (schema.type === "boolean") return false;
  if (schema.type === "string") return textFor(schema, field);
  const members = (schema.required ?? []).map((member) => [member, sample(schemas, schema.properties![member]!, member)]);
  return Object.fromEntries(members);
}

function textFor({ pattern }: Schema, field: string): string {
  const prefix = /^\^(\w+)_\[/.exec(pattern ?? "")?.[1];
  return prefix === undefined ? (texts[field] ?? (field === "id" ? `evt_${ID}` : "text")) : `${prefix}_${ID}`;
}
