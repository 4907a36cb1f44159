/** What counts as an idempotency key: a key that is overlooked lets a retry charge again. */
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPayment } from "../flows/payments/create.ts";
import { fakeApi, headers, type Fakes } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn(), createdBefore: vi.fn(async () => null) }));
const create = vi.mocked(createPayment);

let fakes: Fakes;
beforeEach(async () => {
  create.mockReset();
  create.mockResolvedValue({ status: 201, body: "{}", replayed: false });
  fakes = fakeApi();
  await fakes.app.listen({ port: 0, host: "127.0.0.1" });
});
afterEach(() => fakes.app.close());

interface Answered {
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string; readonly param: string };
}

/** Header by header as given: a client library would join or rename them. */
async function post(more: readonly (readonly [string, string])[]): Promise<Answered> {
  const { port } = fakes.app.server.address() as AddressInfo;
  const common = Object.entries({ ...headers, "content-type": "application/json", host: "x", connection: "close" });
  return new Promise((resolve, reject) => {
    const asked = request({ port, method: "POST", path: "/v1/payments", headers: [...common, ...more].flat() as never }, (answer) => {
      let body = "";
      answer
        .on("data", (chunk: Buffer) => (body += chunk.toString()))
        .once("end", () => resolve({ status: answer.statusCode!, ...(JSON.parse(body) as object) }));
    });
    asked.once("error", reject).end('{"amount":1,"currency":"INR"}');
  });
}

const keyOfCall = (n: number): string | undefined => create.mock.calls[n]![1].idempotency?.key;

it.each([
  ['"k1"', "k1"],
  ['"k \\"1\\" \\\\"', 'k "1" \\'],
  ["k1", "k1"],
  ['k"1"', 'k"1"'],
  ["k1, k2", "k1, k2"],
])("%s is the key %s: a quoted string of a structured field is what it quotes (R2)", async (sent, key) => {
  expect((await post([["Idempotency-Key", sent]])).status).toBe(201);
  expect(keyOfCall(0)).toBe(key);
});

describe("is refused, and nothing is done (R2)", () => {
  it.each<[string, readonly (readonly [string, string])[], RegExp]>([
    [
      "sent twice",
      [
        ["Idempotency-Key", "k1"],
        ["Idempotency-Key", "k1"],
      ],
      /must be sent once/,
    ],
    [
      "sent twice in two spellings",
      [
        ["Idempotency-Key", "k1"],
        ["idempotency-key", "k2"],
      ],
      /must be sent once/,
    ],
    ["X-Idempotency-Key", [["X-Idempotency-Key", "k1"]], /Did you mean Idempotency-Key\?/],
    ["Idempotency_Key", [["Idempotency_Key", "k1"]], /Did you mean Idempotency-Key\?/],
    ["IdempotencyKey", [["IdempotencyKey", "k1"]], /Did you mean Idempotency-Key\?/],
    ["Idempotent-Key", [["Idempotent-Key", "k1"]], /Did you mean Idempotency-Key\?/],
    ["a quotation mark without its end", [["Idempotency-Key", '"k1']], /no quoted string/],
    ["text behind the quotation", [["Idempotency-Key", '"k1"x']], /no quoted string/],
    ["an empty quotation", [["Idempotency-Key", '""']], /1 to 255/],
  ])("%s", async (_what, sent, message) => {
    const { status, error } = await post(sent);
    expect([status, error]).toEqual([400, expect.objectContaining({ code: "invalid_idempotency_key", param: "Idempotency-Key" })]);
    expect(error!.message).toMatch(message);
    expect(create).not.toHaveBeenCalled();
  });
});

it("leaves other headers alone, and a near name beside the right one", async () => {
  expect((await post([["Idempotent-Replayed", "true"]])).status).toBe(201);
  expect(
    (
      await post([
        ["Idempotency-Key", "k1"],
        ["X-Idempotency-Key", "k2"],
      ])
    ).status,
  ).toBe(201);
  expect([keyOfCall(0), keyOfCall(1)]).toEqual([undefined, "k1"]);
});
