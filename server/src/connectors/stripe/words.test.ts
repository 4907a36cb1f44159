import { describe, expect, it } from "vitest";
import type { Call } from "../../core/ports/connector.ts";
import { account, aCall, fresh, KEY, ok, ours, stripeSaying, succeeded } from "./stub.testing.ts";
import { ours as ownNames, wordsOf } from "./words.ts";

const of = (given: Partial<Call>) => wordsOf(aCall({}, given));
const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`name_${n}`, `text ${n}`]));
const rich = (metadata: Record<string, string>) => ({
  metadata,
  description: "Order 7, two shirts & socks",
  customer: { email: "asha@example.com", name: "Asha Rao", phone: "+919999999999", ip: "203.0.113.7" },
});

describe("the merchant's words at Stripe", () => {
  it("are the description and the metadata, beside our own names", async () => {
    const { connector, seen } = stripeSaying(ok(fresh), ok(succeeded));
    const { exchanges } = await connector.send(aCall({}, rich({ order: "7", "shop & till": "Köln" })));
    expect(seen[0]!.form).toMatchObject({
      description: "Order 7, two shirts & socks",
      metadata: { ...ours, order: "7", "shop & till": "Köln" },
    });
    // Of the customer nothing is sent unless the account asks for Stripe's receipts.
    expect(JSON.stringify([seen, exchanges])).not.toMatch(/asha|Rao|99999|203\.0/i);
  });

  it("name the customer's address if the account lets Stripe mail receipts, and the evidence hides it", async () => {
    const { connector, seen } = stripeSaying(ok({ ...fresh, receipt_email: "asha@example.com" }), ok(succeeded));
    const credentials = { ...account.credentials, receipts: "stripe" };
    const { exchanges } = await connector.send(aCall({}, { ...rich({}), account: { ...account, credentials } }));
    expect(seen[0]!.form["receipt_email"]).toBe("asha@example.com");
    expect(seen[1]!.form).not.toHaveProperty("receipt_email");
    expect(JSON.stringify(exchanges)).not.toContain("asha");
    expect(exchanges[0]!.request).toContain("receipt_email=[hidden]");
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ["a text is cut at 500", { a: "x".repeat(501) }, { a: "x".repeat(500) }],
    ["not within a character", { a: `${"x".repeat(499)}😀` }, { a: "x".repeat(499) }],
    ["half a character is left out", { a: "x\ud83d", "b\ud83d": "y" }, { a: "x", b: "y" }],
    ["a name of 40 is sent", { ["n".repeat(40)]: "x" }, { ["n".repeat(40)]: "x" }],
    ["a longer one is not", { ["n".repeat(41)]: "x" }, {}],
    ["a name with brackets is not", { "a[b]": "x", "a]": "x", "[": "x" }, {}],
    ["a name of ours is not", { tillway_key: "another", tillway_account: "acc_2", tillway_x: "x" }, {}],
    ["an empty text is not: it would unset", { a: "" }, {}],
  ])("bound: %s", (_, metadata, sent) => {
    expect(of({ metadata })).toEqual(Object.fromEntries(Object.entries(sent).map(([name, text]) => [`metadata[${name}]`, text])));
  });

  it("are at most 48, so that with ours they are Stripe's 50; ours are always there", async () => {
    const { connector, seen } = stripeSaying(ok(fresh), ok(succeeded));
    await connector.send(aCall({}, { metadata: fifty }));
    const { metadata } = seen[0]!.form as { metadata: Record<string, string> };
    expect(Object.keys(metadata)).toHaveLength(50);
    expect(metadata).toMatchObject({ ...ours, name_47: "text 47" });
    expect(metadata).not.toHaveProperty("name_48");
  });

  it.each([
    [null, undefined],
    ["", undefined],
    ["x".repeat(1_000), "x".repeat(1_000)],
    ["x".repeat(1_001), "x".repeat(1_000)],
  ])("have a description of 1,000 at most: %j", (description, sent) => {
    expect(of({ description })["description"]).toBe(sent);
  });

  it.each([
    ["asha@example.com", true],
    ["asha.rao+7@mail.example.co.in", true],
    ["asha@localhost", false],
    ["आशा@example.com", false],
    ["asha@-.", false],
  ])("name an address only if Stripe is sure to take it: %s", (email, isSent) => {
    const credentials = { ...account.credentials, receipts: "stripe" };
    expect(of({ account: { ...account, credentials }, customer: { email } })["receipt_email"]).toBe(isSent ? email : undefined);
  });

  it("leave a refund with our own names only", () => {
    expect(ownNames(aCall())).toEqual({ "metadata[tillway_key]": KEY, "metadata[tillway_account]": account.id });
  });
});
