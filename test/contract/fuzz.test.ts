/**
 * Every operation of the OpenAPI document is sent what it allows and what bad clients send. No answer is 5xx, each fits the schema of its
 * status, and each error has a stable code and a `doc_url` that this server answers. New operations are found in the document.
 */
import { randomInt } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docUrlBase } from "../../server/src/core/errors.ts";
import { card, upi } from "../journeys/support/merchant.ts";
import { openStage, type Stage, type StageMerchant } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { sampleOr } from "../support/how-much.ts";
import { judgeOf, metBy, operationsOf, send, type Document, type Judge, type Operation } from "./support/document.ts";
import { requestsTo } from "./support/hostile.ts";

/** A run that failed is repeated by `FUZZ_SEED=…`. */
const seed = Number(process.env["FUZZ_SEED"] ?? randomInt(2 ** 31 - 1));
/** Of all operations together: the bound that ends it on a slow machine. */
const BUDGET_MS = sampleOr(25_000, 60_000);
const RUNS_PER_OPERATION = 100;
/** Each operation gets these, however slow the machine: without one run nothing was shown, and fast-check calls it a failure. */
const LEAST_RUNS = 3;

const OPERATOR_KEY = "operator-of-a-test-in-32-characters-or-more";

let stage: Stage;
let shop: StageMerchant;
let document: Document;
let judge: Judge;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url, { LOG_LEVEL: "error", TILLWAY_OPERATOR_KEY: OPERATOR_KEY });
  shop = await stage.merchant();
  document = (await (await fetch(`${stage.url}/v1/openapi.json`)).json()) as Document;
  const path = docUrlBase.slice(0, docUrlBase.indexOf("#"));
  judge = judgeOf(document, { path, html: await (await fetch(stage.url + path)).text() });
});

afterAll(() => stage?.close());

const operatorHeaders = { authorization: `Bearer ${OPERATOR_KEY}` };

/** Of whom the operation is for. */
function keyHeaders({ security }: Operation): Record<string, string> {
  if (security?.some((one) => "operatorKey" in one)) return operatorHeaders;
  return { "x-api-key": shop.client.keys.key, "x-api-secret": shop.client.keys.secret };
}

/** Rows of every kind that this merchant has, and new ones if the operation before has used them up, or has revoked the key. */
async function furnish(operations: readonly Operation[]): Promise<Map<string, string[]>> {
  if ((await shop.client.get("/v1/payments?limit=1")).status === 401) shop = await stage.merchant();
  // An operation may have disabled its account, or taken the scope from its key.
  const accounts = (await shop.client.get("/v1/connector-accounts")).json.data as { status: string }[] | undefined;
  if (!accounts?.some(({ status }) => status === "enabled")) shop = await stage.merchant();
  // Side by side: this stands before each operation, and took most of the time of all.
  await Promise.all([
    shop.client.create(upi("success", { confirm: true })),
    shop.client.create(card("4111111111111111", { confirm: true, capture_method: "manual" })),
    shop.client.create(upi("success", { confirm: false })),
    shop.client.post("/v1/webhook-endpoints", { url: "https://shop.example/webhooks" }),
  ]);
  const ids = new Map<string, string[]>();
  // A table for spreadsheets is no list of ids.
  const lists = operations.filter(
    ({ method, path, responses }) =>
      method === "GET" && !path.includes("{") && path.startsWith("/v1/") && responses["200"]?.content?.["application/json"] !== undefined,
  );
  const found = await Promise.all(lists.map(({ path }) => shop.client.get(path)));
  for (const [at, { path }] of lists.entries()) {
    const { data } = found[at]!.json as { data?: { id: string }[] };
    if (data !== undefined)
      ids.set(
        path,
        data.map(({ id }) => id),
      );
  }
  const { merchantId } = shop.created;
  ids.set("/v1/merchants", [merchantId]);
  const newKey = { method: "POST", path: `/v1/merchants/${merchantId}/keys`, body: JSON.stringify({ mode: "test" }) };
  const made = await send(stage.url, { ...newKey, headers: { ...operatorHeaders, "content-type": "application/json" } });
  ids.set("key_id", [(JSON.parse(made.text) as { id?: string }).id ?? "x"]);
  const [payment] = ids.get("/v1/payments") ?? [];
  await shop.client.post("/v1/refunds", { payment_id: payment, amount: 1 });
  return ids;
}

it.each([
  ["a path that cannot be decoded", { method: "GET", path: "/v1/payments/%", headers: {} }, 404, "route_not_found"],
  ["an expectation that nobody knows", { method: "GET", path: "/v1/payments", headers: { expect: "200-ok" } }, 401, "authentication_error"],
])("%s is refused like any other request, and the process goes on", async (_what, request, status, code) => {
  const answer = await send(stage.url, request);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({ error: { code, request_id: answer.headers["request-id"] } });
  // Its line in the log is written as its connection closes: an exception there would end a process.
  expect((await send(stage.url, { method: "GET", path: "/health/live", headers: {} })).status).toBe(200);
});

describe(`whatever is sent (FUZZ_SEED=${seed})`, () => {
  it(
    "no operation answers 5xx, and each answer is as the document says",
    async () => {
      const operations = operationsOf(document);
      expect(operations.length).toBeGreaterThan(20);
      const statuses = new Map<string, number>();
      const until = performance.now() + BUDGET_MS;
      for (const [at, operation] of operations.entries()) {
        const ids = await furnish(operations);
        const endsAt = performance.now() + Math.max(0, (until - performance.now()) / (operations.length - at));
        let runs = 0;
        const property = fc.asyncProperty(requestsTo(document, operation, { ids, headers: keyHeaders(operation) }), async (request) => {
          runs += 1;
          if (runs > LEAST_RUNS && performance.now() > endsAt) return;
          const answer = await send(stage.url, request);
          const met = metBy(operations, request) ?? operation;
          const fault = judge.fault(met, answer);
          const shown = JSON.stringify({ ...request, headers: { ...request.headers, "x-api-secret": "…", authorization: "…" } }).slice(
            0,
            2_000,
          );
          if (fault !== null) throw new Error(`${shown} → ${answer.status} ${answer.text.slice(0, 1_000)}\n${fault}`);
          statuses.set(`${Math.floor(answer.status / 100)}xx`, (statuses.get(`${Math.floor(answer.status / 100)}xx`) ?? 0) + 1);
        });
        await fc.assert(property, { seed, numRuns: RUNS_PER_OPERATION });
      }
      console.log(`fuzz: seed ${seed}, ${operations.length} operations, answers ${JSON.stringify(Object.fromEntries(statuses))}`);
      // What is refused at the door alone would prove little.
      expect(statuses.get("2xx")).toBeGreaterThan(50);
      expect(statuses.get("4xx")).toBeGreaterThan(200);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
    BUDGET_MS * 3,
  );
});
