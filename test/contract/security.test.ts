/** Rows of the list of risks, one test each, on HTTP and PostgreSQL. The guard of webhooks has its own corpus beside its code. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as openSocket } from "node:net";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { moneyOf } from "../journeys/support/books.ts";
import { gatewayDesk } from "../journeys/support/gateway.ts";
import { patiently, upi, type Json, type Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { operationsOf, send, type Document, type Schema } from "./support/document.ts";

const OPERATOR_KEY = "operator-of-a-test-in-32-characters-or-more";
let stage: Stage;
let shop: Merchant;
let document: Document;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url, { TILLWAY_OPERATOR_KEY: OPERATOR_KEY });
  shop = (await stage.merchant()).client;
  document = (await (await fetch(`${stage.url}/v1/openapi.json`)).json()) as Document;
});
afterAll(() => stage?.close());

const headers = (): Record<string, string> => ({
  "x-api-key": shop.keys.key,
  "x-api-secret": shop.keys.secret,
  "content-type": "application/json",
});
const post = (body: string, path = "/v1/payments") => send(stage.url, { method: "POST", path, headers: headers(), body });

it("200 requests at once, half of them under one key, charge what they say and no more (security row 3)", async () => {
  const { id } = (await shop.create(upi("success", { confirm: false }))).json;
  const confirm = (n: number) => shop.post(`/v1/payments/${id}/confirm`, {}, n % 2 === 0 ? "one key" : `key ${n}`);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => patiently(() => confirm(n))));
  expect(answers.every(({ status }) => [200, 409, 429].includes(status))).toBe(true);
  await shop.until(id, "succeeded");
  expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(50_000);
});

it("a gateway's webhook that is forged is refused, whatever is signed with whatever (security row 5)", async () => {
  const { id } = (await shop.create(upi("success", { confirm: true }))).json;
  const before = await shop.payment(id);
  const account = before.attempts[0].account_id;
  const body = JSON.stringify({ id: "evt_1", type: "charge.captured", data: { payment_id: id, status: "captured" } });
  const signed = (secret: string, at: number) => createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const now = Math.floor(Date.now() / 1_000);
  for (const signature of [
    undefined,
    "",
    "x",
    `t=${now},v1=${signed("", now)}`,
    `t=${now},v1=${signed("secret", now)}`,
    `t=0,v1=${signed("secret", 0)}`,
  ]) {
    const more: Record<string, string> =
      signature === undefined ? {} : { "x-signature": signature, "sandbox-signature": signature, "webhook-signature": signature };
    const path = `/v1/gateways/sandbox/${account}/webhooks`;
    const answer = await send(stage.url, { method: "POST", path, headers: { "content-type": "application/json", ...more }, body });
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([400, "invalid_signature"]);
  }
  expect(await shop.payment(id)).toEqual(before);
});

it("a genuine webhook of a gateway that is sent again changes nothing, and after five minutes is refused (security row 5)", async () => {
  const { id, attempts } = (await shop.create(upi("success", { confirm: true }))).json;
  const gateway = await gatewayDesk(stage, attempts[0].account_id);
  const said = await gateway.shown(attempts[0].gateway_key);
  expect((await gateway.tell("evt_genuine", said)).json).toEqual({ received: true, duplicate: false });
  const before = await shop.payment(id);
  for (let n = 0; n < 3; n++)
    expect((await gateway.tell("evt_genuine", said, Date.now() - n * 1_000)).json).toEqual({ received: true, duplicate: true });
  for (const age of [301_000, -301_000]) {
    const late = await gateway.tell("evt_recorded", said, Date.now() - age);
    expect([late.status, late.json.error.code]).toEqual([400, "invalid_signature"]);
  }
  expect(await shop.payment(id)).toEqual(before);
});

it("no body takes a field that its schema does not name (security row 15)", async () => {
  const operations = operationsOf(document).filter(({ body, path }) => body?.schema !== undefined && !path.startsWith("/v1/test/"));
  expect(operations.length).toBeGreaterThan(8);
  for (const { method, path, body, security } of operations) {
    const isOperators = security?.some((one) => "operatorKey" in one) ?? false;
    const [example = {}] = [body!.example, ...Object.values(body!.examples ?? {}).map(({ value }) => value)].filter(
      (each) => each !== undefined,
    );
    for (const name of ["merchant_id", "mode", "amount_captured", "version", "is_admin"]) {
      if (name === "mode" && path === "/v1/merchants/{id}/keys") continue;
      // The version that was read, so that nobody overwrites what they have not seen.
      if (name === "version" && path === "/v1/routing-rules") continue;
      const text = JSON.stringify({ ...(example as object), [name]: 1 });
      const answer = await send(stage.url, {
        method,
        path: path.replaceAll(/\{\w+\}/g, `pay_${"0".repeat(26)}`),
        headers: isOperators ? { authorization: `Bearer ${OPERATOR_KEY}`, "content-type": "application/json" } : headers(),
        body: text,
      });
      expect([method, path, name, JSON.parse(answer.text).error?.code]).toEqual([method, path, name, "unknown_field"]);
    }
  }
});

/** Texts that mean something to SQL, shells, templates, logs and spreadsheets. None of them does anything here. */
const INJECTIONS = [
  "'",
  '"',
  "' OR '1'='1",
  "1; SELECT pg_sleep(9)",
  "$1",
  "\\",
  "%",
  "_",
  "${1+1}",
  "{{1+1}}",
  "$(id)",
  "`id`",
  "\r\nX-A: b",
  "\n{}",
  "=1+1",
  "../..",
  "<b>",
];

