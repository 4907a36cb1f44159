/**
 * Card numbers through every input of every route (security row 6): as they are and encoded, in paths, queries, headers and bodies, in
 * requests that are taken and in those that are refused. Afterwards neither the log, nor a dump of the database, nor any answer holds one.
 * Left out are a merchant's own identifiers, `order_id` and `Idempotency-Key` (docs/decisions, 0006).
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, expect, it } from "vitest";
import { holdsCardNumber } from "../../server/src/core/card-number.ts";
import { gatewayKey, newId } from "../../server/src/core/ids.ts";
import type { IdPrefix } from "../../server/src/core/change.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi, card, type Json } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const sent = new Set<string>();

/** A number that an issuer could have printed, each time another one. */
function canary(): string {
  const [prefix, length] = (
    [
      ["4", 16],
      ["53", 16],
      ["37", 15],
      ["601", 16],
    ] as const
  )[randomInt(4)]!;
  let digits: string = prefix;
  while (digits.length < length - 1) digits += randomInt(10);
  const sum = Array.from(digits)
    .reverse()
    .reduce((all, digit, n) => all + (n % 2 === 1 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][Number(digit)]!), 0);
  const number = `${digits}${(10 - (sum % 10)) % 10}`;
  sent.add(number);
  return number;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const inGroups = (number: string, between: string): string =>
  (number.length === 15 ? [number.slice(0, 4), number.slice(4, 10), number.slice(10)] : number.match(/\d{4}/g)!).join(between);

const forms: Readonly<Record<string, (number: string) => string>> = {
  "as it is": (number) => number,
  "with spaces": (number) => inGroups(number, " "),
  "with hyphens": (number) => inGroups(number, "-"),
  "among words": (number) => `my card ${number} please`,
  "url-encoded": (number) => encodeURIComponent(inGroups(number, " ")),
  "url-encoded to the last digit": (number) => Array.from(number, (digit) => `%3${digit}`).join(""),
  "in base64": base64,
  "in base64 of a JSON text": (number) => base64(JSON.stringify({ n: number, cvv: "739" })),
  "in base64url": (number) => Buffer.from(`no ${number} `).toString("base64url"),
};

let stage: Stage;
let app: ReturnType<Stage["parts"]["app"]>;
let keys: Record<string, string>;
let ids: Record<string, string>;
const answers: string[] = [];
const statuses = new Map<number, number>();
let placed = 0;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  app = stage.parts.app();
  const { client, created } = await stage.merchant("http://127.0.0.1:9/hook");
  keys = { "x-api-key": created.key, "x-api-secret": created.secret };
  const paid = await client.create(upi("success", { confirm: true }));
  const held = await client.create(upi("success", { confirm: true, capture_method: "manual" }));
  const refund = await client.post("/v1/refunds", { payment_id: paid.json.id, amount: 1 });
  const delivery = await waitFor("a delivery", async () => (await client.get("/v1/deliveries")).json.data[0]);
  const endpoint = (await client.get("/v1/webhook-endpoints")).json.data[0];
  ids = { payments: held.json.id, refunds: refund.json.id, deliveries: delivery.id, "webhook-endpoints": endpoint.id, paid: paid.json.id };
  ids["requests"] = paid.headers.get("request-id")!;
});
afterAll(async () => {
  await app?.close();
  await stage?.close();
});

async function ask(options: InjectOptions): Promise<LightMyRequestResponse> {
  const answer = await app.inject(options);
  answers.push(`${JSON.stringify(answer.headers)} ${answer.body}`);
  statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
  return answer;
}

interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly names: readonly { readonly in: string; readonly name: string }[];
  readonly body: Json;
}

function operations(): Operation[] {
  const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")) as Json;
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase() as Operation["method"],
      path,
      names: parameters,
      body: requestBody?.content["application/json"]?.schema ?? null,
    })),
  );
}

/** What is right everywhere else in the request. */
function base({ path, body }: Operation): Json {
  const required = path === "/v1/payments" ? { amount: 100, currency: "INR" } : {};
  const refund = path === "/v1/refunds" ? { payment_id: ids["paid"], amount: 1 } : {};
  const endpoint = path.startsWith("/v1/webhook-endpoint") && body?.properties?.url ? { url: "http://127.0.0.1:9/hook" } : {};
  return { ...required, ...refund, ...endpoint };
}

