import { describe, expect, it } from "vitest";
import { key, open, type Json } from "./counter.testing.ts";

describe("an order", () => {
  it("comes back for the same receipt, and for no other amount", async () => {
    const { post } = open();
    const body = { amount: 4_500, currency: "INR", receipt: "r-1", unique_receipt: true };
    const [first, second] = [await post("/orders", body), await post("/orders", body)];
    expect(second.json).toEqual(first.json);
    expect((await post("/orders", { ...body, amount: 9_000 })).json).toMatchObject({
      error: { code: "BAD_REQUEST_ERROR", description: "Order receipt should be unique.", reason: "input_validation_failed" },
    });
  });

  it("is made twice without that wish", async () => {
    const { post, get } = open();
    const body = { amount: 4_500, currency: "INR", receipt: "r-1" };
    expect((await post("/orders", body)).json["id"]).not.toBe((await post("/orders", body)).json["id"]);
    expect((await get("/orders?receipt=r-1")).json).toMatchObject({ count: 2 });
  });

  it.each<[string, object, object]>([
    [
      "a field that is not known",
      { mode: 1 },
      { reason: "extra_field_sent", description: "mode is/are not required and should not be sent" },
    ],
    ["99 paise", { amount: 99 }, { reason: "amount_less_than_minimum_amount" }],
    ["a float", { amount: 100.5 }, { field: "amount" }],
    ["a number as text", { amount: "4500" }, { field: "amount" }],
    ["a fils too many", { currency: "KWD", amount: 4_501 }, { field: "amount" }],
    ["a receipt of 41", { receipt: "r".repeat(41) }, { field: "receipt" }],
    ["16 notes", { notes: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`n${n}`, "x"])) }, { field: "notes" }],
    ["a note of 257", { notes: { a: "x".repeat(257) } }, { field: "notes" }],
    [
      "a window that is too short",
      { payment: { capture: "automatic", capture_options: { automatic_expiry_period: 11 } } },
      { field: "payment" },
    ],
  ])("with %s is refused", async (_, more, error) => {
    const { post } = open();
    const reply = await post("/orders", { amount: 4_500, currency: "INR", ...more });
    expect(reply).toMatchObject({ status: 400, json: { error } });
  });

  it("is listed newest first, in pages, and in a window of time, to its own merchant only", async () => {
    const { clock, orderOf, get } = open();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      ids.push(await orderOf());
      await clock.advance(10_000);
    }
    const shown = async (query: string, headers?: Record<string, string>) => {
      const { json } = await get(`/orders?${query}`, headers);
      return (json["items"] as Json[]).map(({ id }) => id as string);
    };
    expect(await shown("count=2")).toEqual([ids[2], ids[1]]);
    expect(await shown("count=2&skip=2")).toEqual([ids[0]]);
    expect(await shown(`from=${clock.now() / 1_000 - 15}`)).toEqual([ids[2]]);
    expect(await shown("", { authorization: key("rzp_test_two") })).toEqual([]);
    expect((await get("/orders?count=101")).status).toBe(400);
    expect((await get(`/orders/${ids[0]}`, { authorization: key("rzp_test_two") })).json).toMatchObject({
      error: { description: "The id provided does not exist" },
    });
  });
});

it.each([[undefined], ["Bearer x"], [key("nobody", "x")], [key("rzp_test_one", "another")], ["basic cnpw"]])(
  "refuses the credentials %s",
  async (authorization) => {
    const { ask, orderOf } = open();
    await orderOf();
    expect((await ask("GET", "/v1/orders", undefined, { authorization: authorization as string })).status).toBe(401);
  },
);