it("every text of a payment takes injections as texts, and gives them back as they were (security row 19)", async () => {
  for (const text of INJECTIONS) {
    const answer = await shop.create(
      upi("success", { confirm: false, description: text, metadata: { note: text }, customer: { name: text } }),
    );
    expect([text, answer.status]).toEqual([text, 201]);
    expect(await shop.payment(answer.json.id)).toMatchObject({ description: text, metadata: { note: text }, customer: { name: text } });
  }
  const texts = operationsOf(document).flatMap(({ method, path, parameters = [] }) =>
    parameters
      .filter((each) => each.in === "query" && (each.schema as Schema).type === "string")
      .map(({ name }) => ({ method, path, name })),
  );
  expect(texts.length).toBeGreaterThan(5);
  for (const { method, path, name } of texts) {
    for (const text of INJECTIONS) {
      const answer = await send(stage.url, { method, path: `${path}?${name}=${encodeURIComponent(text)}`, headers: headers() });
      expect([name, text, answer.status < 500]).toEqual([name, text, true]);
      expect(Object.keys(answer.headers)).not.toContain("x-a");
    }
  }
  for (const line of stage.log) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

it("filters whose statements have long names alike are statements of their own", async () => {
  const ids = `payment_id=pay_${"0".repeat(26)}&endpoint_id=whe_${"0".repeat(26)}`;
  const filter = `status=succeeded&event_type=payment.succeeded&${ids}&created_from=2026-01-31T12:00:00Z`;
  // Enough requests for each connection of the pool to know both.
  for (const end of [...Array<string>(12).fill(""), ...Array<string>(12).fill("&created_before=2026-02-28T12:00:00Z")])
    expect((await shop.get(`/v1/deliveries?${filter}${end}`)).status).toBe(200);
});

it("deep JSON, huge numbers and slow clients are refused or wait, and others are served meanwhile (security row 20)", async () => {
  const { hostname, port } = new URL(stage.url);
  const slow = Array.from({ length: 50 }, () => openSocket(Number(port), hostname).on("error", () => undefined));
  for (const socket of slow) socket.write("POST /v1/payments HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n");
  for (const deep of [
    "[".repeat(30_000),
    `{"metadata":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`,
    `{"amount":${"9".repeat(60_000)}}`,
  ]) {
    const answer = await post(deep);
    expect([answer.status, Object.keys(JSON.parse(answer.text))]).toEqual([400, ["error"]]);
  }
  const began = performance.now();
  for (let n = 0; n < 20; n++) expect((await shop.create(upi("success"))).status).toBe(201);
  expect(performance.now() - began).toBeLessThan(10_000);
  for (const socket of slow) socket.destroy();
});

it("each package of the lock file is pinned by its content, and few are needed to run (security row 22)", () => {
  const lock = JSON.parse(readFileSync(resolve(import.meta.dirname, "../../package-lock.json"), "utf8")) as {
    packages: Record<string, Json>;
  };
  // What is bundled comes within the package above it, whose content is pinned.
  const isFetched = (each: Json) => each.link !== true && each.inBundle !== true;
  const fetched = Object.entries(lock.packages).filter(([path, each]) => path.includes("node_modules/") && isFetched(each));
  expect(fetched.filter(([, each]) => !String(each.integrity).startsWith("sha512-")).map(([path]) => path)).toEqual([]);
  // What the server needs to run; sample apps and tools are other people's programs.
  const needed = new Set<string>();
  const walk = (path: string, isOptional = false): void => {
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[path] ?? {};
    for (const name of Object.keys({ ...dependencies, ...(isOptional ? optionalDependencies : {}) })) {
      const found = `node_modules/${name}`;
      if (needed.has(found)) continue;
      needed.add(found);
      walk(lock.packages[found]?.link === true ? lock.packages[found].resolved : found);
    }
  };
  walk("server");
  expect(needed.size).toBeGreaterThan(20);
  // The last one is that of QR codes (uqr), which has no dependency of its own.
  expect(needed.size).toBeLessThanOrEqual(76);
  // Installed beside them unless they are left out, and loaded only where they are asked for: binaries of PostgreSQL, OpenTelemetry, nodemailer,
  // BullMQ with its Redis client, room for one for Kafka, and the driver of MongoDB with the eleven packages that it comes with.
  walk("server", true);
  expect(needed.size).toBeLessThanOrEqual(118);
});

it("names of prototypes are refused or kept as names, and change no object (security row 24)", async () => {
  for (const name of ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"]) {
    const top = await post(`{"amount":100,"currency":"INR","${name}":{"amount":1}}`);
    expect([name, top.status]).toEqual([name, 400]);
    const inside = await post(`{"amount":100,"currency":"INR","confirm":false,"metadata":{"${name}":"x"}}`);
    expect([201, 400]).toContain(inside.status);
    if (inside.status === 201) expect(Object.entries((JSON.parse(inside.text) as Json).metadata)).toEqual([[name, "x"]]);
    expect((await shop.get(`/v1/payments?${name}=1`)).status).toBe(400);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Json).amount).toBeUndefined();
});
