import { beforeEach, describe, expect, it, vi } from "vitest";
import { BODY_MAX_BYTES } from "../core/constants.ts";
import { errorTable, type ErrorCode } from "../core/errors.ts";
import { representPayment } from "../core/represent.ts";
import { createPayment } from "../flows/payments/create.ts";
import { ask } from "./documented.testing.ts";
import { fakeApi, headers, payment, TEST_CARD } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));
const create = vi.mocked(createPayment);

beforeEach(() => {
  vi.resetAllMocks();
});

const accepted = {
  status: 201,
  body: JSON.stringify(representPayment(payment(), { attempts: [], refunds: [], cases: [] })),
  replayed: false,
};
const card = { number: TEST_CARD, expiry_month: 12, expiry_year: 2030, cvv: "123" };
const good = { amount: 100, currency: "INR", method: "card", card };
const json = { ...headers, "content-type": "application/json" };

/** Posts a create and expects a refusal that the flow never heard of. */
async function refused(body: unknown, more: Record<string, string> = {}): Promise<{ code: ErrorCode; param?: string; message: string }> {
  const { app } = fakeApi();
  const payload = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const answer = await ask(app, { method: "POST", url: "/v1/payments", headers: { ...json, ...more }, payload });
  expect(create).not.toHaveBeenCalled();
  const { error } = answer.json();
  expect(answer.statusCode).toBe(errorTable[error.code as ErrorCode].status);
  expect(error).toMatchObject({ doc_url: `/docs/errors#${error.code}`, request_id: answer.headers["request-id"] });
  return error;
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
const many = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));

describe("a body that is no proper JSON", () => {
  it.each<[string, string | Buffer, ErrorCode, string | undefined]>([
    ["cut off", '{"amount":1', "malformed_json", undefined],
    ["text after the end", '{"amount":1}x', "malformed_json", undefined],
    ["single quotes", "{'amount':1}", "malformed_json", undefined],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "malformed_json", undefined],
    ["half a surrogate pair as raw bytes", Buffer.from('{"description":"\xed\xa0\x80"}', "latin1"), "malformed_json", undefined],
    ["a raw control character", '{"description":"a\u0000b"}', "malformed_json", undefined],
    ["NaN", '{"amount":NaN}', "malformed_json", undefined],
    ["an array", "[]", "invalid_field", undefined],
    ["null", "null", "invalid_field", undefined],
    ["a string", '"amount"', "invalid_field", undefined],
    ["the same key twice", '{"amount":1,"currency":"INR","amount":2}', "duplicate_json_key", "amount"],
    ["the same key twice, one escaped", '{"amount":1,"\\u0061mount":2}', "duplicate_json_key", "amount"],
    ["the same key twice in an object within", '{"amount":1,"metadata":{"a:b":"{","c":"x","c":"y"}}', "duplicate_json_key", "metadata.c"],
    ["the same key twice within an array", '{"x":[{"a":1},{"a":1,"a":2}]}', "duplicate_json_key", "x.1.a"],
    ["__proto__", '{"amount":1,"__proto__":{"currency":"INR"}}', "unknown_field", "__proto__"],
    ["__proto__ in metadata", '{"amount":1,"metadata":{"__proto__":"x"}}', "unknown_field", "metadata.__proto__"],
    ["U+0000 escaped", '{"description":"a\\u0000"}', "invalid_characters", "description"],
    ["U+001E escaped", '{"metadata":{"a":"\\u001e"}}', "invalid_characters", "metadata.a"],
    ["U+001F in a key", '{"metadata":{"\\u001f":"a"}}', "invalid_characters", "metadata"],
    ["half a surrogate pair", '{"customer":{"name":"\\ud800"}}', "invalid_characters", "customer.name"],
    ["the other half", '{"description":"\\udc00\\ud800"}', "invalid_characters", "description"],
    ["33 levels", JSON.stringify(deep(33)), "invalid_field", "a.a.a.a"],
  ])("%s → %s", async (_name, body, code, param) => {
    expect(await refused(body)).toMatchObject({ code, ...(param !== undefined && { param }) });
  });

  it("takes a whole surrogate pair and other escapes", async () => {
    create.mockResolvedValue(accepted);
    const { app } = fakeApi();
    await ask(app, {
      method: "POST",
      url: "/v1/payments",
      headers: json,
      payload: '{"amount":1,"currency":"INR","description":"\\ud83d\\ude00 \\u001d é 😀"}',
    });
    expect(create.mock.calls[0]![2].description).toBe("😀 \u001d é 😀");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""])(
    "content type %j → unsupported_media_type",
    async (type) => {
      expect(await refused(good, { "content-type": type })).toMatchObject({ code: "unsupported_media_type" });
    },
  );

  it.each(["application/json; charset=utf-8", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'])(
    "content type %j is taken",
    async (type) => {
      expect(await refused({}, { "content-type": type })).toMatchObject({ code: "missing_field" });
    },
  );

  it("is refused from the first byte beyond 64 KiB", async () => {
    const bodyOf = (bytes: number): string => `{"amount":"${"9".repeat(bytes - 13)}"}`;
    expect(await refused(bodyOf(BODY_MAX_BYTES + 1))).toMatchObject({ code: "body_too_large" });
    expect(await refused(bodyOf(BODY_MAX_BYTES))).toMatchObject({ code: "missing_field" });
  });
});

