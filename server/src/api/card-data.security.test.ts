import { beforeEach, describe, expect, it, vi } from "vitest";
import { representPayment } from "../core/represent.ts";
import { confirmPayment } from "../flows/payments/operations.ts";
import { createPayment } from "../flows/payments/create.ts";
import { fakeApi, headers, payment, TEST_CARD } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));
vi.mock(import("../flows/payments/operations.ts"), async (original) => ({ ...(await original()), confirmPayment: vi.fn() }));
const create = vi.mocked(createPayment);
const confirm = vi.mocked(confirmPayment);

beforeEach(() => {
  vi.resetAllMocks();
  create.mockResolvedValue({
    status: 201,
    body: JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] })),
    replayed: false,
  });
  confirm.mockResolvedValue({
    status: 200,
    body: JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] })),
    replayed: false,
  });
});

/** Valid by its check digit, published by nobody: what a real shopper would type. */
const REAL = "4929123456781236";
const CVV = "739";
const json = { ...headers, "content-type": "application/json", "idempotency-key": "k-1" };
const good = { amount: 100, currency: "INR" };
const card = { number: TEST_CARD, expiry_month: 12, expiry_year: 2030, cvv: CVV };

/** Everything that left the driver: answer, log, what flows were handed. */
async function leavings(url: string, payload: unknown, more: Record<string, string> = {}): Promise<string> {
  const { app, log } = fakeApi();
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const answer = await app.inject({ method: "POST", url, headers: { ...json, ...more }, payload: text });
  // Arguments without the dependencies, which hold the fakes themselves.
  const handed = [...create.mock.calls, ...confirm.mock.calls].map(([, ...rest]) => rest);
  return JSON.stringify([answer.statusCode, answer.headers, answer.body, log, handed]);
}

const spaced = REAL.replace(/(\d{4})(?=\d)/g, "$1 ");
const inArabicDigits = (text: string): string => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
const canaries = [REAL, spaced, TEST_CARD, CVV];

describe("card fields", () => {
  const confirmUrl = `/v1/payments/${payment().id}/confirm`;
  it.each<[string, string, unknown]>([
    ["a test card", "/v1/payments", { ...good, method: "card", card }],
    ["a test card at confirm", confirmUrl, { method: "card", card }],
    ["a real card", "/v1/payments", { ...good, method: "card", card: { ...card, number: REAL } }],
    ["a real card with spaces", "/v1/payments", { ...good, method: "card", card: { ...card, number: spaced } }],
    ["a real card at confirm", confirmUrl, { method: "card", card: { ...card, number: REAL } }],
    ["a card beside a wrong field", "/v1/payments", { ...good, amount: 0, method: "card", card: { ...card, number: REAL } }],
    ["a number that is no text", "/v1/payments", { ...good, method: "card", card: { ...card, number: Number(REAL) } }],
    ["a CVV that is no text", "/v1/payments", { ...good, method: "card", card: { ...card, cvv: Number(CVV) } }],
    ["a number as CVV", "/v1/payments", { ...good, method: "card", card: { ...card, cvv: REAL } }],
    ["a number as holder", "/v1/payments", { ...good, method: "card", card: { ...card, holder_name: REAL } }],
    ["a number as month", "/v1/payments", { ...good, method: "card", card: { ...card, expiry_month: REAL } }],
    ["a number as token", "/v1/payments", { ...good, method: "card", card: { token: REAL } }],
    ["a number as VPA", "/v1/payments", { ...good, method: "upi", upi: { vpa: `${REAL}@okbank` } }],
    ["a number as method", "/v1/payments", { ...good, method: REAL }],
    ["a number as amount", "/v1/payments", { ...good, amount: Number(REAL) }],
    ["a number as currency", "/v1/payments", { ...good, currency: REAL }],
    ["a number as field", "/v1/payments", { ...good, [REAL]: 1 }],
    ["a number as field of metadata, twice", "/v1/payments", `{"metadata":{"${REAL}":"a","${REAL}":"b"}}`],
    ["broken JSON", "/v1/payments", `{"card":{"number":"${REAL}","cvv":"${CVV}"`],
    ["a wrong character beside it", "/v1/payments", `{"card":{"number":"${REAL}","cvv":"${CVV}","holder_name":"\\u0000"}}`],
  ])("%s: number and CVV are nowhere afterwards", async (_name, url, payload) => {
    const left = await leavings(url, payload);
    for (const canary of canaries) expect(left).not.toContain(canary);
  });

  it("are nowhere either when the flow breaks", async () => {
    create.mockRejectedValue(new Error("broken"));
    const left = await leavings("/v1/payments", { ...good, method: "card", card });
    expect(left).toContain("internal_error");
    for (const canary of canaries) expect(left).not.toContain(canary);
  });

  it("in a path or a header of ours are not logged", async () => {
    const { app, log } = fakeApi();
    await app.inject({ url: `/v1/payments/${REAL}?card=${REAL}`, headers: { ...headers, "x-request-id": REAL } });
    await app.inject({ url: `/${REAL}`, headers });
    expect(log).toHaveLength(2);
    expect(JSON.stringify(log)).not.toContain(REAL);
  });

  it("change the request's hash, though nothing of them can be read there", async () => {
    const hashOf = async (cvv: string): Promise<string> => {
      create.mockClear();
      await leavings("/v1/payments", { ...good, method: "card", card: { ...card, cvv } });
      return create.mock.calls[0]![1].idempotency!.requestHash;
    };
    expect(await hashOf("111")).toBe(await hashOf("111"));
    expect(await hashOf("111")).not.toBe(await hashOf("112"));
  });
});

