/** Captures in parts and refunds, on real parts: HTTP, PostgreSQL, worker, sandbox. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { patiently, upi, type Json, type Merchant } from "./support/merchant.ts";
import { eventOf, startReceiver, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const held = upi("success", { capture_method: "manual", confirm: true });

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let receiver: Receiver;
  let shop: Merchant;
  let stranger: Merchant;

  beforeAll(async () => {
    stage = await openStage(serverUrl);
    receiver = await startReceiver((response) => response.writeHead(200).end());
    shop = (await stage.merchant(receiver.url)).client;
    stranger = (await stage.merchant()).client;
  });
  afterAll(async () => {
    await stage?.close();
    await receiver?.close();
  });

  const refundIs = (id: string, status: string): Promise<Json> =>
    waitFor(`refund ${id} to be ${status}`, async () => {
      const { json } = await shop.get(`/v1/refunds/${id}`);
      return json.status === status ? json : null;
    });

  it("a hold is captured in two parts, the rest released, and all of it given back in two refunds", async () => {
    const { id } = (await shop.create(held)).json;
    const part = (await shop.post(`/v1/payments/${id}/capture`, { amount: 20_000 })).json;
    expect(part).toMatchObject({ status: "authorized", amount_captured: 20_000, finalized_at: null });
    await shop.post(`/v1/payments/${id}/capture`, { amount: 10_000, final: true });
    const done = await shop.until(id, "succeeded");
    expect(done).toMatchObject({ amount_authorized: 50_000, amount_captured: 30_000, finalized_at: expect.any(String) });
    expect(done.succeeded_attempt_id).toBe(done.attempts[0].id);
    const first = await shop.post("/v1/refunds", { payment_id: id, amount: 5_000, reason: "damaged" }, "refund 1");
    expect([first.status, first.json]).toMatchObject([201, { object: "refund", status: "pending", amount: 5_000, reason: "damaged" }]);
    expect((await shop.post("/v1/refunds", { payment_id: id, amount: 5_000, reason: "damaged" }, "refund 1")).text).toBe(first.text);
    const tooMuch = await shop.post("/v1/refunds", { payment_id: id, amount: 25_001 });
    expect([tooMuch.status, tooMuch.json.error]).toMatchObject([422, { code: "amount_too_large", param: "amount", payment_id: id }]);
    const second = await shop.post("/v1/refunds", { payment_id: id });
    await refundIs(first.json.id, "succeeded");
    expect(await refundIs(second.json.id, "succeeded")).toMatchObject({ amount: 25_000, processed_at: expect.any(String) });
    expect(await shop.payment(id)).toMatchObject({
      status: "succeeded",
      amount_refunded: 30_000,
      refunds: [{ amount: 5_000 }, { amount: 25_000 }],
    });
    expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(0);
    // A list shows a row once all that was begun before it has ended (decision 0034): a webhook may be on its way.
    const listed = async () => (await shop.get(`/v1/refunds?payment_id=${id}`)).json.data as Json[];
    await waitFor("both in the list", async () => (await listed()).length === 2);
    expect((await listed()).map((refund) => refund.amount)).toEqual([25_000, 5_000]);
    const types = [
      "payment.authorized",
      "payment.captured",
      "payment.captured",
      "payment.succeeded",
      "refund.created",
      "refund.created",
      "refund.succeeded",
      "refund.succeeded",
    ];
    await waitFor("its webhooks", () => typesAbout(id).length >= types.length);
    expect(typesAbout(id).sort()).toEqual(types);
  });

  const typesAbout = (id: string): string[] =>
    receiver.received
      .map(eventOf)
      .filter(({ data }) => data.id === id || data.payment_id === id)
      .map(({ type }) => type);

  it("the timeline has requests, decisions, exchanges, events, webhooks, and one sentence on top", async () => {
    const { id } = (await shop.create(held)).json;
    await shop.post(`/v1/payments/${id}/capture`, { amount: 60_000 });
    await shop.post(`/v1/payments/${id}/capture`, { amount: 20_000 });
    const timeline = await waitFor("its requests and webhooks", async () => {
      const { json } = await shop.get(`/v1/payments/${id}/timeline`);
      const kinds = new Set(json.entries.map((entry: Json) => entry.kind));
      const asked = json.entries.filter((entry: Json) => entry.kind === "request").length;
      return kinds.has("delivery") && asked === 3 ? json : null;
    });
    expect(timeline).toMatchObject({ object: "timeline", payment_id: id, status: "authorized", has_more: false });
    expect(timeline.summary).toMatch(/^300\.00 INR is held at sandbox: .* 200\.00 INR was captured\.$/);
    const texts = timeline.entries.map((entry: Json) => entry.text);
    expect(texts).toContain("POST /v1/payments/:id/capture: 422 amount_too_large.");
    expect(texts).toContain("Capture 1 ended as succeeded.");
    const exchange = timeline.entries.find((entry: Json) => entry.kind === "exchange");
    expect([exchange.details.request, exchange.details.response]).toEqual([expect.any(String), expect.any(String)]);
    expect(JSON.stringify(timeline)).not.toContain("Bearer");
    expect((await stranger.get(`/v1/payments/${id}/timeline`)).status).toBe(404);
  });

  it("a refund of somebody else's payment is not found, and neither is the refund", async () => {
    const { id } = (await shop.create(upi("success", { confirm: true }))).json;
    const refund = (await shop.post("/v1/refunds", { payment_id: id, amount: 1 })).json;
    const foreign = await stranger.post("/v1/refunds", { payment_id: id });
    expect([foreign.status, foreign.json.error]).toMatchObject([404, { code: "not_found", param: "payment_id" }]);
    expect((await stranger.get(`/v1/refunds/${refund.id}`)).status).toBe(404);
    expect((await stranger.get("/v1/refunds")).json.data).toEqual([]);
  });

  it.each([
    ["amount", 0],
    ["amount", -1],
    ["amount", 1.5],
    ["amount", "1"],
    ["reason", "card 4242 4242 4242 4242"],
    ["payment_id", "pay_1"],
  ])("a refund whose %s is %j is refused by name", async (field, value) => {
    const answer = await shop.post("/v1/refunds", { payment_id: `pay_${"0".repeat(26)}`, [field]: value });
    expect([answer.status, answer.json.error.param]).toEqual([field === "payment_id" ? 404 : 400, field]);
  });

  it("a case is got and resolved by a person, once; a repeat under the key gets the same answer", async () => {
    const { id } = (await shop.create(upi("wrong-amount"))).json;
    const [mark] = await waitFor("the case", async () => {
      const { open_cases: open } = await shop.payment(id);
      return open.length > 0 ? open : null;
    });
    const cases = async () => (await shop.get(`/v1/cases?payment_id=${id}&kind=mismatched_answer`)).json.data as Json[];
    await waitFor("its case in the list", async () => (await cases()).length > 0);
    expect((await cases()).map((row) => row.id)).toEqual([mark.id]);
    expect((await shop.get(`/v1/cases/${mark.id}`)).json).toMatchObject({ status: "open", payment_id: id, what_to_do: expect.any(String) });
    const said = { reason: "corrected at the gateway", by: "Ann" };
    const resolved = await shop.post(`/v1/cases/${mark.id}/resolve`, said, "case 1");
    expect([resolved.status, resolved.json]).toMatchObject([200, { status: "resolved", resolved_by: "person", resolved_by_name: "Ann" }]);
    expect((await shop.post(`/v1/cases/${mark.id}/resolve`, said, "case 1")).text).toBe(resolved.text);
    expect((await shop.post(`/v1/cases/${mark.id}/resolve`, said)).json.error.code).toBe("invalid_state");
    expect((await shop.post(`/v1/cases/${mark.id}/resolve`, { by: "Ann" })).json.error).toMatchObject({
      code: "missing_field",
      param: "reason",
    });
    expect((await stranger.post(`/v1/cases/${mark.id}/resolve`, said)).status).toBe(404);
    await waitFor("its webhook", () =>
      receiver.received.map(eventOf).some(({ type, data }) => type === "case.opened" && data.id === mark.id),
    );
  });

  it("64 full refunds at once give back what was captured, once", async () => {
    const { id } = (await shop.create(upi("success", { confirm: true }))).json;
    const answers = await Promise.all(Array.from({ length: 64 }, () => patiently(() => shop.post("/v1/refunds", { payment_id: id }))));
    const accepted = answers.filter((answer) => answer.status === 201);
    expect(accepted).toHaveLength(1);
    await refundIs(accepted[0]!.json.id, "succeeded");
    expect(await shop.payment(id)).toMatchObject({ amount_captured: 50_000, amount_refunded: 50_000 });
    expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(0);
  });
});
