import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { liveSecrets, plainSignature, signatureHeaders, standardSignature } from "./sign.ts";

const SECRET_A = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SECRET_B = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

describe("the Standard Webhooks signature", () => {
  it.each([
    [
      "A",
      SECRET_A,
      "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "1614265330",
      '{"test": 2432232314}',
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ],
    [
      "B",
      SECRET_B,
      "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
      "1649367553",
      '{"email":"test@example.com","username":"test_user"}',
      "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ],
  ])("equals the published vector %s", (_name, secret, id, timestamp, body, expected) => {
    expect(standardSignature(secret, { id, timestamp, body: Buffer.from(body) })).toBe(expected);
  });

  it("is keyed with the decoded bytes, not with the text of the secret", () => {
    const content = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body: Buffer.from('{"test": 2432232314}') };
    const wrong = "v1,ELhqG0Ku1gwOc1f4jyKdp3SFGFLAOdJ9bvpWLciCakI=";
    const keyedWithText = createHmac("sha256", SECRET_A.slice("whsec_".length))
      .update(`${content.id}.${content.timestamp}.`)
      .update(content.body)
      .digest("base64");
    expect(`v1,${keyedWithText}`).toBe(wrong);
    expect(standardSignature(SECRET_A, content)).not.toBe(wrong);
  });

  it.each([
    "",
    "whsec_",
    "whsec_test_abc123",
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_c2hvcnQ=",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
  ])("is refused for the malformed secret %j instead of being made with a shortened key", (secret) => {
    expect(() => standardSignature(secret, { id: "evt_1", timestamp: "1", body: Buffer.from("{}") })).toThrow(
      expect.objectContaining({ code: "TILLWAY_BAD_SECRET" }),
    );
  });
});

describe("the plain signature", () => {
  it.each([
    ['{"event":"payment.success"}', "whsec_test_abc123", "68db5c712c1755f85e19c06ec783197c7fc580436ea7bb9a6a98667e92b7daf5"],
    ['{"name":"Zoë ₹"}', "whsec_test_abc123", "129cbf4a971409178fed6d56ad72f3856b1fa85e41d4cd3e77acf073c76a8819"],
    ["Hello, World!", "It's a Secret to Everybody", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
  ])("of %s equals the published vector", (body, secret, expected) => {
    expect(plainSignature(secret, Buffer.from(body))).toBe(expected);
  });
});

describe("the headers", () => {
  const body = Buffer.from('{"test": 2432232314}');
  const endpoint = { secret: SECRET_A, previousSecret: SECRET_B, previousSecretUntil: 2_000_000_000_000 };

  it("carry the event's id and the seconds of this try", () => {
    const headers = signatureHeaders({ eventId: "evt_1", body, now: 1_614_265_330_999, endpoint });
    expect(headers["webhook-id"]).toBe("evt_1");
    expect(headers["webhook-timestamp"]).toBe("1614265330");
  });

  it("sign with both secrets while one is being replaced, the current one first; the plain one only with the current", () => {
    const headers = signatureHeaders({ eventId: "evt_1", body, now: 1_614_265_330_000, endpoint });
    const content = { id: "evt_1", timestamp: "1614265330", body };
    expect(headers["webhook-signature"]).toBe(`${standardSignature(SECRET_A, content)} ${standardSignature(SECRET_B, content)}`);
    expect(headers["x-webhook-signature"]).toBe(plainSignature(SECRET_A, body));
  });

  it.each([
    ["before its end", 999, 1_000, 2],
    ["at its end", 1_000, 1_000, 1],
    ["without an end", 1_000, null, 1],
  ])("drop the previous secret: %s", (_when, now, until, expected) => {
    expect(liveSecrets({ secret: SECRET_A, previousSecret: SECRET_B, previousSecretUntil: until }, now)).toHaveLength(expected);
  });
});
