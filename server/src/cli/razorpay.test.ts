import { describe, expect, it } from "vitest";
import { razorpayNotes, readOptions } from "./razorpay.ts";

describe("gateway razorpay", () => {
  const webhook = ["--webhook-url", "http://127.0.0.1:8000/hook"];

  it("needs no option", () => {
    expect(readOptions([])).toEqual({
      port: 8_003,
      keyId: "rzp_test_TillwayFarSide",
      keySecret: "tillway_far_side",
      webhook: null,
      journalPath: null,
      json: false,
    });
  });

  it("takes a port, a key, and where webhooks go", () => {
    expect(readOptions(["--port", "0", "--key-id", "rzp_test_mine", "--key-secret", "s", ...webhook])).toMatchObject({
      port: 0,
      keyId: "rzp_test_mine",
      keySecret: "s",
      webhook: { url: "http://127.0.0.1:8000/hook", secret: "tillway_far_side_webhooks" },
    });
    expect(readOptions([...webhook, "--webhook-secret", "w"]).webhook?.secret).toBe("w");
    expect(readOptions(["--journal", "books.jsonl"]).journalPath).toBe("books.jsonl");
  });

  it.each([
    [["--port", "70000"], "--port"],
    [["--key-id", "rzp_live_mine"], "--key-id"],
    [["--key-secret", "a b"], "--key-secret"],
    [["--webhook-url", "nowhere"], "--webhook-url"],
    [["--webhook-secret", "w"], "--webhook-url"],
    [["--secret-key", "x"], "--secret-key"],
  ])("refuses %j and names it", (argv, name) => {
    expect(() => readOptions(argv)).toThrow(name);
  });

  it("says what to set", () => {
    const text = razorpayNotes({ url: "http://127.0.0.1:8003", ...readOptions([]) }).join("\n");
    for (const part of ["RAZORPAY_URL=http://127.0.0.1:8003", "rzp_test_TillwayFarSide", "token_VisaSuccess", "--webhook-url"])
      expect(text).toContain(part);
  });
});