/** Each place of a body for a text: fields, members of objects, items of lists, names of members, and a field that nobody knows. */
function places(schema: Json, at: readonly string[] = []): (readonly string[])[] {
  if (at.at(-1) === "order_id") return [];
  const inner = Object.entries<Json>(schema?.properties ?? {}).flatMap(([name, of]) => places(of, [...at, name]));
  const members =
    schema?.additionalProperties || schema?.type === "object"
      ? [
          [...at, "anything"],
          [...at, NAME],
        ]
      : [];
  const items = schema?.type === "array" ? [[...at, "0"]] : [];
  return [...(at.length > 0 ? [at] : []), ...inner, ...members, ...items];
}

const NAME = "the name itself";

function withText(whole: Json, [head, ...rest]: readonly string[], text: string): Json {
  if (head === undefined) return text;
  if (head === "0") return [text];
  const known = typeof whole === "object" && whole !== null ? whole : {};
  return head === NAME ? { ...known, [text]: "x" } : { ...known, [head]: withText(known[head], rest, text) };
}

const pathOf = (path: string, id?: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(id ?? (name === "id" ? (ids[path.split("/")[2]!] ?? "x") : name)));

/** In each header that people set, but for the one that is the merchant's own. */
function headersWith(text: () => string): Record<string, string> {
  const names = ["x-request-id", "user-agent", "referer", "cookie", "traceparent", "accept-language", "x-forwarded-for", "x-custom"];
  placed += names.length + 1;
  return { ...Object.fromEntries(names.map((name) => [name, text()])), traceparent: `00-${canary().padEnd(32, "0")}-00f067aa0ba902b7-01` };
}

/** All requests of one operation with one form. */
function requestsOf(operation: Operation, form: (number: string) => string): InjectOptions[] {
  const { method, path, names, body } = operation;
  const text = (): string => (placed++, form(canary()));
  const common = (): InjectOptions => ({ method, headers: { ...keys, ...headersWith(text) } });
  const sendable = { ...common(), url: pathOf(path) };
  const query = ["anything", ...names.filter((each) => each.in === "query").map(({ name }) => name)];
  return [
    { ...sendable, headers: { ...sendable.headers, "x-api-key": text(), "x-api-secret": text() } },
    { ...sendable, headers: { ...headersWith(text), authorization: `Basic ${base64(`${text()}:${text()}`)}` } },
    ...(path.includes("{") ? [{ ...common(), url: pathOf(path, text()) }] : []),
    ...query.map((name) => ({ ...common(), url: `${pathOf(path)}?${name}=${encodeURIComponent(text())}` })),
    ...(body === null ? [] : places(body)).map((place) => ({
      ...common(),
      url: pathOf(path),
      payload: withText(base(operation), place, text()),
    })),
    ...(method === "GET" ? [] : broken(text)).map((payload) => ({ ...common(), url: pathOf(path), payload })).map(asJson),
  ];
}

/** Bodies that are no JSON, and one in which a field comes twice. */
function broken(text: () => string): string[] {
  return [`{"card":{"number":"${text()}"`, `${text()}`, `{"description":"${text()}\u0000"}`, `{"${text()}":1,"${text()}":2}`];
}

function asJson(options: InjectOptions): InjectOptions {
  return { ...options, headers: { ...options.headers, "content-type": "application/json" } };
}

