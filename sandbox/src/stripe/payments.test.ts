import { describe, expect, it } from "vitest";
import { RETURN_URL, stripeDesk } from "./desk.testing.ts";

const intents = "/v1/payment_intents";
const key = { "metadata[tillway_key]": "att-key-1" };

describe("a PaymentIntent of the far side", () => {
  it("is created, confirmed and captured at once", async () => {
    const { ask, far, events } = stripeDesk();
    const created = await ask("POST", intents, { amount: 4_500, currency: "inr", ...key });
    expect(created.json).toMatchObject({
      status: "requires_payment_method",
      amount: 4_500,
      currency: "inr",
      metadata: { tillway_key: "att-key-1" },
    });
    const path = `${intents}/${String(created.json["id"])}`;
    const confirmed = await ask("POST", `${path}/confirm`, {
      payment_method: "pm_card_visa",
      return_url: RETURN_URL,
      "expand[0]": "latest_charge",
    });
    expect(confirmed.json).toMatchObject({
      status: "succeeded",
      amount_received: 4_500,
      latest_charge: { object: "charge", captured: true, amount_captured: 4_500, outcome: { type: "authorized" } },
    });
    expect((await ask("GET", path)).json).toMatchObject({ status: "succeeded", latest_charge: expect.stringMatching(/^ch_/) });
    expect(far.book("att-key-1")).toMatchObject({ captured: 4_500, refunded: 0, charges: [{ captured: 4_500 }] });
    expect(await events()).toEqual(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]);
  });

  it("is held, captured in part, and the rest is let go", async () => {
    const { ask, pay, far } = stripeDesk();
    const held = await pay("pm_card_visa", { capture_method: "manual", "expand[0]": "latest_charge", ...key });
    expect(held.json).toMatchObject({
      status: "requires_capture",
      amount_capturable: 4_500,
      amount_received: 0,
      latest_charge: { captured: false, payment_method_details: { card: { capture_before: expect.any(Number) } } },
    });
    const path = `${intents}/${String(held.json["id"])}`;
    expect((await ask("POST", `${path}/capture`, { amount_to_capture: 4_501 })).json.error).toMatchObject({ code: "amount_too_large" });
    expect((await ask("POST", `${path}/capture`, { amount_to_capture: 1_000, final_capture: false })).json.error).toMatchObject({
      param: "final_capture",
    });
    const captured = await ask("POST", `${path}/capture`, { amount_to_capture: 1_000, "expand[0]": "latest_charge" });
    // Stripe counts what was let go as refunded; the books do not.
    expect(captured.json).toMatchObject({
      status: "succeeded",
      amount_received: 1_000,
      amount_capturable: 0,
      latest_charge: { amount_captured: 1_000, amount_refunded: 3_500 },
    });
    expect(far.book("att-key-1")).toMatchObject({ captured: 1_000, refunded: 0 });
    const again = await ask("POST", `${path}/capture`);
    expect([again.status, again.json.error]).toMatchObject([
      400,
      { code: "payment_intent_unexpected_state", payment_intent: { status: "succeeded" } },
    ]);
  });

  it("is captured in parts if that was asked for", async () => {
    const { ask, pay, far } = stripeDesk();
    const multi = { "payment_method_options[card][request_multicapture]": "if_available" };
    const { json } = await pay("pm_card_visa", { capture_method: "manual", ...multi, ...key });
    const path = `${intents}/${String(json["id"])}/capture`;
    expect((await ask("POST", path, { amount_to_capture: 1_000, final_capture: false })).json).toMatchObject({
      status: "requires_capture",
      amount_capturable: 3_500,
      amount_received: 1_000,
    });
    expect((await ask("POST", path, { amount_to_capture: 2_000, final_capture: false })).json).toMatchObject({
      status: "requires_capture",
      amount_capturable: 1_500,
    });
    expect((await ask("POST", path, { amount_to_capture: 1_500 })).json).toMatchObject({ status: "succeeded", amount_received: 4_500 });
    expect(far.book("att-key-1")).toMatchObject({ captured: 4_500 });
  });

  it("of which a part was captured keeps that part when the rest is canceled", async () => {
    const { ask, pay, far } = stripeDesk();
    const multi = { "payment_method_options[card][request_multicapture]": "if_available" };
    const { json } = await pay("pm_card_visa", { capture_method: "manual", ...multi, ...key });
    const path = `${intents}/${String(json["id"])}`;
    await ask("POST", `${path}/capture`, { amount_to_capture: 1_000, final_capture: false });
    expect((await ask("POST", `${path}/cancel`)).json).toMatchObject({ status: "succeeded", amount_received: 1_000, amount_capturable: 0 });
    expect(far.book("att-key-1")).toMatchObject({ captured: 1_000, refunded: 0 });
  });

  it("is canceled, and its hold goes", async () => {
    const { ask, pay, far, events } = stripeDesk();
    const { json } = await pay("pm_card_visa", { capture_method: "manual", ...key });
    const path = `${intents}/${String(json["id"])}`;
    const canceled = await ask("POST", `${path}/cancel`, { cancellation_reason: "abandoned", "expand[0]": "latest_charge" });
    expect(canceled.json).toMatchObject({
      status: "canceled",
      cancellation_reason: "abandoned",
      latest_charge: { refunded: true, captured: false },
    });
    expect((await ask("POST", `${path}/cancel`)).json.error).toMatchObject({ code: "payment_intent_unexpected_state" });
    expect((await ask("POST", `${path}/confirm`)).json.error).toMatchObject({ code: "payment_intent_unexpected_state" });
    expect(far.book("att-key-1")).toMatchObject({ captured: 0, refunded: 0 });
    expect((await events()).slice(-2)).toEqual(["charge.refunded", "payment_intent.canceled"]);
  });

  it("lapses after seven days if nobody captures it", async () => {
    const { ask, pay, clock } = stripeDesk();
    const { json } = await pay("pm_card_visa", { capture_method: "manual" });
    await clock.advance(7 * 24 * 3_600_000);
    expect((await ask("GET", `${intents}/${String(json["id"])}`)).json).toMatchObject({
      status: "canceled",
      cancellation_reason: "automatic",
    });
  });

  it.each([
    ["pm_card_visa_chargeDeclined", "card_declined", "generic_decline", "try_again_later"],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", "try_again_later"],
    ["pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", "do_not_try_again"],
    ["pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", "do_not_try_again"],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "do_not_try_again"],
    ["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "confirm_card_data"],
    ["pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", "try_again_later"],
    ["pm_card_radarBlock", "card_declined", "fraudulent", "do_not_try_again"],
  ])("with %s is declined: %s, %s, %s", async (token, code, decline_code, advice_code) => {
    const { ask, pay, far, events } = stripeDesk();
    const { status, json } = await pay(token, key);
    expect(status).toBe(402);
    const intent = json.error?.["payment_intent"] as Record<string, unknown>;
    expect(json.error).toMatchObject({ type: "card_error", code, decline_code, advice_code, charge: intent["latest_charge"] });
    expect(intent).toMatchObject({ status: "requires_payment_method", payment_method: null, last_payment_error: { code, decline_code } });
    const charge = await ask("GET", `/v1/charges/${String(intent["latest_charge"])}`);
    const isBlocked = decline_code === "fraudulent";
    expect(charge.json).toMatchObject({
      status: "failed",
      paid: false,
      failure_code: code,
      outcome: { type: isBlocked ? "blocked" : "issuer_declined" },
    });
    expect(far.book("att-key-1")).toMatchObject({ captured: 0, charges: [] });
    expect((await events()).slice(-2)).toEqual(["charge.failed", "payment_intent.payment_failed"]);
  });

  it("that was declined can be confirmed again with another card", async () => {
    const { ask, pay } = stripeDesk();
    const { json } = await pay("pm_card_visa_chargeDeclined");
    const { id } = json.error!["payment_intent"] as { id: string };
    const second = await ask("POST", `${intents}/${id}/confirm`, { payment_method: "pm_card_mastercard", return_url: RETURN_URL });
    expect(second.json).toMatchObject({ status: "succeeded", last_payment_error: null });
  });

  it("in processing is decided later by itself", async () => {
    const { ask, pay, clock, events } = stripeDesk({ laterMs: 30_000 });
    const good = await pay("pm_sim_processing");
    const bad = await pay("pm_sim_processing_declined");
    expect([good.json["status"], bad.json["status"]]).toEqual(["processing", "processing"]);
    await clock.advance(30_000);
    expect((await ask("GET", `${intents}/${String(good.json["id"])}`)).json).toMatchObject({ status: "succeeded" });
    expect((await ask("GET", `${intents}/${String(bad.json["id"])}`)).json).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { decline_code: "generic_decline" },
    });
    expect((await events()).slice(-4)).toEqual([
      "charge.succeeded",
      "payment_intent.succeeded",
      "charge.failed",
      "payment_intent.payment_failed",
    ]);
  });
});

