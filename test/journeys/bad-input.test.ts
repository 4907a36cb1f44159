/** A wrong request is refused over real HTTP with its own code, and leaves no row behind. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { upi, type Json } from "./support/merchant.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(databaseServers().at(-1)!.url);
  shop = await stage.merchant();
});
afterAll(() => stage?.close());

/** Sends these bytes, whatever they are. */
async function send(body: string | Uint8Array<ArrayBuffer>): Promise<{ status: number; code: string; param: string | undefined }> {
  const { key, secret } = shop.client.keys;
  const headers = { "x-api-key": key, "x-api-secret": secret, "content-type": "application/json", "idempotency-key": "bad input" };
  const answer = await fetch(`${stage.url}/v1/payments`, { method: "POST", headers, body });
  const { error } = (await answer.json()) as Json;
  return { status: answer.status, code: error?.code, param: error?.param };
}

async function rowsWritten(): Promise<number> {
  const sql =
    "select (select count(*) from payments)::int + (select count(*) from jobs)::int + (select count(*) from idempotency)::int as n";
  return await connect(stage.databaseUrl, async (client) => (await client.query<{ n: number }>(sql)).rows[0]!.n);
}

const good = JSON.stringify(upi("success", { description: "TEXT" }));
const amount = (written: string): string => good.replace('"amount":50000', `"amount":${written}`);
const text = (written: string): string => good.replace("TEXT", written);

it.each<[string, string | Uint8Array<ArrayBuffer>, number, string, string?]>([
  ["a zero amount", amount("0"), 400, "invalid_amount", "amount"],
  ["a negative amount", amount("-1"), 400, "invalid_amount", "amount"],
  ["a fractional amount", amount("1.5"), 400, "invalid_amount", "amount"],
  ["an amount as a string", amount('"50000"'), 400, "invalid_amount", "amount"],
  ["an amount in an array", amount("[50000]"), 400, "invalid_amount", "amount"],
  ["a huge amount", amount("1000000000000"), 400, "invalid_amount", "amount"],
  ["an amount beyond every number", amount("1e400"), 400, "invalid_amount", "amount"],
  ["an unknown currency", good.replace("INR", "XXX"), 400, "invalid_currency", "currency"],
  ["an unknown field", good.replace('"amount"', '"amuont":1,"amount"'), 400, "unknown_field", "amuont"],
  ["an unknown field inside", good.replace('"vpa"', '"x":1,"vpa"'), 400, "unknown_field", "upi.x"],
  ["a duplicate key", good.replace('"amount"', '"amount":1,"amount"'), 400, "duplicate_json_key"],
  ["U+0000", text(String.raw`\u0000`), 400, "invalid_characters", "description"],
  ["U+001E", text(String.raw`\u001e`), 400, "invalid_characters", "description"],
  ["U+001F", text(String.raw`\u001f`), 400, "invalid_characters", "description"],
  ["a lone surrogate", text(String.raw`\ud83d`), 400, "invalid_characters", "description"],
  ["half a body", good.slice(0, -5), 400, "malformed_json"],
  ["no UTF-8", new Uint8Array([...new TextEncoder().encode('{"description":"'), 0xff, 0x22, 0x7d]), 400, "malformed_json"],
  ["an array", "[]", 400, "invalid_field"],
  ["nothing", "", 400, "missing_field"],
  ["more than 64 KiB", text("x".repeat(65_536)), 413, "body_too_large"],
])("%s", async (_, body, status, code, param) => {
  const before = await rowsWritten();
  expect(await send(body)).toMatchObject(param === undefined ? { status, code } : { status, code, param });
  expect(await rowsWritten()).toBe(before);
});

it("a key that was only used for refused requests is still free, and the bytes that the others were made of are right", async () => {
  expect((await send(good)).status).toBe(201);
});

it.each(["limit=-1", "limit=0", "limit=101", "limit=1.5", "limit=x", "starting_after=pay_x", "unknown=1"])(
  "a list asked for with %s",
  async (query) => {
    const { status, json } = await shop.client.get(`/v1/payments?${query}`);
    expect([status, json.error.param]).toEqual([400, query.split("=")[0]]);
  },
);
