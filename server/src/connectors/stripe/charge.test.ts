import { describe, expect, it } from "vitest";
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { START } from "../../core/rows.testing.ts";
import type { Shown } from "../exchange.ts";
import { aCall, anIntent, canceled, failed, fresh, ID, KEY, lost, no, ok, ours, stripeSaying, succeeded, unsent } from "./stub.testing.ts";

const CREATE = "POST /v1/payment_intents";
const CONFIRM = `POST /v1/payment_intents/${ID}/confirm`;

const again: Partial<Attempt> = { sends: 2, questions: 1 };
const declinedError = { type: "card_error", code: "card_declined", decline_code: "generic_decline", payment_intent: failed };
const unexpected = (intent: Shown): Shown => ({
  type: "invalid_request_error",
  code: "payment_intent_unexpected_state",
  payment_intent: intent,
});
const badRequest = { type: "invalid_request_error", code: "parameter_invalid_empty", message: "No." };
const serverError = { type: "api_error", message: "Something went wrong." };

describe("a charge", () => {
  it("is created and then confirmed, each under a key of its own that follows from ours", async () => {
    const stripe = stripeSaying(ok(fresh), ok(succeeded));
    const { outcome, exchanges } = await stripe.connector.send(aCall());
    expect(outcome).toEqual({ kind: "succeeded", reference: ID, figures: { amount: 1_000, currency: "INR" } });
    expect(exchanges.map((one) => [one.kind, one.status])).toEqual([
      ["send", 200],
      ["send", 200],
    ]);
    expect(stripe.seen).toMatchObject([
      {
        line: CREATE,
        key: KEY,
        notAfter: START + 10_000,
        form: {
          amount: "1000",
          currency: "inr",
          capture_method: "automatic",
          metadata: ours,
          allowed_payment_method_types: ["card"],
        },
      },
      {
        line: CONFIRM,
        key: `${KEY}-confirm`,
        notAfter: START + 10_000,
        form: { payment_method: "pm_card_visa", return_url: "https://shop.example/back", expand: ["latest_charge"] },
      },
    ]);
    expect(stripe.seen[0]!.form).not.toHaveProperty("confirm");
    expect(stripe.seen[1]!.form).not.toHaveProperty("error_on_requires_action");
  });

  it("whose shopper could not come back from the bank's page is declined rather than left waiting for a challenge", async () => {
    const stripe = stripeSaying(ok(fresh), no(402, { type: "card_error", code: "authentication_required", payment_intent: failed }));
    await stripe.connector.send(aCall({}, { returnUrl: null }));
    expect(stripe.seen[1]!.form).toMatchObject({ error_on_requires_action: "true" });
    expect(stripe.seen[1]!.form).not.toHaveProperty("return_url");
  });

  it.each<[string, Partial<Attempt>, string]>([
    ["that is more than eight digits", { amount: 100_000_000 }, "invalid_amount"],
    ["with a third decimal that is not 0", { amount: 1_001, currency: "KWD" }, "invalid_amount"],
    ["with hundredths of ariary", { amount: 1_050, currency: "MGA" }, "invalid_amount"],
  ])("%s is refused before anything leaves", async (_, attempt, code) => {
    const stripe = stripeSaying();
    const { outcome, exchanges } = await stripe.connector.send(aCall(attempt));
    expect([outcome, exchanges]).toMatchObject([{ kind: "rejected", code }, []]);
  });

  it("in a currency that Stripe counts differently is sent and read in Stripe's units", async () => {
    const stripe = stripeSaying(ok(fresh), ok(anIntent({ status: "succeeded", currency: "ugx", amount_received: 500_000 })));
    const { outcome } = await stripe.connector.send(aCall({ amount: 5_000, currency: "UGX" }));
    expect(stripe.seen[0]!.form).toMatchObject({ amount: "500000", currency: "ugx" });
    expect(outcome).toMatchObject({ figures: { amount: 5_000, currency: "UGX" } });
  });
});

