import { describe, expect, it } from "vitest";
import { stripeDesk } from "./desk.testing.ts";

const key = { "metadata[tillway_key]": "k" };

describe("a refund at the far side", () => {
  it("is made in parts up to what was captured", async () => {
    const { ask, pay, far, events } = stripeDesk();
    const { json } = await pay("pm_card_visa", key);
    const refund = (amount: number) =>
      ask("POST", "/v1/refunds", { payment_intent: String(json["id"]), amount, reason: "requested_by_customer" });
    expect((await refund(1_500)).json).toMatchObject({
      status: "succeeded",
      amount: 1_500,
      payment_intent: json["id"],
      charge: json["latest_charge"],
    });
    const tooMuch = await refund(3_001);
    expect([tooMuch.status, tooMuch.json.error]).toMatchObject([400, { param: "amount" }]);
    expect((await refund(3_000)).status).toBe(200);
    expect((await refund(1)).json.error).toMatchObject({ code: "charge_already_refunded" });
    expect(far.book("k")).toMatchObject({ captured: 4_500, refunded: 4_500 });
    const list = await ask("GET", "/v1/refunds", { charge: String(json["latest_charge"]), limit: 1 });
    expect(list.json).toMatchObject({ has_more: true, data: [{ amount: 3_000 }] });
    expect((await ask("GET", `/v1/charges/${String(json["latest_charge"])}`)).json).toMatchObject({
      refunded: true,
      amount_refunded: 4_500,
    });
    expect((await events()).slice(-2)).toEqual(["refund.created", "charge.refunded"]);
  });

  it("says succeeded and fails later with pm_card_refundFail", async () => {
    const { ask, pay, far, clock, events } = stripeDesk({ laterMs: 5_000 });
    const { json } = await pay("pm_card_refundFail", key);
    const refund = await ask("POST", "/v1/refunds", { charge: String(json["latest_charge"]) });
    expect([refund.json["status"], far.book("k")?.refunded]).toEqual(["succeeded", 4_500]);
    await clock.advance(5_000);
    expect((await ask("GET", `/v1/refunds/${String(refund.json["id"])}`)).json).toMatchObject({
      status: "failed",
      failure_reason: "expired_or_canceled_card",
    });
    expect(far.book("k")?.refunded).toBe(0);
    expect((await events()).slice(-3)).toEqual(["refund.failed", "refund.updated", "charge.refund.updated"]);
  });

  it("is pending for a while with pm_card_pendingRefund", async () => {
    const { ask, pay, far, clock } = stripeDesk({ laterMs: 5_000 });
    const { json } = await pay("pm_card_pendingRefund", key);
    const { json: refund } = await ask("POST", "/v1/refunds", { payment_intent: String(json["id"]) });
    expect(refund).toMatchObject({ status: "pending", pending_reason: "processing" });
    await clock.advance(5_000);
    expect((await ask("GET", `/v1/refunds/${String(refund["id"])}`)).json).toMatchObject({ status: "succeeded" });
    expect(far.book("k")?.refunded).toBe(4_500);
  });

  it.each([
    ["jpy", "4500 jpy"],
    ["bhd", "4.500 bhd"],
    ["ugx", "45.00 ugx"],
  ])("beyond what is left is refused in the decimals that Stripe gives %s", async (currency, amount) => {
    const { ask, pay } = stripeDesk();
    const { json } = await pay("pm_card_visa", { currency });
    const { json: refused } = await ask("POST", "/v1/refunds", { payment_intent: String(json["id"]), amount: 9_000 });
    expect(refused.error?.["message"]).toContain(`unrefunded amount on charge (${amount})`);
  });

  it("is refused of what was not taken, and names what is missing", async () => {
    const { ask, pay } = stripeDesk();
    const held = await pay("pm_card_visa", { capture_method: "manual" });
    const of = async (params: Record<string, string>) => (await ask("POST", "/v1/refunds", params)).json.error;
    expect(await of({ payment_intent: String(held.json["id"]) })).toMatchObject({ code: "charge_not_refundable" });
    expect(await of({ payment_intent: "pi_none" })).toMatchObject({ code: "resource_missing", param: "payment_intent" });
    expect(await of({})).toMatchObject({ code: "parameter_missing" });
    const refused = String((await pay("pm_sim_refund_refused")).json["id"]);
    expect((await ask("POST", "/v1/refunds", { payment_intent: refused })).json).toMatchObject({ status: "failed" });
  });
});
