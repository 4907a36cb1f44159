import { describe, expect, it } from "vitest";
import { RETRY_AFTER_MAX_MS, WEBHOOK_RESPONSE_KEPT_BYTES } from "../../core/constants.ts";
import { failureClass, keptText, retryAfterMs } from "./answer.ts";

describe("Retry-After", () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);

  it.each([
    [undefined, null],
    ["0", 0],
    ["7", 7_000],
    [" 7 ", 7_000],
    ["99999999", RETRY_AFTER_MAX_MS],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 12:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["Sat, 21 Nov 2036 12:00:30 GMT", RETRY_AFTER_MAX_MS],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["2026-11-21T12:00:30Z", null],
    ["Sat, 99 Nov 2026 12:00:30 GMT", null],
    ["9".repeat(400), null],
  ])("%j means %j ms", (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});

describe("a failure", () => {
  it.each([
    ["ECONNREFUSED", "refused"],
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["UND_ERR_CONNECT_TIMEOUT", "connect_timeout"],
    ["ECONNRESET", "reset"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["UND_ERR_HEADERS_OVERFLOW", "bad_answer"],
    ["EWHATEVER", "network"],
  ])("%s is of the class %s", (code, expected) => {
    expect(failureClass(Object.assign(new Error("x"), { code }))).toBe(expected);
  });

  it("without a code is of the class network, and never shows its own text", () => {
    expect(failureClass(new Error("10.0.0.1 said no"))).toBe("network");
    expect(failureClass("10.0.0.1 said no")).toBe("network");
    expect(failureClass(null)).toBe("network");
  });
});

describe("the kept text", () => {
  it("has no characters that a database or a batch cannot carry", () => {
    expect(keptText(Buffer.from("a\u0000b\u001ec\u001fd\ne\t₹"), undefined)).toBe("a\ufffdb\ufffdc\ufffdd\ne\t₹");
    expect(keptText(Buffer.from([0x61, 0xff, 0xe2, 0x82]), undefined).isWellFormed?.() ?? true).toBe(true);
  });

  it("has no card numbers and no keys of ours, whatever the receiver echoes", () => {
    const echo = '{"pan":"4012888888881881","sk":"sk_test_hYFPabc123","signed":"whsec_AbC+/=","kept":42}';
    expect(keptText(Buffer.from(echo), undefined)).toBe(
      '{"pan":"[card number]","sk":"sk_test_[redacted]","signed":"whsec_[redacted]","kept":42}',
    );
  });

  it.each(["4012888888881881", "4012 8888 8888 1881"])("has no first digits of %s where it lies across the cut", (number) => {
    for (let inside = 1; inside <= number.length; inside++) {
      const before = "x ".repeat(WEBHOOK_RESPONSE_KEPT_BYTES).slice(0, WEBHOOK_RESPONSE_KEPT_BYTES - inside);
      const shown = keptText(Buffer.from(before + number).subarray(0, WEBHOOK_RESPONSE_KEPT_BYTES), undefined);
      expect(shown).not.toMatch(/\d/);
      expect(shown.length).toBeLessThanOrEqual(WEBHOOK_RESPONSE_KEPT_BYTES);
    }
  });

  it("says only that an answer was compressed", () => {
    expect(keptText(Buffer.from([0x1f, 0x8b]), "gzip")).toBe("(not shown: content-encoding gzip)");
  });
});
