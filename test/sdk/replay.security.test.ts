/** Row 5, on the merchant's side: what the client makes of a genuine webhook that comes again, and of two secrets while one is replaced. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { verifyWebhook } from "../../sdk/src/index.ts";
import { newSecret } from "../../server/src/flows/setup/endpoint.ts";
import { signatureHeaders } from "../../server/src/deliveries/webhook/sign.ts";
import { systemRandom } from "../../server/src/system/random.ts";

const body = '{"id":"evt_1","object":"event","type":"payment.succeeded","data":{"id":"pay_1"}}';
const secretOf = () => newSecret({ random: systemRandom() });
const START = Date.UTC(2026, 0, 15, 12);

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));
afterEach(() => void vi.useRealTimers());

type Secrets = Partial<Parameters<typeof signatureHeaders>[0]["endpoint"]> & { readonly secret: string };
const sent = (secrets: Secrets) =>
  signatureHeaders({ eventId: "evt_1", body, now: Date.now(), endpoint: { previousSecret: null, previousSecretUntil: null, ...secrets } });
const outcome = (headers: Record<string, string>, secret: string | readonly string[], text = body) =>
  verifyWebhook(text, headers, secret).then(
    ({ id }) => id,
    ({ code }: { code: string }) => code,
  );

it("a genuine webhook that is sent again names the same event for five minutes, and is refused after that (security row 5)", async () => {
  const secret = secretOf();
  const recorded = sent({ secret });
  const seen = new Set<string>();
  for (const seconds of [0, 1, 299, 300]) {
    vi.setSystemTime(START + seconds * 1_000);
    seen.add(await outcome(recorded, secret));
  }
  expect(seen).toEqual(new Set(["evt_1"]));
  for (const seconds of [301, 3_600, 86_400 * 365]) {
    vi.setSystemTime(START + seconds * 1_000);
    expect(await outcome(recorded, secret)).toBe("timestamp_too_old");
  }
});

it("a genuine webhook cannot be made into another one: not its id, its time, its body, nor parts of two (security row 5)", async () => {
  const secret = secretOf();
  const [one, other] = [sent({ secret }), sent({ secret: secretOf() })];
  vi.setSystemTime(START + 400_000);
  const later = sent({ secret });
  for (const forged of [
    { ...one, "webhook-timestamp": later["webhook-timestamp"]! },
    { ...later, "webhook-id": "evt_2" },
    { ...later, "webhook-signature": one["webhook-signature"]! },
    { ...later, "webhook-signature": other["webhook-signature"]! },
    { ...later, "webhook-signature": `v1,${later["x-webhook-signature"]}` },
  ])
    expect(["signature_mismatch", "invalid_header"]).toContain(await outcome(forged, secret));
  expect(await outcome(later, secret, body.replace("pay_1", "pay_2"))).toBe("signature_mismatch");
  expect(await outcome(later, secret)).toBe("evt_1");
});

it("while a secret is replaced either side may be first, and when the overlap has ended the old one proves nothing (security row 5)", async () => {
  const [old, secret] = [secretOf(), secretOf()];
  const rotating = { secret, previousSecret: old, previousSecretUntil: START + 60_000 };
  // Before the rotation, during it and after it; a receiver that knows the old one, both, or the new one.
  const outcomes = async (secrets: Secrets) => Promise.all([old, [old, secret], secret].map((known) => outcome(sent(secrets), known)));
  expect(await outcomes({ secret: old })).toEqual(["evt_1", "evt_1", "signature_mismatch"]);
  expect(await outcomes(rotating)).toEqual(["evt_1", "evt_1", "evt_1"]);
  const recorded = sent(rotating);
  vi.setSystemTime(START + 60_000);
  expect(await outcomes(rotating)).toEqual(["signature_mismatch", "evt_1", "evt_1"]);
  // Somebody who has the old secret, and a receiver that has let go of it.
  expect(await outcome(sent({ secret: old }), secret)).toBe("signature_mismatch");
  expect(await outcome(recorded, secret)).toBe("evt_1");
});
