/** The package `standardwebhooks` and the client judge what the server signs, while one secret and while two are in force. */
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { verifyWebhook } from "../../sdk/src/index.ts";
import { signatureHeaders } from "../../server/src/deliveries/webhook/sign.ts";

const secretOf = (size: number): string => `whsec_${randomBytes(size).toString("base64")}`;
const body = '{"id":"evt_1","object":"event","type":"payment.succeeded","data":{"name":"Zoë ₹ 🧾"}}';

it.each([24, 32, 33, 64])("with secrets of %i bytes, the current and the one before", async (size) => {
  const [secret, previousSecret] = [secretOf(size), secretOf(size)];
  const now = Date.now();
  const endpoint = { secret, previousSecret, previousSecretUntil: now + 60_000 };
  for (const sent of [body, Buffer.from(body)]) {
    const headers = signatureHeaders({ eventId: "evt_1", body: sent, now, endpoint });
    for (const one of [secret, previousSecret]) {
      expect(new Webhook(one).verify(sent as string, headers)).toEqual(JSON.parse(body));
      expect(await verifyWebhook(sent, headers, one)).toEqual(JSON.parse(body));
    }
    expect(await verifyWebhook(sent, headers, [secretOf(32), previousSecret])).toEqual(JSON.parse(body));
    expect(() => new Webhook(secretOf(size)).verify(sent as string, headers)).toThrow();
    await expect(verifyWebhook(sent, headers, secretOf(size))).rejects.toMatchObject({ code: "signature_mismatch" });
  }
});

it("the vectors of the package are signed by the server as the package signs them", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const input = { eventId: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}', now: 1_614_265_330_000 };
  const headers = signatureHeaders({ ...input, endpoint: { secret, previousSecret: null, previousSecretUntil: null } });
  expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});
