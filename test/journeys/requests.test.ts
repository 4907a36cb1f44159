/** Whoever has the id of a request finds out what became of it. */
import { expect, it } from "vitest";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { upi } from "./support/merchant.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

const open = closedAfterEach();

it.each(sampledServers())(
  "requests that changed or refused something are found by their id, by their own merchant ($name)",
  async ({ url }) => {
    const stage = await openStage(url);
    open.push(stage.close);
    const { client } = await stage.merchant();
    const other = await stage.merchant();
    const find = (id: string, by = client) => by.get(`/v1/requests/${id}`);
    const found = (id: string) =>
      waitFor(`request ${id}`, async () => {
        const answer = await find(id);
        return answer.status === 200 ? answer.json : null;
      });
    const made = await client.create({ ...upi("success"), description: "For Asha" }, "k-1");
    const createId = made.headers.get("request-id")!;
    // Written with the payment: there is nothing to wait for.
    expect((await find(createId)).json).toMatchObject({
      object: "request",
      method: "POST",
      route: "/v1/payments",
      status: 201,
      payment_id: made.json.id,
    });
    expect((await find(createId)).json.event_id).toMatch(/^evt_/);
    expect((await find(createId, other.client)).status).toBe(404);

    await client.until(made.json.id, "succeeded");
    const refund = await client.post("/v1/refunds", { payment_id: made.json.id, amount: 10, reason: "too small" });
    expect(await found(refund.headers.get("request-id")!)).toMatchObject({
      route: "/v1/refunds",
      status: 201,
      payment_id: made.json.id,
      resource_id: refund.json.id,
      key_id: expect.stringMatching(/^key_/),
      body: JSON.stringify({ payment_id: made.json.id, amount: 10, reason: "[text, 9 characters]" }),
    });

    const refused = await client.create({ amount: -5, currency: "INR", customer: { email: "asha@example.com" } });
    const refusedId = refused.headers.get("request-id")!;
    expect(await found(refusedId)).toMatchObject({ status: 400, error_code: "invalid_amount", payment_id: null });
    expect(JSON.stringify(await found(refusedId))).not.toContain("asha");
    // Whoever asks in a loop for what is not there yet takes no room of the record: fifty refusals a second are kept of one merchant.
    for (let asked = 0; asked < 60; asked++) expect((await find("req_01KAJ7Q2XKZ3V9M4T8RBN5CHWE")).status).toBe(404);
    const late = await client.post(`/v1/payments/${made.json.id}/capture`, {});
    expect(await found(late.headers.get("request-id")!)).toMatchObject({
      status: 409,
      error_code: "invalid_state",
      subject: made.json.id,
      payment_id: made.json.id,
    });
    const nothing = await client.get("/v1/payments/pay_01KAJ7Q2XKZ3V9M4T8RBN5CHWE");
    expect(await found(nothing.headers.get("request-id")!)).toMatchObject({ method: "GET", status: 404, error_code: "not_found" });
    const replayed = await client.create({ ...upi("success"), description: "For Asha" }, "k-1");
    expect(await found(replayed.headers.get("request-id")!)).toMatchObject({ status: 201, payment_id: made.json.id });
    const read = await client.get(`/v1/payments/${made.json.id}`);
    expect((await find(read.headers.get("request-id")!)).status).toBe(404);
  },
);
