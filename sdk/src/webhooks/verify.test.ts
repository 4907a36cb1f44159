import { createHmac, randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { verifyWebhook, WebhookVerificationError, type WebhookPayload } from "./verify.ts";

/** Test vectors of Standard Webhooks: of its JavaScript and its Rust library. */
const vectors = [
  {
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
    signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
  {
    secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    timestamp: 1_649_367_553,
    body: '{"email":"test@example.com","username":"test_user"}',
    signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
  },
] as const;

const [vector] = vectors;
const other = `whsec_${randomBytes(33).toString("base64")}`;

function headersOf(one: { id: string; timestamp: number | string; signature: string }, more: Record<string, string> = {}) {
  return { "webhook-id": one.id, "webhook-timestamp": String(one.timestamp), "webhook-signature": one.signature, ...more };
}

/** The code of the refusal; "accepted" if there is none. */
async function verdict(...args: Parameters<typeof verifyWebhook>): Promise<string> {
  try {
    await verifyWebhook(...args);
    return "accepted";
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: vector.timestamp * 1_000 }));
afterEach(() => void vi.useRealTimers());

describe("a signature", () => {
  it.each(vectors)("of the published vector $id is accepted, and the package agrees", async (one) => {
    vi.setSystemTime(one.timestamp * 1_000);
    expect(await verifyWebhook(one.body, headersOf(one), one.secret)).toEqual(JSON.parse(one.body));
    expect(new Webhook(one.secret).sign(one.id, new Date(one.timestamp * 1_000), one.body)).toBe(one.signature);
    expect(new Webhook(one.secret).verify(one.body, headersOf(one))).toEqual(JSON.parse(one.body));
  });

  it("by the package standardwebhooks is accepted, whatever the secret and text", async () => {
    for (const size of [24, 32, 33, 64]) {
      const secret = `whsec_${randomBytes(size).toString("base64")}`;
      const body = JSON.stringify({ name: "Zoë ₹ 🧾", size });
      const signature = new Webhook(secret).sign("msg_1", new Date(), body);
      const headers = headersOf({ id: "msg_1", timestamp: vector.timestamp, signature });
      expect(await verifyWebhook(body, headers, secret)).toEqual(JSON.parse(body));
      expect(await verdict(Buffer.from(body), headers, secret.replace(/=+$/, ""))).toBe("accepted");
      expect(await verdict(body, headers, other)).toBe("signature_mismatch");
    }
  });

  it("with the secret's text as key, and not the bytes it stands for, is refused", async () => {
    const wrong = createHmac("sha256", vector.secret).update(`${vector.id}.${vector.timestamp}.${vector.body}`).digest("base64");
    expect(await verdict(vector.body, headersOf({ ...vector, signature: `v1,${wrong}` }), vector.secret)).toBe("signature_mismatch");
  });

  it("is found among others and other versions, with any of several secrets", async () => {
    const strange = `v1,${"A".repeat(43)}= v1a,abc v2,${vector.signature.slice(3)} ${vector.signature}`;
    const headers = headersOf({ ...vector, signature: strange });
    expect(await verdict(vector.body, headers, [other, vector.secret])).toBe("accepted");
    expect(await verdict(vector.body, headers, [other])).toBe("signature_mismatch");
    expect(await verdict(vector.body, headersOf({ ...vector, signature: "v1a,abc" }), vector.secret)).toBe("invalid_header");
  });

  it("does not fit once any byte of body, id, time or signature is another", async () => {
    const flips = Array.from(vector.body, (_, at) => vector.body.slice(0, at) + "x" + vector.body.slice(at + 1));
    for (const body of [...flips, `${vector.body} `, ""])
      expect(await verdict(body, headersOf(vector), vector.secret)).toBe("signature_mismatch");
    expect(await verdict(vector.body, headersOf({ ...vector, id: "msg_2" }), vector.secret)).toBe("signature_mismatch");
    expect(await verdict(vector.body, headersOf({ ...vector, timestamp: vector.timestamp + 1 }), vector.secret)).toBe("signature_mismatch");
  });

  it("over bytes that are no UTF-8 is judged by the bytes, and then refused as no JSON", async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const key = Buffer.from(vector.secret.slice(6), "base64");
    const mac = createHmac("sha256", key).update(`m.${vector.timestamp}.`).update(body).digest("base64");
    const headers = headersOf({ id: "m", timestamp: vector.timestamp, signature: `v1,${mac}` });
    expect(await verdict(body, headers, vector.secret)).toBe("invalid_body");
  });
});

