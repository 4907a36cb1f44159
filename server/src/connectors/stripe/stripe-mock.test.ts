/**
 * Stripe's own mock judges the form of each kind of request that the connector sends. It keeps nothing, drops metadata and answers its own
 * examples, so only the status counts here; what answers mean is tried on our far side.
 */
import { afterAll, expect, it } from "vitest";
import { needs } from "../../../../test/support/require-services.ts";
import type { Call, Connector, Reply } from "../../core/ports/connector.ts";
import type { HttpPort } from "../../core/ports/http.ts";
import { START } from "../../core/rows.testing.ts";
import { createHttp } from "../../net/http.ts";
import { createStripeConnector } from "./connector.ts";
import { aCall, account } from "./stub.testing.ts";

const mock = needs("stripe-mock", process.env["STRIPE_MOCK_URL"]);

mock.describe("Stripe's own mock takes", () => {
  // That of the attempts: what was sent long ago is not looked for in the list.
  const clock = { now: () => START, sleep: async () => {} };
  const real = createHttp();
  afterAll(() => real.close());
  const lines: string[] = [];
  const http: HttpPort = {
    async send(request) {
      const result = await real.send(request);
      const path = new URL(request.url).pathname.replace(/\/(pi|re)_\w+/, "/$1");
      lines.push(`${request.method} ${path} ${result.kind === "answer" ? result.status : result.reason}`);
      return result;
    },
  };
  const connector = createStripeConnector({ http, baseUrl: mock.url, clock });
  const of = (operation: "charge" | "capture" | "void" | "refund", given: Partial<Call> = {}): Call =>
    aCall(
      { operation, parentReference: operation === "charge" ? null : "pi_1", gatewayReference: "pi_1" },
      { account, sendBefore: null, ...given },
    );

  const spoken: Partial<Call> = {
    account: { ...account, credentials: { ...account.credentials, receipts: "stripe" } },
    customer: { email: "asha@example.com" },
    description: "Order 7, two shirts & socks",
    metadata: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`a name.${n}`, `Grüße & ${n}`])),
  };
  const INTENTS = "/v1/payment_intents";
  it.each<[string, (stripe: Connector) => Promise<Reply>, string[]]>([
    ["a charge", (stripe) => stripe.send(of("charge")), [`POST ${INTENTS}`, `POST ${INTENTS}/pi/confirm`]],
    [
      "one that is held, without a way back",
      (stripe) => stripe.send(of("charge", { captureMethod: "manual", returnUrl: null })),
      [`POST ${INTENTS}`, `POST ${INTENTS}/pi/confirm`],
    ],
    ["one with its merchant's words", (stripe) => stripe.send(of("charge", spoken)), [`POST ${INTENTS}`, `POST ${INTENTS}/pi/confirm`]],
    ["a capture", (stripe) => stripe.send(of("capture")), [`POST ${INTENTS}/pi/capture`]],
    ["a void", (stripe) => stripe.send(of("void")), [`POST ${INTENTS}/pi/cancel`]],
    ["a refund", (stripe) => stripe.send(of("refund")), ["POST /v1/refunds"]],
    ["a cancel", (stripe) => stripe.cancel(of("charge")), [`POST ${INTENTS}/pi/cancel`]],
    ["a question by id", (stripe) => stripe.retrieve(of("charge"), "pi_1"), [`GET ${INTENTS}/pi`]],
    ["a question about a refund by id", (stripe) => stripe.retrieve(of("refund"), "re_1"), ["GET /v1/refunds/re"]],
    // The mock answers the search with nothing of ours, and lists with one example.
    ["a question by key", (stripe) => stripe.find(of("charge")), [`GET ${INTENTS}/search`, `GET ${INTENTS}`]],
    ["a question about a refund by key", (stripe) => stripe.find(of("refund")), ["GET /v1/refunds"]],
  ])("%s", async (_, ask, wanted) => {
    lines.length = 0;
    await ask(connector);
    expect(lines).toEqual(wanted.map((line) => `${line} 200`));
  });
});
