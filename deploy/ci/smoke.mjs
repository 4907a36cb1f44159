// A payment at a Tillway that runs, as a shop would make it: with a merchant of its own, so it meets nobody's data.
import { randomUUID } from "node:crypto";

const [url] = process.argv.slice(2);
const operatorKey = process.env["TILLWAY_OPERATOR_KEY"];
if (url === undefined || !operatorKey) {
  console.error("Usage: TILLWAY_OPERATOR_KEY=… deploy/ci/smoke.sh http://localhost:8000");
  process.exit(2);
}
const ANSWER_MS = 30_000;
const PATIENCE_MS = 120_000;

/** @param {string} path @param {Record<string, string>} headers @param {object} [body] */
async function ask(path, headers, body) {
  const answer = await fetch(new URL(path, url), {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 500)}`);
  return { text, json: JSON.parse(text) };
}

/** Asks for this until its status is the one that is waited for. @param {string} path @param {Record<string, string>} keys */
async function untilSucceeded(path, keys) {
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; await new Promise((next) => setTimeout(next, 500))) {
    const { json } = await ask(path, keys);
    if (json.status === "succeeded") return json;
    if (["failed", "canceled"].includes(json.status) || Date.now() > giveUpAt) throw new Error(`${path} is ${json.status}`);
  }
}

/** @param {boolean} isSo @param {string} what */
function must(isSo, what) {
  if (!isSo) throw new Error(`it does not hold that ${what}`);
  console.log(`ok  ${what}`);
}

const run = randomUUID();
const merchant = (
  await ask("/v1/merchants", { authorization: `Bearer ${operatorKey}` }, { name: "Smoke test", email: `smoke-${run}@shop.example` })
).json;
const keys = { "x-api-key": merchant.api_key.key, "x-api-secret": merchant.api_key.secret };
const order = {
  amount: 49_900,
  currency: "INR",
  method: "card",
  card: { number: "4242424242424242", expiry_month: 12, expiry_year: 2040, cvv: "123" },
};
const made = await ask("/v1/payments", { ...keys, "idempotency-key": run }, order);
const paid = await untilSucceeded(`/v1/payments/${made.json.id}`, keys);
must(paid.amount_captured === order.amount, "the payment succeeded, with its whole amount");
const repeated = await ask("/v1/payments", { ...keys, "idempotency-key": run }, order);
must(repeated.text === made.text, "the same request gets the same bytes");
const all = (await ask("/v1/payments?limit=10", keys)).json.data;
must(all.length === 1, "there is one payment");
const refund = (await ask("/v1/refunds", { ...keys, "idempotency-key": `${run}-back` }, { payment_id: made.json.id, amount: 900 })).json;
await untilSucceeded(`/v1/refunds/${refund.id}`, keys);
must((await ask(`/v1/payments/${made.json.id}`, keys)).json.amount_refunded === 900, "a part of it was given back");