describe("the time of a webhook", () => {
  it.each([
    [300, undefined, "accepted"],
    [301, undefined, "timestamp_too_old"],
    [-300, undefined, "accepted"],
    [-301, undefined, "timestamp_too_new"],
    [11, 10, "timestamp_too_old"],
    [900, 1_000, "accepted"],
  ])("%i s ago with a tolerance of %s: %s", async (age, toleranceSeconds, expected) => {
    vi.setSystemTime((vector.timestamp + age) * 1_000);
    expect(await verdict(vector.body, headersOf(vector), vector.secret, { toleranceSeconds })).toBe(expected);
  });

  it.each(["1614265330abc", "-1", "1.5", "0x60", "99999999999999", " "])("that is %j is refused", async (timestamp) => {
    expect(await verdict(vector.body, headersOf({ ...vector, timestamp }), vector.secret)).toBe("invalid_header");
  });
});

describe("a body", () => {
  it("is taken as text, Buffer, ArrayBuffer or Request", async () => {
    const bytes = new TextEncoder().encode(vector.body);
    const request = new Request("http://shop.example/", { method: "POST", body: vector.body, headers: headersOf(vector) });
    for (const payload of [vector.body, Buffer.from(vector.body), bytes, bytes.buffer]) {
      expect(await verdict(payload as WebhookPayload, headersOf(vector), vector.secret)).toBe("accepted");
    }
    expect(await verdict(request.clone(), null, vector.secret)).toBe("accepted");
    expect(await verdict(request, request.headers, vector.secret)).toBe("accepted");
  });

  it.each([[{ test: 2_432_232_314 }], [[]], [null], [undefined], ["[object Object]"], [7]])(
    "%j was already parsed, and the message says what to change",
    async (payload) => {
      const call = verifyWebhook(payload as never, headersOf(vector), vector.secret);
      await expect(call).rejects.toThrow("already parsed");
      await expect(call).rejects.toThrow("before express.json()");
      await expect(call).rejects.toMatchObject({ code: "body_already_parsed" });
    },
  );

  it("of a Request that somebody has read is refused in the same way", async () => {
    const request = new Request("http://shop.example/", { method: "POST", body: vector.body, headers: headersOf(vector) });
    await request.json();
    expect(await verdict(request, request.headers, vector.secret)).toBe("body_already_parsed");
  });

  it("that was parsed and written again does not fit, and the message says so", async () => {
    const again = JSON.stringify(JSON.parse(vector.body));
    await expect(verifyWebhook(again, headersOf(vector), vector.secret)).rejects.toThrow("parsed and written again");
  });

  it("without end is not read to its end", async () => {
    let pulls = 0;
    const endless = new ReadableStream({ pull: (controller) => (pulls++, controller.enqueue(new Uint8Array(64 << 10))) });
    const request = new Request("http://shop.example/", {
      method: "POST",
      body: endless,
      duplex: "half",
      headers: headersOf(vector),
    } as RequestInit);
    expect(await verdict(request, request.headers, vector.secret)).toBe("body_too_large");
    expect(pulls).toBeLessThan(32);
    expect(await verdict(new Uint8Array((1 << 20) + 1), headersOf(vector), vector.secret)).toBe("body_too_large");
  });
});

describe("headers", () => {
  it("are found in Headers and in plain objects, in any case", async () => {
    const upper = Object.fromEntries(Object.entries(headersOf(vector)).map(([name, value]) => [name.toUpperCase(), value]));
    expect(await verdict(vector.body, new Headers(headersOf(vector)), vector.secret)).toBe("accepted");
    expect(await verdict(vector.body, upper, vector.secret)).toBe("accepted");
    expect(await verdict(vector.body, { ...upper, "WEBHOOK-SIGNATURE": [vector.signature] }, vector.secret)).toBe("accepted");
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("without %s are refused, by name", async (name) => {
    await expect(verifyWebhook(vector.body, { ...headersOf(vector), [name]: "" }, vector.secret)).rejects.toThrow(name);
    await expect(verifyWebhook(vector.body, undefined, vector.secret)).rejects.toMatchObject({ code: "missing_header" });
  });
});

describe("settings that verify nothing", () => {
  it.each([
    undefined,
    "",
    [],
    [undefined],
    "whsec_",
    "whsec_test_abc123",
    "whsec_AAAA",
    "sk_test_1",
    `whsec_${"A".repeat(90)}`,
    `whsec_${"A".repeat(33)}`,
  ])("the secret %j is a TypeError that does not show it", async (secret) => {
    const call = verifyWebhook(vector.body, headersOf(vector), secret as string);
    await expect(call).rejects.toBeInstanceOf(TypeError);
    if (typeof secret === "string" && secret.length > 6) await expect(call).rejects.not.toThrow(secret);
  });

  it.each([0, -1, 1.5, Number.NaN, "300", null])("the tolerance %j is a TypeError", async (toleranceSeconds) => {
    const call = verifyWebhook(vector.body, headersOf(vector), vector.secret, { toleranceSeconds: toleranceSeconds as number });
    await expect(call).rejects.toBeInstanceOf(TypeError);
  });
});
