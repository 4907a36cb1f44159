/**
 * What the document says of a text, the server holds to: each field of a body that has a pattern is sent a text of the right length that breaks
 * it, and is refused by its name. Patterns are for the document and readers check them, so a new field without a reader is found here.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { card, upi } from "../journeys/support/merchant.ts";
import { openStage, type Stage, type StageMerchant } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { operationsOf, send, type Document, type Operation, type Schema } from "./support/document.ts";

type Json = Record<string, unknown>;

const OPERATOR_KEY = "operator-of-a-test-in-32-characters-or-more";

let stage: Stage;
let shop: StageMerchant;
let document: Document;
/** By the path and the field, or the field alone: what the document can't say of a right body. */
let right: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url, { LOG_LEVEL: "error", TILLWAY_OPERATOR_KEY: OPERATOR_KEY });
  shop = await stage.merchant();
  document = (await (await fetch(`${stage.url}/v1/openapi.json`)).json()) as Document;
  const order = await shop.client.post("/v1/orders", { amount: 100, currency: "INR" });
  const payment = await shop.client.create(upi("success", { confirm: false }));
  const endpoint = await shop.client.post("/v1/webhook-endpoints", { url: "https://shop.example/hook" });
  const [account] = (await shop.client.get("/v1/connector-accounts")).json.data as { id: string }[];
  right = {
    "/v1/checkout/sessions order_id": order.json.id,
    payment_id: payment.json.id,
    amount: 100,
    currency: "INR",
    card: (card("4242424242424242") as Json)["card"],
    upi: { vpa: "success@sandbox" },
    netbanking: { bank: "SANDBOX" },
    url: "https://shop.example/hook",
    connector: "sandbox",
    accounts: [account!.id],
    weights: [{ account: account!.id, weight: 1 }],
    "/v1/dead-letters/discard filter": { reason: "job_failing" },
    "/v1/payments/{id}": payment.json.id,
    "/v1/webhook-endpoints/{id}": endpoint.json.id,
  };
});

afterAll(() => stage?.close());

/** Right lengths, and no pattern of the document takes all of them. */
const WRONG = ["~ ~", "§§§", "\u0007x", "   ", "AB1~/ é", "x".repeat(60)];

interface Field {
  readonly at: readonly string[];
  readonly schema: Schema;
}

function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split("/").at(-1)!]!;
}

function fieldsOf(given: Schema, at: readonly string[] = []): Field[] {
  const schema = resolved(given);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, each]) => fieldsOf(each, [...at, name]));
  const items = schema.items === undefined ? [] : fieldsOf(schema.items, [...at, "0"]);
  const either = (schema.anyOf ?? []).flatMap((each) => fieldsOf(each, at));
  return [...(schema.pattern === undefined ? [] : [{ at, schema }]), ...inner, ...items, ...either];
}

/** What goes with a field though the document requires neither: a method is said twice, and a link has an amount or bounds of one. */
function beside({ path }: Operation, [first = ""]: readonly string[]): Json {
  if (METHODS.includes(first)) return { method: first };
  return path === "/v1/payment-links" && first !== "open_amount" ? { amount: 100 } : {};
}

const METHODS = ["card", "upi", "netbanking"];

/** Only what is required, as the document says it. */
function least(given: Schema, where: { readonly path: string; readonly name: string }): unknown {
  const known = right[`${where.path} ${where.name}`] ?? right[where.name];
  if (known !== undefined) return known;
  const schema = resolved(given);
  if (schema.anyOf !== undefined) return least(schema.anyOf[0]!, where);
  if (schema.examples !== undefined && schema.properties === undefined) return schema.examples[0];
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === "boolean") return true;
  if (schema.type === "integer") return schema.minimum ?? 1;
  if (schema.type === "array") return [least(schema.items ?? {}, { ...where, name: "" })];
  if (schema.type === "string") return "Text";
  const required = (schema.required ?? []).map((name) => [name, least(schema.properties![name]!, { ...where, name })]);
  return Object.fromEntries(required) as Json;
}

function withText(value: unknown, [head, ...rest]: readonly string[], text: string): unknown {
  if (head === undefined) return text;
  if (head === "0") return [withText(Array.isArray(value) ? value[0] : undefined, rest, text)];
  const known = typeof value === "object" && value !== null ? (value as Json) : {};
  return { ...known, [head]: withText(known[head] ?? (rest.length > 0 ? right[head] : undefined), rest, text) };
}

function wrongFor({ pattern, minLength = 1, maxLength = 100 }: Schema): string {
  const found = WRONG.find((text) => text.length >= minLength && text.length <= maxLength && !new RegExp(pattern!, "u").test(text));
  return found ?? "~".repeat(Math.max(minLength, Math.min(maxLength, 3)));
}

async function answerTo({ method, path, security }: Operation, body: unknown) {
  const isOperators = security?.some((one) => "operatorKey" in one) === true;
  const keys: Record<string, string> = isOperators
    ? { authorization: `Bearer ${OPERATOR_KEY}` }
    : { "x-api-key": shop.client.keys.key, "x-api-secret": shop.client.keys.secret };
  const headers = { ...keys, "content-type": "application/json" };
  const target = path.replace(/^(\/v1\/[a-z-]+\/\{id\})/, (place) => place.replace("{id}", (right[place] as string | undefined) ?? "x"));
  const answer = await send(stage.url, { method, path: target, body: JSON.stringify(body), headers });
  return { status: answer.status, error: (JSON.parse(answer.text) as { error?: { code: string; param?: string } }).error };
}

it("a text that breaks the pattern of its field is refused by that field's name", async () => {
  const failures: string[] = [];
  let asked = 0;
  for (const operation of operationsOf(document)) {
    const schema = operation.requestBody?.content["application/json"]?.schema;
    if (schema === undefined) continue;
    for (const { at, schema: field } of fieldsOf(schema)) {
      const text = wrongFor(field);
      const whole = { ...(least(schema, { path: operation.path, name: "" }) as Json), ...beside(operation, at) };
      const body = withText(whole, at, text);
      const { status, error } = await answerTo(operation, body);
      const named = at.filter((part) => part !== "0").every((part) => (error?.param ?? "").includes(part));
      asked++;
      if (status < 400 || status >= 500 || !named)
        failures.push(
          `${operation.method} ${operation.path} ${at.join(".")} ${JSON.stringify(text)}: ${status} ${JSON.stringify(error)} of ${JSON.stringify(body)}`,
        );
    }
  }
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(40);
});
