import { describe, expect, it } from "vitest";
import { failureClass, keptText } from "./send.ts";

describe("a failure", () => {
  it.each([
    ["ECONNREFUSED", "refused"],
    ["ENOTFOUND", "dns"],
    ["EAI_AGAIN", "dns"],
    ["CONNECT_TIMEOUT", "connect_timeout"],
    ["ECONNRESET", "reset"],
    ["CERT_HAS_EXPIRED", "tls"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
    ["head too large", "bad_answer"],
    ["timeout", "timeout"],
    ["closed", "reset"],
    ["EWHATEVER", "network"],
  ])("%s is of the class %s", (code, expected) => {
    expect(failureClass(code)).toBe(expected);
  });
});

describe("the kept text", () => {
  it("has no characters that a database or a batch cannot carry", () => {
    expect(keptText("a\u0000b\u001ec\u001fd\ne\t₹", undefined, false)).toBe("a\ufffdb\ufffdc\ufffdd\ne\t₹");
  });

  it("has no card numbers and no keys of ours, whatever the receiver echoes", () => {
    const echo = '{"pan":"4012888888881881","sk":"sk_test_hYFPabc123","signed":"whsec_AbC+/=","kept":42}';
    expect(keptText(echo, undefined, false)).toBe(
      '{"pan":"[card number]","sk":"sk_test_[redacted]","signed":"whsec_[redacted]","kept":42}',
    );
  });

  it.each(["4012888888881881", "4012 8888 8888 1881"])("has no first digits of %s if it lies across the cut", (number) => {
    for (let inside = 1; inside <= number.length; inside++) {
      expect(keptText(`${"x ".repeat(20)}${number.slice(0, inside)}`, undefined, true)).not.toMatch(/\d/);
    }
  });

  it("shows only that an answer was compressed", () => {
    expect(keptText("\u001f", "gzip", false)).toBe("(not shown: content-encoding gzip)");
  });
});
