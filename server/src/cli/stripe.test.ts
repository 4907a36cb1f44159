import { describe, expect, it } from "vitest";
import { readOptions, stripeNotes } from "./stripe.ts";

describe("gateway stripe", () => {
  it("needs no option", () => {
    expect(readOptions([])).toEqual({ port: 8_002, secretKey: "sk_test_tillway_far_side", webhook: null, journalPath: null, json: false });
  });

  it("takes a port, a key, and where webhooks go with one secret or two", () => {
    const webhook = ["--webhook-url", "http://127.0.0.1:8000/hook"];
    expect(readOptions(["--port", "0", "--secret-key", "sk_test_mine", "--journal", "books.jsonl", ...webhook])).toMatchObject({
      port: 0,
      secretKey: "sk_test_mine",
      journalPath: "books.jsonl",
      webhook: { url: "http://127.0.0.1:8000/hook", secrets: ["whsec_tillway_far_side"] },
    });
    const secrets = ["--webhook-secret", "whsec_a", "--webhook-secret", "whsec_b"];
    expect(readOptions([...webhook, ...secrets]).webhook?.secrets).toEqual(["whsec_a", "whsec_b"]);
  });

  it.each([
    [["--port", "many"], /--port is "many"/],
    [["--secret-key", "a key"], /--secret-key/],
    [["--webhook-url", "shop/hook"], /--webhook-url/],
    [["--webhook-secret", "whsec_a"], /--webhook-url/],
  ])("refuses %j by name", (argv, message) => {
    expect(() => readOptions(argv)).toThrow(message);
  });

  it("says what to set", () => {
    const text = stripeNotes({ url: "http://127.0.0.1:8002", secretKey: "sk_test_mine", webhook: null, journalPath: null }).join("\n");
    for (const part of ["STRIPE_URL=http://127.0.0.1:8002", "sk_test_mine", "pm_card_visa", "--webhook-url"]) expect(text).toContain(part);
  });
});