describe("a card number where it must not be", () => {
  it.each<[string, object]>([
    ["description", { description: `card ${spaced}` }],
    ["metadata.note", { metadata: { note: REAL } }],
    ["metadata.[removed]", { metadata: { [REAL]: "x" } }],
    ["customer.name", { customer: { name: REAL } }],
    ["customer.phone", { customer: { phone: spaced } }],
    ["customer.email", { customer: { email: `${REAL}@example.com` } }],
    ["return_url", { return_url: `https://shop.example/?c=${REAL}` }],
    ["return_url", { return_url: `https://shop.example/${spaced.replaceAll(" ", "%20")}` }],
    ["return_url", { return_url: `https://shop.example/?x=%zz&c=${spaced.replaceAll(" ", "+")}` }],
    ["description", { description: spaced.replaceAll(" ", "/") }],
    ["description", { description: spaced.replaceAll(" ", "\u200b") }],
    ["metadata.note", { metadata: { note: inArabicDigits(REAL) } }],
  ])("in %s is refused, with the reason", async (param, more) => {
    const { app } = fakeApi();
    const answer = await app.inject({ method: "POST", url: "/v1/payments", headers: json, payload: { ...good, ...more } });
    expect(answer.json().error).toMatchObject({ code: "invalid_field", param, message: expect.stringContaining("must not be sent here") });
    expect(create).not.toHaveBeenCalled();
  });
});

it("numbers of other kinds are taken, also as the refusal advises (R21)", async () => {
  const { app } = fakeApi();
  const pay = async (more: object): Promise<number> =>
    (await app.inject({ method: "POST", url: "/v1/payments", headers: json, payload: { ...good, ...more } })).statusCode;
  const metadata = {
    imei: "490154203237518",
    ean: "4006381333931",
    order: "4222222222222",
    account: "50100123456780",
    phone: "00491751234567",
  };
  expect(await pay({ metadata, description: "EAN 4006381333931, IMEI 35-693803-564380-9" })).toBe(201);
  expect(await pay({ metadata: { number: REAL } })).toBe(400);
  expect(await pay({ order_id: REAL })).toBe(201);
  expect(await pay({ metadata: { number: `${REAL.slice(0, 8)}A${REAL.slice(8)}` } })).toBe(201);
});