describe("a field that is wrong", () => {
  const without = (name: string): object => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  it.each<[string, unknown, ErrorCode, string]>([
    ["no amount", without("amount"), "missing_field", "amount"],
    ["no currency", without("currency"), "missing_field", "currency"],
    ["zero", { ...good, amount: 0 }, "invalid_amount", "amount"],
    ["a negative amount", { ...good, amount: -1 }, "invalid_amount", "amount"],
    ["an amount that rounding would make 1 (R5)", '{"amount":0.99999999999999999999,"currency":"INR"}', "invalid_amount", "amount"],
    ["an amount that rounding would make 100 (R5)", '{"amount":100.00000000000000001,"currency":"INR"}', "invalid_amount", "amount"],
    ["a fraction", { ...good, amount: 10.5 }, "invalid_amount", "amount"],
    ["an amount as text", { ...good, amount: "100" }, "invalid_amount", "amount"],
    ["an amount in an array", { ...good, amount: [100] }, "invalid_amount", "amount"],
    ["amount null", { ...good, amount: null }, "invalid_amount", "amount"],
    ["an amount beyond every number", '{"amount":1e999,"currency":"INR"}', "invalid_amount", "amount"],
    ["one more than the largest amount", { ...good, amount: 1_000_000_000_000 }, "invalid_amount", "amount"],
    ["a currency in small letters", { ...good, currency: "inr" }, "invalid_currency", "currency"],
    ["a currency that is none", { ...good, currency: "XYZ" }, "invalid_currency", "currency"],
    ["a currency as number", { ...good, currency: 356 }, "invalid_currency", "currency"],
    ["an unknown field", { ...good, colour: "red" }, "unknown_field", "colour"],
    ["an unknown field of the card", { ...good, card: { ...card, pin: "1" } }, "unknown_field", "card.pin"],
    ["an unknown method", { ...good, method: "cash" }, "invalid_field", "method"],
    ["confirm as text", { ...good, confirm: "true" }, "invalid_field", "confirm"],
    ["metadata that is a number", { ...good, metadata: { a: 1 } }, "invalid_field", "metadata.a"],
    [
      "metadata with a name of 41 characters",
      { ...good, metadata: { ["a".repeat(41)]: "" } },
      "invalid_field",
      `metadata.${"a".repeat(41)}`,
    ],
    ["metadata with a value of 501 characters", { ...good, metadata: { a: "a".repeat(501) } }, "invalid_field", "metadata.a"],
    ["51 metadata", { ...good, metadata: many(51) }, "invalid_field", "metadata"],
    ["an e-mail that is none", { ...good, customer: { email: "a b@c" } }, "invalid_field", "customer.email"],
    ["two e-mails for a mail program", { ...good, customer: { email: "a,b@x.example" } }, "invalid_field", "customer.email"],
    ["a group for a mail program", { ...good, customer: { email: "x:b@x.example;" } }, "invalid_field", "customer.email"],
    ["an e-mail in brackets", { ...good, customer: { email: "<a@x.example>" } }, "invalid_field", "customer.email"],
    ["a phone number without digits", { ...good, customer: { phone: "( )" } }, "invalid_field", "customer.phone"],
    ["a phone that is none", { ...good, customer: { phone: "call me" } }, "invalid_field", "customer.phone"],
    ["an order id with a space", { ...good, order_id: "a b" }, "invalid_field", "order_id"],
    ["a return_url that is relative", { ...good, return_url: "/back" }, "invalid_url", "return_url"],
    ["a return_url that is a script", { ...good, return_url: "javascript:alert(1)" }, "invalid_url", "return_url"],
    ["a return_url with letters that are not ASCII", { ...good, return_url: "https://shop.example/grüße" }, "invalid_url", "return_url"],
    ["a return_url with a password", { ...good, return_url: "https://a:b@shop.example/" }, "invalid_url", "return_url"],
    ["confirm without a method", { amount: 1, currency: "INR", confirm: true }, "method_required", "method"],
    ["a method without its field", { amount: 1, currency: "INR", method: "upi" }, "missing_field", "upi"],
    ["a card without a method", { amount: 1, currency: "INR", card }, "missing_field", "method"],
    ["both methods", { ...good, upi: { vpa: "a@b" } }, "invalid_field", "upi"],
    ["a VPA without bank", { amount: 1, currency: "INR", method: "upi", upi: { vpa: "name" } }, "invalid_vpa", "upi.vpa"],
    ["a VPA with two @", { amount: 1, currency: "INR", method: "upi", upi: { vpa: "a@b@c" } }, "invalid_vpa", "upi.vpa"],
    ["a VPA with a dot in its bank", { amount: 1, currency: "INR", method: "upi", upi: { vpa: "a@b.c" } }, "invalid_vpa", "upi.vpa"],
    [
      "a card's VPA at NPCI",
      { amount: 1, currency: "INR", method: "upi", upi: { vpa: "4111111111111111@x.rupay.npci" } },
      "invalid_vpa",
      "upi.vpa",
    ],
    ["a number that is no card number (R23)", { ...good, card: { ...card, number: "4111 1111 1111 1112" } }, "invalid_card", "card.number"],
    [
      "a card number that is no test card's (R23)",
      { ...good, card: { ...card, number: "4929\u00a01234\u00a05678\u00a01236" } },
      "test_card_required",
      "card.number",
    ],
    ["a VPA as number", { amount: 1, currency: "INR", method: "upi", upi: { vpa: 7 } }, "invalid_vpa", "upi.vpa"],
  ])("%s → %s", async (_name, body, code, param) => {
    expect(await refused(body)).toMatchObject({ code, param });
  });

  it.each<[string, string, string | null]>([
    ["currancy", "currency", null],
    ["captureMethod", "capture_method", null],
    ["meta_data", "metadata", null],
    ["zzz", "", "Remove it or check its spelling."],
  ])("an unknown field %j gets a suggestion if one is near", async (name, near, otherwise) => {
    const { message } = await refused({ ...good, [name]: "x" });
    expect(message).toBe(`${name} is not known here. ${otherwise ?? `Did you mean ${near}?`}`);
  });

  it("suggests within objects too", async () => {
    const { message } = await refused({ ...good, card: { ...card, numbr: "x" } });
    expect(message).toContain("Did you mean card.number?");
  });

  it("takes the smallest and the largest amount and 50 metadata", async () => {
    create.mockResolvedValue(accepted);
    const { app } = fakeApi();
    for (const amount of [1, 999_999_999_999]) {
      const answer = await ask(app, {
        method: "POST",
        url: "/v1/payments",
        headers: json,
        payload: { ...good, amount, metadata: many(50) },
      });
      expect(answer.statusCode).toBe(201);
    }
  });
});

