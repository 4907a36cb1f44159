import { describe, expect, it } from "vitest";
import { apiKey, keyOf, openDesk } from "../desk.testing.ts";
import { handle } from "./routes.ts";
import { mockSettings } from "./settings.testing.ts";

const charge = { key: keyOf(1), amount: 1_000, currency: "INR", token: "tok_success" };
const number = "4242424242424242";

describe("what the far side refuses", () => {
  it.each<[string, unknown, string]>([
    ["a card number as token", { ...charge, token: number }, "card_number_refused"],
    ["a grouped card number as token", { ...charge, token: "4242 4242 4242 4242" }, "card_number_refused"],
    ["a card number as key", { ...charge, key: number }, "card_number_refused"],
    ["a card number as VPA", { ...charge, token: undefined, vpa: `${number}@bank` }, "card_number_refused"],
    ["a card object", { ...charge, token: undefined, card: { number } }, "card_number_refused"],
    ["an unknown token", { ...charge, token: "tok_never_issued" }, "unknown_token"],
    ["a token of the prototype", { ...charge, token: "tok___proto__" }, "unknown_token"],
    ["an unknown field", { ...charge, extra: 1 }, "malformed"],
    ["amount zero", { ...charge, amount: 0 }, "malformed"],
    ["a negative amount", { ...charge, amount: -1 }, "malformed"],
    ["a fraction", { ...charge, amount: 1.5 }, "malformed"],
    ["an amount in a string", { ...charge, amount: "1000" }, "malformed"],
    ["a short key", { ...charge, key: "abc" }, "malformed"],
    ["a currency in small letters", { ...charge, currency: "inr" }, "malformed"],
    ["token and VPA", { ...charge, vpa: "success@bank" }, "malformed"],
    ["no method", { ...charge, token: undefined }, "malformed"],
    ["a bad VPA", { ...charge, token: undefined, vpa: "no-bank" }, "invalid_vpa"],
    ["a script to go back to", { ...charge, return_url: "javascript:alert(1)" }, "malformed"],
    ["a way back that is no URL", { ...charge, return_url: "/back" }, "malformed"],
    ["a way back without end", { ...charge, return_url: `https://shop.example/${"x".repeat(4_096)}` }, "malformed"],
    ["a list for a way back", { ...charge, return_url: ["https://shop.example/"] }, "malformed"],
    ["no JSON", "{", "malformed"],
    ["an array", [], "malformed"],
  ])("%s, without repeating it and without leaving a trace", (_, body, code) => {
    const desk = openDesk();
    const reply = desk.ask("POST", "/charges", body);
    expect(reply.json).toMatchObject({ error: { code } });
    expect(reply.body).not.toContain("4242");
    expect(desk.ledger.accounts.get("acc_1")!.operations.size).toBe(0);
  });

  it("a body that is too large", () => {
    expect(openDesk().ask("POST", "/charges", "x".repeat(70_000))).toMatchObject({ status: 413 });
  });

  it.each<[string, Record<string, string>, string]>([
    ["no account", { authorization: `Bearer ${apiKey}` }, "unknown_account"],
    ["an unknown account", { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_2" }, "unknown_account"],
    ["no key", { "sandbox-account": "acc_1" }, "unauthorized"],
    ["a wrong key", { authorization: "Bearer wrong", "sandbox-account": "acc_1" }, "unauthorized"],
  ])("%s", (_, headers, code) => {
    const desk = openDesk();
    const { reply } = handle(
      desk.ledger,
      mockSettings(),
      { method: "POST", path: "/charges", headers, body: JSON.stringify(charge) },
      { now: desk.now },
    );
    expect(reply.status).toBe(401);
    expect(reply.body).toContain(code);
  });

  it("to register an account again with another key", () => {
    const desk = openDesk();
    const request = {
      method: "PUT",
      path: "/accounts/acc_1",
      headers: { authorization: "Bearer other" },
      body: '{"webhook_url":null,"webhook_secret":"x"}',
    };
    expect(handle(desk.ledger, mockSettings(), request, { now: desk.now }).reply.status).toBe(401);
    expect(desk.ledger.accounts.get("acc_1")!.apiKey).toBe(apiKey);
  });

  it("a key that differs between header and body", () => {
    const desk = openDesk();
    const headers = { authorization: `Bearer ${apiKey}`, "sandbox-account": "acc_1", "idempotency-key": keyOf(2) };
    const { reply } = handle(
      desk.ledger,
      mockSettings(),
      { method: "POST", path: "/charges", headers, body: JSON.stringify(charge) },
      { now: desk.now },
    );
    expect(reply.body).toContain("key_mismatch");
  });

  it("is not confused by ids that hold long rows of digits", () => {
    const key = "abcd4242424242424242efgh";
    expect(
      openDesk().ask("POST", "/charges", { ...charge, key, metadata: { payment_id: "pay_01K4242424242424242ABCDEF" } }).json,
    ).toMatchObject({ status: "succeeded" });
  });
});