describe("3-D Secure at the far side", () => {
  const visit = async (desk: ReturnType<typeof stripeDesk>, token: string, verdict: string) => {
    const { json } = await desk.pay(token, key);
    expect(json).toMatchObject({
      status: "requires_action",
      next_action: { type: "redirect_to_url", redirect_to_url: { return_url: RETURN_URL } },
    });
    const page = new URL((json["next_action"] as { redirect_to_url: { url: string } }).redirect_to_url.url).pathname;
    const shown = await desk.ask("GET", page);
    expect(shown.body).toContain("45.00 inr");
    const target = new RegExp(`action="([^"]*/${verdict})"`).exec(shown.body)![1]!;
    const left = await desk.ask("POST", target);
    expect(left.status).toBe(303);
    const after = await desk.ask("GET", `${intents}/${String(json["id"])}`);
    return { left, after, page, again: await desk.ask("POST", target) };
  };

  it("is passed: the intent moves on and the shopper goes back", async () => {
    const desk = stripeDesk();
    const { left, after, again, page } = await visit(desk, "pm_card_authenticationRequired", "approve");
    const back = new URL(left.headers["location"]!);
    expect([back.host, back.searchParams.get("order"), back.searchParams.get("redirect_status")]).toEqual(["shop.test", "1", "succeeded"]);
    expect(after.json).toMatchObject({ status: "succeeded", next_action: null });
    expect(again.status).toBe(303);
    expect((await desk.ask("GET", page)).body).toContain("This is over");
    expect(desk.far.book("att-key-1")).toMatchObject({ captured: 4_500, charges: [{ captured: 4_500 }] });
    expect((await desk.events()).slice(1)).toEqual(["payment_intent.requires_action", "charge.succeeded", "payment_intent.succeeded"]);
  });

  it("is refused: the intent waits for another payment method", async () => {
    const desk = stripeDesk();
    const { left, after } = await visit(desk, "pm_card_threeDSecure2Required", "refuse");
    expect(left.headers["location"]).toContain("redirect_status=failed");
    expect(after.json).toMatchObject({
      status: "requires_payment_method",
      last_payment_error: { code: "payment_intent_authentication_failure" },
      latest_charge: null,
    });
    expect((await desk.events()).at(-1)).toBe("payment_intent.payment_failed");
  });

  it.each([
    ["pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"],
    ["pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"],
  ])("with %s is passed and then declined: %s", async (token, decline_code) => {
    const { after } = await visit(stripeDesk(), token, "approve");
    expect(after.json).toMatchObject({ status: "requires_payment_method", last_payment_error: { decline_code } });
  });

  it("is not asked for where no shopper is: the card is declined", async () => {
    const { pay } = stripeDesk();
    expect((await pay("pm_card_authenticationRequired", { off_session: true })).json.error).toMatchObject({
      code: "authentication_required",
    });
    expect((await pay("pm_card_authenticationRequired", { error_on_requires_action: true })).json.error).toMatchObject({
      code: "payment_intent_action_required",
    });
  });

  it("has no page for a guess, and none that acts after a cancel", async () => {
    const { ask, pay, far } = stripeDesk();
    const { json } = await pay("pm_card_authenticationRequired", key);
    const id = String(json["id"]);
    expect((await ask("POST", `/3ds/${id}/guess/approve`)).status).toBe(404);
    expect((await ask("POST", `/3ds/${id}//approve`)).status).toBe(404);
    expect((await ask("GET", `${intents}/${id}`)).json).toMatchObject({ status: "requires_action" });
    const page = new URL((json["next_action"] as { redirect_to_url: { url: string } }).redirect_to_url.url).pathname;
    await ask("POST", `${intents}/${id}/cancel`);
    expect((await ask("POST", `${page}/approve`)).status).toBe(409);
    expect(far.book("att-key-1")).toMatchObject({ status: "canceled", captured: 0 });
  });
});