/** First send unless the attempt says otherwise. What was proven about money is in the outcome; what was not must be `unknown` or `pending`. */
describe("what is known of a charge when something between the two requests is lost", () => {
  const cases: [string, Partial<Attempt>, HttpResult[], Partial<Outcome>][] = [
    ["the create never left", {}, [unsent], { kind: "not_sent" }],
    ["the create never left, at a re-send", again, [unsent], { kind: "unknown", reference: null }],
    ["the create is lost", {}, [lost], { kind: "unknown", reference: null, storedError: false }],
    ["the create met a 500 that is stored", {}, [no(500, serverError)], { kind: "unknown", reference: null, storedError: true }],
    [
      "the create met a 500 after which Stripe wants it again",
      {},
      [no(500, serverError, { "stripe-should-retry": "true" })],
      { kind: "unknown", storedError: false },
    ],
    ["the create met a proxy's page", {}, [no(502, "<html>")], { kind: "unknown", storedError: false }],
    ["the create met a proxy's JSON", {}, [no(403, '{"message":"blocked"}')], { kind: "unknown" }],
    ["the create was redirected", {}, [{ ...ok({}), status: 307 } as HttpResult], { kind: "unknown" }],
    ["the create was refused", {}, [no(400, badRequest)], { kind: "rejected", code: "parameter_invalid_empty" }],
    ["the create was refused at a re-send", again, [no(400, badRequest)], { kind: "unknown", reference: null }],
    ["the key of the account is wrong", {}, [no(401, { type: "invalid_request_error" })], { kind: "rejected" }],
    [
      "the first create is still running",
      {},
      [no(409, { type: "idempotency_error", code: "idempotency_key_in_use" })],
      { kind: "unknown" },
    ],
    ["the key was used for another amount", {}, [no(400, { type: "idempotency_error" })], { kind: "pending", reference: null }],
    ["the create was throttled", {}, [no(429, { code: "rate_limit" }, { "retry-after": "2" })], { kind: "throttled", retryAfterMs: 2_000 }],
    ["… for good", {}, [no(429, { code: "rate_limit" }, { "stripe-should-retry": "false" })], { kind: "rejected", code: "rate_limit" }],
    ["the confirm never left", {}, [ok(fresh), unsent], { kind: "not_sent" }],
    ["the confirm never left, at a re-send", again, [ok(fresh), unsent], { kind: "unknown", reference: ID }],
    ["the confirm is lost", {}, [ok(fresh), lost], { kind: "unknown", reference: ID, storedError: false }],
    ["the confirm met a stored 500", {}, [ok(fresh), no(500, serverError)], { kind: "unknown", reference: ID, storedError: true }],
    ["the confirm is still running", again, [ok(fresh), no(409, { type: "idempotency_error" })], { kind: "unknown", reference: ID }],
    ["the confirm was throttled", {}, [ok(fresh), no(429, { code: "lock_timeout" })], { kind: "throttled" }],
    ["the confirm was throttled at a re-send", again, [ok(fresh), no(429, { code: "lock_timeout" })], { kind: "unknown", reference: ID }],
    ["the confirm was refused", {}, [ok(fresh), no(400, { ...badRequest, payment_intent: fresh })], { kind: "rejected" }],
    ["the confirm was refused at a re-send", again, [ok(fresh), no(400, badRequest)], { kind: "unknown", reference: ID }],
    ["the bank declined", {}, [ok(fresh), no(402, declinedError)], { kind: "declined", reference: ID, declineCode: "card_declined" }],
    ["the bank had declined, at a re-send", again, [ok(fresh), no(402, declinedError)], { kind: "declined", reference: ID }],
    ["a decline shows no intent", {}, [ok(fresh), no(402, { code: "expired_card" })], { kind: "declined", declineCode: "expired_card" }],
    ["it had succeeded before", again, [ok(fresh), no(400, unexpected(succeeded))], { kind: "succeeded", reference: ID }],
    ["it was canceled before", again, [ok(fresh), no(400, unexpected(canceled))], { kind: "canceled", reference: ID }],
    ["it was confirmed and looks as if not", {}, [ok(fresh), ok(fresh)], { kind: "unknown", reference: ID }],
    [
      "the answer is another attempt's",
      {},
      [ok(fresh), ok(anIntent({ metadata: { tillway_key: "other" }, status: "succeeded" }))],
      {
        kind: "unknown",
        mismatch: `key other instead of ${KEY}`,
      },
    ],
    [
      "the answer is another account's",
      {},
      [ok(fresh), ok(anIntent({ metadata: { ...ours, tillway_account: "acc_2" }, status: "succeeded" }))],
      { kind: "unknown", mismatch: `account acc_2 instead of ${ours.tillway_account}` },
    ],
    ["the answer names no key", {}, [ok(fresh), ok(anIntent({ metadata: {}, status: "succeeded" }))], { kind: "unknown" }],
  ];

  it.each(cases)("%s", async (_, attempt, answers, wanted) => {
    const stripe = stripeSaying(...answers);
    const { outcome, exchanges } = await stripe.connector.send(aCall(attempt));
    expect(outcome).toMatchObject(wanted);
    expect(exchanges).toHaveLength(answers.length);
  });
});

describe("evidence", () => {
  it("holds neither the secret key nor a client secret", async () => {
    const secret = "pi_1_secret_abcdef";
    const action = { type: "redirect_to_url", redirect_to_url: { url: `https://hooks.stripe.com/3ds?client_secret=${secret}&x=1` } };
    const stripe = stripeSaying(
      ok({ ...fresh, client_secret: secret }),
      ok(anIntent({ status: "requires_action", next_action: action, client_secret: secret })),
    );
    const { outcome, exchanges } = await stripe.connector.send(aCall());
    expect(outcome).toMatchObject({ nextAction: { url: expect.stringContaining(secret) } });
    expect(JSON.stringify(exchanges)).not.toMatch(/secret_abcdef|sk_test/);
  });
});
