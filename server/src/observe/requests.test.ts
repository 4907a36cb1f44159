import { describe, expect, it, vi } from "vitest";
import type { RequestRecord, SeenRequest } from "../core/ports/requests.ts";
import { createRequestRecorder, RECORDED_PER_SECOND, shownBody } from "./requests.ts";

const seen = (over: Partial<SeenRequest> = {}): SeenRequest => ({
  merchantId: "mer_1",
  mode: "test",
  id: "req_1",
  keyId: "key_1",
  method: "POST",
  route: "/v1/payments/:id/capture",
  subject: null,
  status: 400,
  errorCode: "invalid_field",
  body: { amount: 100 },
  paymentId: null,
  resourceId: null,
  durationMs: 3,
  ...over,
});

function recording(write: (rows: readonly RequestRecord[]) => Promise<void> = async () => undefined) {
  const written: RequestRecord[] = [];
  const batches: number[] = [];
  const warned: unknown[] = [];
  const recorder = createRequestRecorder({
    write: async (rows) => {
      await write(rows);
      batches.push(rows.length);
      written.push(...rows);
    },
    clock: { now: () => 7_000 },
    log: { warn: (fields) => void warned.push(fields) },
  });
  return { recorder, written, batches, warned };
}

describe("the record of requests", () => {
  it("is written by itself in batches, with the time and the form of the body", async () => {
    const { recorder, written, batches } = recording();
    for (let n = 0; n < 40; n++) recorder.record(seen({ id: `req_${n}` }));
    expect(written).toEqual([]);
    await vi.waitFor(() => expect(written).toHaveLength(40));
    expect(batches).toEqual([40]);
    expect(written[39]).toEqual({ ...seen({ id: "req_39" }), body: '{"amount":100}', at: 7_000 });
  });

  it("takes a bounded number of refusals of one merchant, and those of others and changes all the same", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { recorder, written, warned } = recording();
    for (let n = 0; n < 500; n++) recorder.record(seen());
    recorder.record(seen({ merchantId: "mer_2" }));
    recorder.record(seen({ status: 200, errorCode: null }));
    await recorder.close();
    expect(written).toHaveLength(RECORDED_PER_SECOND.refusalsOfOne + 2);
    expect(warned).toEqual([{ dropped: 500 - RECORDED_PER_SECOND.refusalsOfOne }]);
    vi.advanceTimersByTime(1_000);
    recorder.record(seen());
    await recorder.close();
    expect(written).toHaveLength(RECORDED_PER_SECOND.refusalsOfOne + 3);
    vi.useRealTimers();
  });

  it("is written a little later if the database did not take it, in its order", async () => {
    let failing = 2;
    const { recorder, written, warned } = recording(() => (failing-- > 0 ? Promise.reject(new Error("busy")) : Promise.resolve()));
    recorder.record(seen({ id: "req_1" }));
    await vi.waitFor(() => expect(failing).toBe(1));
    recorder.record(seen({ id: "req_2" }));
    await vi.waitFor(() => expect(written.map(({ id }) => id)).toEqual(["req_1", "req_2"]), 5_000);
    expect(warned).toEqual([]);
  });

  it("is given up after some tries, with the database's reason, and what comes later is written", async () => {
    let failing = true;
    const { recorder, written, warned } = recording(() => (failing ? Promise.reject(new Error("full")) : Promise.resolve()));
    recorder.record(seen({ id: "req_1" }));
    await vi.waitFor(() => expect(warned).toEqual([{ dropped: 1, error: "Error: full" }]), 5_000);
    failing = false;
    recorder.record(seen({ id: "req_2" }));
    await vi.waitFor(() => expect(written.map(({ id }) => id)).toEqual(["req_2"]), 5_000);
  });

  it("is bounded while the database takes none, and goes on after that", async () => {
    let isDown = true;
    const { recorder, written, warned } = recording(() => (isDown ? Promise.reject(new Error("no")) : Promise.resolve()));
    for (let n = 0; n < 3 * RECORDED_PER_SECOND.all; n++) recorder.record(seen({ status: 200 }));
    await recorder.close();
    expect([written.length, warned]).toEqual([0, [{ dropped: 3 * RECORDED_PER_SECOND.all, error: "Error: no" }]]);
    isDown = false;
    await vi.waitFor(async () => {
      recorder.record(seen({ status: 200 }));
      await recorder.close();
      expect(written.length).toBeGreaterThan(0);
    });
  });
});

describe("a body as it is kept", () => {
  it("shows its form, and values of which only a few words are possible", () => {
    const body = {
      amount: 4_200,
      currency: "INR",
      method: "card",
      confirm: true,
      payment_id: "pay_01KAJ7Q2XKZ3V9M4T8RBN5CHWE",
      description: "Shoes for Asha",
      card: { number: "4111111111111111", cvv: "123" },
      customer: { email: "asha@example.com", phone: "+919876543210" },
      metadata: { note: "call her", size: "8" },
      items: [1, 2],
    };
    expect(JSON.parse(shownBody(body)!)).toEqual({
      amount: 4_200,
      currency: "INR",
      method: "card",
      confirm: true,
      payment_id: "pay_01KAJ7Q2XKZ3V9M4T8RBN5CHWE",
      description: "[text, 14 characters]",
      card: "[hidden]",
      customer: { email: "[text, 16 characters]", phone: "[text, 13 characters]" },
      metadata: { note: "[text, 8 characters]", size: "[text, 1 characters]" },
      items: "[list, 2 items]",
    });
  });

  it.each<[string, unknown]>([
    ["a name", { "4111111111111111": 1 }],
    ["a name with words", { "card 4111 1111 1111 1111": "x" }],
    ["a word", { currency: "4111111111111111" }],
    ["an amount", { amount: 4_111_111_111_111_111 }],
    ["a number elsewhere", { cvv: 739, pin: 4_111_111_111_111_111 }],
    ["a list", { method: ["4111111111111111"] }],
    ["a base64 text", { method: "NDExMTExMTExMTExMTExMQ" }],
    ["a base64 text of letters only", { method: "MzcyOTYzOTkwNDcxMTAz" }],
    ["an id of ours", { method: "pay_NDM3NDY1NDA2NTM2NDA1NQ0000" }],
    ["a name in base64 of letters only", { MzcyOTYzOTkwNDcxMTAz: "x" }],
    ["the beginning of a name in base64", { MzcyOTYzOTkwNDcxMTAzNumber: "x" }],
    ["the end of a name in base64", { inboxMzcyOTYzOTkwNDcxMTAz: "x" }],
  ])("shows nothing of a card number as %s", (_where, body) => {
    expect(shownBody(body)).not.toMatch(/4111|739|NDEx|MzcyO|NDM3N/);
  });

  it("is bounded in width and depth", () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`a${"_".repeat(n % 39)}`.concat("b".repeat(n % 2)), n]));
    let deep: unknown = 1;
    for (let n = 0; n < 1_000; n++) deep = { a: deep };
    expect(shownBody(wide)!.length).toBeLessThan(8_192);
    expect(shownBody(deep)).toBe('{"a":{"a":{"a":"[hidden]"}}}');
    expect(shownBody(undefined)).toBeNull();
  });
});