describe("a refusal can be mended at sight", () => {
  it.each<[string, unknown, string]>([
    ["a missing field is named", { currency: "INR" }, "amount is required."],
    ["within an object too", { ...good, card: { ...card, cvv: undefined } }, "card.cvv is required."],
    [
      "a misspelt field comes before the one that it should have been",
      { amuont: 1, currency: "INR" },
      "amuont is not known here. Did you mean amount?",
    ],
    [
      "also within an object",
      { ...good, card: { ...card, cvv: undefined, cvvv: "1" } },
      "card.cvvv is not known here. Did you mean card.cvv?",
    ],
    [
      "a VPA beside the amount",
      { amount: 1, currency: "INR", vpa: "a@b" },
      'vpa is not known here. It belongs in upi: {"upi": {"vpa": …}}.',
    ],
    [
      "a card number beside the amount",
      { amount: 1, currency: "INR", number: TEST_CARD },
      'number is not known here. It belongs in card: {"card": {"number": …}}.',
    ],
    [
      "an e-mail beside the amount",
      { amount: 1, currency: "INR", email: "a@b" },
      'email is not known here. It belongs in customer: {"customer": {"email": …}}.',
    ],
    ["a card number that is no text", { ...good, card: { ...card, number: 4111111111111111 } }, "card.number must be a string of digits."],
    ["a CVV that is no text", { ...good, card: { ...card, cvv: 123 } }, "card.cvv must be a string of digits."],
    ["a month that is a list", { ...good, card: { ...card, expiry_month: [1] } }, "card.expiry_month must be of type integer or string."],
    ["an amount that is text", { ...good, amount: "100" }, errorTable.invalid_amount.message],
    ["a method without its field", { amount: 1, currency: "INR", method: "upi" }, 'method "upi" needs upi: {"vpa": …}, or {} without it.'],
    ["a card that is no test card", { ...good, card: { ...card, number: "5555555555554444" } }, errorTable.test_card_required.message],
    ["JSON that is none", '{"amount": 100, "currency": }', "The body is not valid JSON: unexpected } at line 1, column 29."],
    ["JSON that is cut off", '{"amount": 100', "The body is not valid JSON: it ends too early."],
  ])("%s", async (_name, body, message) => {
    expect((await refused(body)).message).toBe(message);
  });

  it("names the page with the test cards", () => {
    expect(errorTable.test_card_required.message).toContain("docs/test-scenarios.md");
  });
});

