import { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { STRIPE_PUBLISHABLE_KEY, STRIPE_TEST_KEY } from "./far-side.ts";
import { type StripeDesk, stripeDesk } from "./desk.testing.ts";

/** What the frame sends, and what the shop's page has of it; the rest of both scripts is tried in a browser: test/browser. */
async function typed(desk: StripeDesk, number: string, month = "12") {
  const body = new URLSearchParams({
    type: "card",
    "card[number]": number,
    "card[exp_month]": month,
    "card[exp_year]": "2034",
    "card[cvc]": "123",
  }).toString();
  const headers = { authorization: `Bearer ${STRIPE_PUBLISHABLE_KEY}`, origin: "http://stripe.test" };
  const reply = await desk.far.handle({ method: "POST", path: "/v1/payment_methods", headers, body });
  expect(reply.headers["access-control-allow-origin"]).toBe("*");
  return JSON.parse(reply.body) as { id?: string; error?: Record<string, unknown> };
}

async function page(desk: StripeDesk, path: string) {
  const { body, headers } = await desk.far.handle({ method: "GET", path, headers: {}, body: null });
  return { body, type: headers["content-type"], policy: headers["content-security-policy"] };
}

describe("the stand-in for Stripe's card fields", () => {
  it("makes a payment method of the published test cards alone, which the server then charges", async () => {
    const desk = stripeDesk();
    const { id } = await typed(desk, "4242424242424242");
    expect((await desk.pay(id!)).json).toMatchObject({ status: "succeeded" });
    expect((await typed(desk, "4539578763621486")).error).toMatchObject({ decline_code: "test_mode_live_card" });
    expect((await typed(desk, "4242424242424242", "13")).error).toMatchObject({ code: "invalid_expiry_month" });
  });

  it("is a script, and a frame of its own that runs no other", async () => {
    const desk = stripeDesk();
    expect(await page(desk, "/v3/")).toMatchObject({
      type: "text/javascript; charset=utf-8",
      body: expect.stringContaining("createPaymentMethod"),
    });
    const frame = await page(desk, "/v3/card");
    expect(frame).toMatchObject({ type: "text/html; charset=utf-8", policy: expect.stringContaining("script-src 'self'") });
    expect(frame.body).toContain('autocomplete="cc-number"');
    for (const path of ["/v3/", "/v3/card.js"]) expect(new Script((await page(desk, path)).body), path).toBeDefined();
  });

  it("has a key that opens nothing else", async () => {
    const { ask, pay } = stripeDesk();
    const { json } = await pay("pm_card_visa");
    const headers = { authorization: `Bearer ${STRIPE_PUBLISHABLE_KEY}` };
    expect((await ask("GET", "/v1/balance", {}, headers)).json.error).toMatchObject({ code: "secret_key_required" });
    expect((await ask("POST", "/v1/refunds", { payment_intent: String(json["id"]) }, headers)).status).toBe(403);
    expect((await ask("GET", `/v1/payment_intents/${String(json["id"])}`, {}, headers)).json.error).toMatchObject({
      code: "parameter_missing",
    });
    expect((await ask("GET", "/v1/balance", {}, { authorization: `Bearer ${STRIPE_TEST_KEY}` })).status).toBe(200);
  });

  it("may be called from any page, as a browser asks before", async () => {
    const { far } = stripeDesk();
    const { status, headers } = await far.handle({
      method: "OPTIONS",
      path: "/v1/payment_methods",
      headers: { origin: "https://shop.test" },
      body: null,
    });
    expect([status, headers["access-control-allow-headers"]]).toEqual([204, expect.stringContaining("authorization")]);
  });
});