/** Everything in the database, table by table. */
async function dump(): Promise<string> {
  return connect(stage.databaseUrl, async (client) => {
    const tables = (await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'public'")).rows;
    const texts: string[] = [];
    for (const { name } of tables)
      texts.push(
        ...(await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`)).rows.map(
          ({ row }) => `${name} ${row}`,
        ),
      );
    return texts.join("\n");
  });
}

/** The numbers that were sent and are in the text: as they are, in groups, url-encoded or in base64. Independent of our own search. */
function foundIn(text: string): string[] {
  const decoded = text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const words = [...text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)].map(([word]) => Buffer.from(word, "base64").toString("latin1"));
  const found = new Set<string>();
  for (const variant of [text, decoded, ...words])
    for (const [run] of variant.matchAll(/\d(?:[\s._+/,:-]{0,3}\d){13,}/g)) {
      const digits = run.replaceAll(/\D/g, "");
      for (let from = 0; from < digits.length; from++)
        for (const length of [15, 16])
          if (sent.has(digits.slice(from, from + length))) found.add(`${digits.slice(from, from + length)} in ${run}`);
    }
  return [...found];
}

const AT_ONCE = 16;

it("are found nowhere afterwards: 0 of 10,000 (security row 6)", { timeout: 300_000 }, async () => {
  const all = operations();
  expect(all.length).toBeGreaterThan(25);
  for (const form of Object.values(forms)) {
    const requests = all.flatMap((operation) => requestsOf(operation, form));
    for (let from = 0; from < requests.length; from += AT_ONCE) await Promise.all(requests.slice(from, from + AT_ONCE).map(ask));
  }
  // Where a card number belongs: a published one is taken, and kept as a token.
  sent.add("4242424242424242");
  const paid = await ask({
    method: "POST",
    url: "/v1/payments",
    headers: keys,
    payload: { ...card("4242 4242 4242 4242"), confirm: true },
  });
  expect(paid.statusCode).toBe(201);
  expect(placed).toBeGreaterThan(10_000);
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect(statuses.get(400)).toBeGreaterThan(500);
  const kept = () => connect(stage.databaseUrl, async (client) => (await client.query("select from requests")).rowCount!);
  await waitFor("refusals to be kept", async () => (await kept()) > 20);

  // The search finds what it is to find.
  for (const form of Object.values(forms)) expect(foundIn(`{"a":"${form(canary())}"}`)).toHaveLength(1);
  expect(foundIn(stage.log.join("\n"))).toEqual([]);
  expect(foundIn(await dump())).toEqual([]);
  expect(foundIn(answers.join("\n"))).toEqual([]);
});

it("that are split over the fields of metadata, group by group, are refused (security row 6)", async () => {
  for (let n = 0; n < 50; n++) {
    const groups = inGroups(canary(), " ").split(" ");
    const metadata = { first: "x", ...Object.fromEntries(groups.map((group, at) => [`box_${at}`, group])) };
    const answer = await ask({ method: "POST", url: "/v1/payments", headers: keys, payload: { amount: 100, currency: "INR", metadata } });
    expect([answer.statusCode, answer.json().error.param]).toEqual([400, "metadata"]);
  }
  const sizes = { width: "4111", height: "1111", depth: "1111" };
  expect(
    (await ask({ method: "POST", url: "/v1/payments", headers: keys, payload: { amount: 100, currency: "INR", metadata: sizes } }))
      .statusCode,
  ).toBe(201);
});

it("are not seen in our own ids, nor in those of others: fewer than one in a thousand (security row 6)", () => {
  const random = (bytes: number) => randomBytes(bytes);
  const payment = { mode: "test", merchantId: "mer_1", identityKind: "key", audience: "merchant" } as const;
  const kinds: Readonly<Record<string, () => string>> = {
    ...Object.fromEntries(
      (["pay", "req", "evt", "att", "dlv", "rfnd", "key", "whe"] as IdPrefix[]).map((prefix) => [
        prefix,
        () => newId(prefix, Date.now(), random(16)),
      ]),
    ),
    "a gateway key": () => gatewayKey({ ...payment, identity: random(8).toString("hex") }, "charge", 1),
    "a key": () => `pk_test_${random(18).toString("base64url")}`,
    "a webhook secret": () => `whsec_${random(33).toString("base64")}`,
    "a UUID": () => randomUUID(),
    "a SHA-256": () => random(32).toString("hex"),
    "a base64 text": () => random(24).toString("base64"),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    let seen = 0;
    for (let n = 0; n < 10_000; n++) if (holdsCardNumber(make())) seen++;
    expect([kind, seen < 10]).toEqual([kind, true]);
  }
});