describe("a card that is wrong", () => {
  it.each<[string, object, ErrorCode, string]>([
    ["no field", {}, "missing_field", "card.number"],
    ["no CVV", { number: TEST_CARD, expiry_month: 1, expiry_year: 2030 }, "missing_field", "card.cvv"],
    ["a wrong check digit", { ...card, number: "4111111111111112" }, "invalid_card", "card.number"],
    ["12 digits", { ...card, number: "411111111111" }, "invalid_card", "card.number"],
    ["20 digits", { ...card, number: "41111111111111111111" }, "invalid_card", "card.number"],
    ["letters", { ...card, number: "4111x111111111111" }, "invalid_card", "card.number"],
    ["a number instead of text", { ...card, number: 4111111111111111 }, "invalid_card", "card.number"],
    ["month 0", { ...card, expiry_month: 0 }, "invalid_card", "card.expiry_month"],
    ["month 13", { ...card, expiry_month: "13" }, "invalid_card", "card.expiry_month"],
    ["month 1.5", { ...card, expiry_month: 1.5 }, "invalid_card", "card.expiry_month"],
    ["a year of three digits", { ...card, expiry_year: "030" }, "invalid_card", "card.expiry_year"],
    ["year true", { ...card, expiry_year: true }, "invalid_card", "card.expiry_year"],
    ["a CVV of 4 digits", { ...card, cvv: "1234" }, "invalid_card", "card.cvv"],
    ["a CVV with a letter", { ...card, cvv: "12a" }, "invalid_card", "card.cvv"],
    ["an Amex with a CVV of 3 digits", { ...card, number: "378282246310005" }, "invalid_card", "card.cvv"],
    ["last month", { ...card, expiry_month: 12, expiry_year: "25" }, "expired_card", "card.expiry_year"],
    ["a real number", { ...card, number: "5555555555554444" }, "test_card_required", "card.number"],
    ["a token of somebody else", { token: "tok_other" }, "invalid_card", "card.token"],
    ["a token and a number", { ...card, token: "tok_visa" }, "invalid_card", "card.number"],
  ])("%s → %s", async (_name, bad, code, param) => {
    const error = await refused({ ...good, card: bad });
    if ("token" in bad && "number" in bad) expect(error).toMatchObject({ code: "invalid_field", param });
    else expect(error).toMatchObject({ code, param });
  });

  it("is valid to the end of its month everywhere on Earth, and not a moment longer", async () => {
    const { app, clock } = fakeApi();
    create.mockResolvedValue(accepted);
    const pay = async (): Promise<number> =>
      (
        await ask(app, {
          method: "POST",
          url: "/v1/payments",
          headers: json,
          payload: { ...good, card: { ...card, expiry_month: 1, expiry_year: 26 } },
        })
      ).statusCode;
    clock.now = Date.UTC(2026, 1, 1, 12) - 1;
    expect(await pay()).toBe(201);
    clock.now += 1;
    expect(await pay()).toBe(400);
  });
});

describe("an idempotency key that is wrong", () => {
  it.each([
    ["empty", ""],
    ["256 characters", "a".repeat(256)],
    ["not ASCII", "clé"],
    ["a tab", "a\tb"],
  ])("%s → invalid_idempotency_key", async (_name, key) => {
    expect(await refused(good, { "idempotency-key": key })).toMatchObject({ code: "invalid_idempotency_key", param: "Idempotency-Key" });
  });
});
