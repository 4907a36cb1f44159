/** Merchants and their payments, on real parts in one process: HTTP, PostgreSQL, worker, sandbox, receiver. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { card, patiently, upi, type Answer, type Merchant } from "./support/merchant.ts";
import { startReceiver, eventsAt, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const SUCCESS = "4242424242424242";

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let receiver: Receiver;
  let shop: Merchant;
  let stranger: Merchant;

  beforeAll(async () => {
    stage = await openStage(serverUrl, { SANDBOX_DELAY_MS: "300" });
    receiver = await startReceiver((response) => response.writeHead(200).end());
    shop = (await stage.merchant(receiver.url)).client;
    stranger = (await stage.merchant()).client;
  });
  afterAll(async () => {
    await stage?.close();
    await receiver?.close();
  });

  const count = (sql: string, ...values: unknown[]): Promise<number> =>
    connect(stage.databaseUrl, async (client) => (await client.query<{ n: number }>(sql, values)).rows[0]!.n);
  const at200 = (body: object, key: string): Promise<Answer[]> =>
    Promise.all(Array.from({ length: 200 }, () => patiently(() => shop.create(body, key))));

  describe("200 equal requests at once", () => {
    it.each([
      ["in the background", upi("success"), 201, "pending", "succeeded"],
      ["with confirm: true", upi("plain", { confirm: true }), 201, "succeeded", "succeeded"],
      ["with confirm: true, which the bank declines", upi("insufficient-funds", { confirm: true }), 402, undefined, "failed"],
    ])("%s make one payment and get 200 equal answers", async (name, body, status, shown, ends) => {
      const key = `200 ${name}`;
      const answers = await at200(body, key);
      expect([...new Set(answers.map((answer) => `${answer.status} ${answer.text}`))]).toHaveLength(1);
      const [first] = answers as [Answer];
      expect(first.status).toBe(status);
      expect(first.json.status).toBe(shown);
      const replayed = await shop.create(body, key);
      expect([replayed.text, replayed.headers.get("idempotent-replayed")]).toEqual([first.text, "true"]);
      const id = first.json.id ?? first.json.error.payment_id;
      await shop.until(id, ends);
      expect(await count("select count(*)::int as n from payments where identity = $1", key)).toBe(1);
      expect(await count("select count(*)::int as n from attempts where payment_id = $1", id)).toBe(1);
      expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject(
        ends === "succeeded" ? { charges: 1, net: 50_000 } : { charges: 0, net: 0 },
      );
      await waitFor("its webhook", () => eventsAt(receiver, id).includes(`payment.${ends}`));
      expect(eventsAt(receiver, id).filter((type) => type === `payment.${ends}`)).toHaveLength(1);
    });
  });

  it("the same key with another body is refused and changes nothing", async () => {
    const first = await shop.create(upi("success"), "same key");
    const other = await shop.create(upi("success", { amount: 50_001 }), "same key");
    expect([other.status, other.json.error.code]).toEqual([422, "idempotency_mismatch"]);
    const elsewhere = await shop.post(`/v1/payments/${first.json.id}/cancel`, undefined, "same key");
    expect([elsewhere.status, elsewhere.json.error.code]).toEqual([422, "idempotency_mismatch"]);
    expect((await shop.create(upi("success"), "same key")).text).toBe(first.text);
    await shop.until(first.json.id, "succeeded");
  });

  it("a foreign id is 404 for every route, as one that never was", async () => {
    const { id } = (await shop.create(upi("success", { capture_method: "manual", confirm: true }))).json;
    await waitFor("its delivery", async () => (await shop.get(`/v1/deliveries?payment_id=${id}`)).json.data.length > 0);
    const delivery = (await shop.get(`/v1/deliveries?payment_id=${id}`)).json.data[0].id;
    const asked: Record<string, Promise<Answer>> = {
      get: stranger.get(`/v1/payments/${id}`),
      confirm: stranger.post(`/v1/payments/${id}/confirm`),
      capture: stranger.post(`/v1/payments/${id}/capture`),
      cancel: stranger.post(`/v1/payments/${id}/cancel`),
      delivery: stranger.get(`/v1/deliveries/${delivery}`),
      retry: stranger.post(`/v1/deliveries/${delivery}/retry`),
      "never was": shop.get(`/v1/payments/${id.slice(0, -4)}ZZZZ`),
    };
    for (const [name, asking] of Object.entries(asked)) {
      const answer = await asking;
      expect([name, answer.status, answer.json.error.code]).toEqual([name, 404, "not_found"]);
    }
    expect((await stranger.get("/v1/payments")).json.data).toEqual([]);
    expect((await stranger.get(`/v1/deliveries?payment_id=${id}`)).json.data).toEqual([]);
    expect((await shop.payment(id)).status).toBe("authorized");
  });

  describe("a hold", () => {
    const held = async (): Promise<string> => {
      const answer = await shop.create(card(SUCCESS, { capture_method: "manual", confirm: true }));
      expect([answer.status, answer.json.status, answer.json.amount_authorized, answer.json.amount_captured]).toEqual([
        201,
        "authorized",
        50_000,
        0,
      ]);
      return answer.json.id;
    };

    it("is captured once", async () => {
      const id = await held();
      expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(0);
      const captures = await Promise.all([1, 2, 3].map(() => shop.post(`/v1/payments/${id}/capture`, undefined, `capture ${id}`)));
      expect(new Set(captures.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1);
      expect(captures[0]!.json).toMatchObject({ status: "succeeded", amount_captured: 50_000 });
      expect(await shop.post(`/v1/payments/${id}/capture`)).toMatchObject({ status: 409 });
      expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({
        net: 50_000,
        operations: ["charge captured", "capture succeeded"].map((line) => expect.stringMatching(line.split(" ")[0]!)),
      });
    });

    it("is released by a cancel, and then cannot be captured", async () => {
      const id = await held();
      const canceled = await shop.post(`/v1/payments/${id}/cancel`);
      expect([canceled.status, canceled.json.status]).toEqual([200, "canceled"]);
      expect((await shop.post(`/v1/payments/${id}/capture`)).json.error.code).toBe("invalid_state");
      expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({ charges: 0, net: 0 });
      await waitFor("its webhook", () => eventsAt(receiver, id).includes("payment.canceled"));
    });
  });

  it("a cancel while the charge is in flight ends without the merchant having the money", async () => {
    const { id } = (await shop.create(upi("plain"))).json;
    await shop.until(id, "processing");
    const noted = await shop.post(`/v1/payments/${id}/cancel`);
    expect(noted.status).toBe(200);
    const ended = await waitFor("the end of the cancel", async () => {
      const payment = await shop.payment(id);
      return payment.status === "canceled" || (payment.status === "succeeded" && payment.amount_refunded === payment.amount)
        ? payment
        : null;
    });
    expect(ended.cancel_requested_at).not.toBeNull();
    expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(0);
    expect(
      await count("select count(*)::int as n from refunds where payment_id = $1 and kind = 'cancel' and status = 'succeeded'", id),
    ).toBe(ended.status === "succeeded" ? 1 : 0);
  });

  it("confirmed once is 200; again is 409 and charges nothing", async () => {
    const { id, status } = (await shop.create(upi("success", { confirm: false }))).json;
    expect(status).toBe("created");
    const first = await shop.post(`/v1/payments/${id}/confirm`);
    expect([first.status, first.json.status]).toEqual([200, "succeeded"]);
    const second = await shop.post(`/v1/payments/${id}/confirm`);
    expect([second.status, second.json.error.code, second.json.error.payment_id]).toEqual([409, "invalid_state", id]);
    expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({ charges: 1, net: 50_000 });
  });

  it("confirmed while it is pending is 409", async () => {
    const { id } = (await shop.create(upi("plain"))).json;
    const early = await shop.post(`/v1/payments/${id}/confirm`);
    expect([early.status, early.json.error.code]).toEqual([409, "invalid_state"]);
    await shop.until(id, "succeeded");
  });
});
