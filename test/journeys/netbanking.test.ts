/**
 * Net banking over each connector that takes it, on real parts: both gateways behind HTTP, one merchant with an account at each, and the bank
 * that the shopper names decides which of them is used. On one database only: nothing of it is the database's.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRazorpayFarSide, startGatewayServer, type RazorpayFarSide } from "../../sandbox/src/index.ts";
import { createHttp } from "../../server/src/net/http.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json, Merchant } from "./support/merchant.ts";
import { freePort } from "./support/ports.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

const credentials = { key_id: "rzp_test_banks", key_secret: "key-secret-of-banks", webhook_secret: "webhooks-of-banks" };
const customer = { email: "asha@example.com", phone: "+919999999999" };
const stops: (() => unknown)[] = [];
let far: RazorpayFarSide;
let shop: Merchant;

beforeAll(async () => {
  const port = await freePort();
  const farUrl = `http://127.0.0.1:${port}`;
  const http = createHttp();
  stops.push(() => http.close());
  far = createRazorpayFarSide({ clock: machineClock(), http, publicUrl: farUrl });
  stops.push(() => far.close());
  const server = await startGatewayServer(far, { port });
  stops.push(() => server.close());
  const stage = await openStage(databaseServers()[0]!.url, { RAZORPAY_URL: farUrl });
  stops.push(() => stage.close());
  shop = (await stage.merchant()).client;
  const { json } = await shop.post("/v1/connector-accounts", { connector: "razorpay", name: "Razorpay", credentials });
  const { key_id, key_secret, webhook_secret: secret } = credentials;
  await fetch(`${farUrl}/_webhooks`, { method: "POST", body: JSON.stringify({ key_id, key_secret, url: json.webhook_url, secret }) });
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const by = (bank: string, more: object = {}): object => ({
  amount: 50_000,
  currency: "INR",
  method: "netbanking",
  netbanking: { bank },
  return_url: "https://shop.example/back",
  customer,
  confirm: true,
  ...more,
});

/** On the page of the gateway's bank. */
const answers: Readonly<Record<string, (page: string, pays: boolean) => Promise<Response>>> = {
  sandbox: (page, pays) => fetch(`${page}/${pays ? "complete" : "fail"}`, { method: "POST", redirect: "manual" }),
  razorpay: (page, pays) => fetch(page, { method: "POST", body: `answer=${pays ? "success" : "failure"}` }),
};

async function atPage(
  connector: string,
  bank: string,
  more: object = {},
): Promise<{ id: string; answer: (pays: boolean) => Promise<void> }> {
  const { status, json } = await shop.create(by(bank, more));
  expect([status, json]).toMatchObject([
    201,
    { status: "requires_action", netbanking: { bank }, next_action: { type: "redirect" }, attempts: [{ connector }] },
  ]);
  const page = await fetch(json.next_action.url);
  expect([page.status, await page.text()]).toMatchObject([200, expect.stringContaining("50000")]);
  return { id: json.id, answer: async (pays) => void (await answers[connector]!(json.next_action.url, pays)) };
}

it.each([
  ["sandbox", "SANDBOX", true, "succeeded", null],
  ["sandbox", "SANDBOX", false, "failed", "authentication_failed"],
  ["sandbox", "SANDBOX_REFUSING", true, "failed", "bank_declined"],
  ["razorpay", "HDFC", true, "succeeded", null],
  ["razorpay", "HDFC", false, "failed", "bank_declined"],
])("%s: at the page of %s, where the shopper pays (%s), it has %s with %s", async (connector, bank, pays, status, code) => {
  const { id, answer } = await atPage(connector, bank);
  await answer(pays);
  const payment = await shop.until(id, status);
  expect(payment.error?.decline_code ?? null).toBe(code);
  expect(payment.amount_captured).toBe(status === "succeeded" ? 50_000 : 0);
});

it.each([
  ["sandbox", "SANDBOX"],
  ["razorpay", "SBIN"],
])("%s: is held, captured and given back", async (connector, bank) => {
  const { id, answer } = await atPage(connector, bank, { capture_method: "manual" });
  await answer(true);
  await shop.until(id, "authorized");
  expect((await shop.post(`/v1/payments/${id}/capture`, {})).json).toMatchObject({ status: "succeeded", amount_captured: 50_000 });
  const refund = (await shop.post("/v1/refunds", { payment_id: id })).json;
  await waitFor("the refund", async () => ((await shop.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded" ? true : null));
});

it("a bank without a page is waited for", async () => {
  const { json } = await shop.create(by("SANDBOX_SLOW", { confirm: undefined }));
  await shop.until(json.id, "processing");
  await shop.until(json.id, "succeeded");
});

it("a bank that no gateway takes is refused before anything is written, and the form lists those that are taken", async () => {
  const refused = await shop.create(by("NOBANK"));
  expect([refused.status, refused.json.error]).toMatchObject([422, { code: "unsupported_method", param: "method" }]);
  expect(refused.json.error.message).toMatch(/sandbox: it knows no bank NOBANK\. razorpay: it knows no bank NOBANK\./);
  const { data } = (await shop.get("/v1/payment-methods")).json;
  const offer = data.find(({ type }: Json) => type === "netbanking");
  expect(offer).toMatchObject({ label: "Net banking", next_actions: ["redirect"] });
  expect(offer.accounts.map(({ connector, forms }: Json) => [connector, forms])).toEqual([
    ["sandbox", [["bank"]]],
    ["razorpay", [["bank"]]],
  ]);
  const [field] = offer.fields;
  expect(field).toMatchObject({ name: "bank", label: "Bank", options: expect.arrayContaining([{ value: "HDFC", label: "HDFC Bank" }]) });
  const made = await Promise.all(
    ["SANDBOX", "HDFC"].map(async (bank) => {
      expect(field.options.map(({ value }: Json) => value)).toContain(bank);
      return (await shop.create(by(bank, { confirm: false }))).status;
    }),
  );
  expect(made).toEqual([201, 201]);
});
