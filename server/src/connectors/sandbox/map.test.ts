import { describe, expect, it } from "vitest";
import type { Attempt } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { HttpResult } from "../../core/ports/http.ts";
import { parse, readResult, type Asked } from "../exchange.ts";
import { dialect, unknownWord } from "./map.ts";

const attempt = { gatewayKey: "key-0000000001", accountId: "acc_1", questions: 0 } as Attempt;
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpResult => ({
  kind: "answer",
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
  durationMs: 1,
});
const NOW = Date.UTC(2026, 9, 21, 7, 0, 0);
const mapResult = (result: HttpResult, of: Attempt, asked: Asked) => {
  const outcome = readResult(result, { attempt: of, asked, now: NOW }, dialect);
  return { outcome, note: result.kind === "answer" ? unknownWord(parse(result.body), outcome) : null };
};
const shown = { object: "charge", key: "key-0000000001", account: "acc_1", reference: "sch_1", amount: 100, currency: "INR" };
const figures = { amount: 100, currency: "INR" };
const refused = (status: number, code: string, more = {}): HttpResult => answer(status, { error: { code, message: "No.", ...more } });

describe("the status table", () => {
  it.each<[string, object, object]>([
    ["succeeded", {}, { kind: "succeeded", reference: "sch_1", figures }],
    ["authorized", { lapses_at: 5 }, { kind: "authorized", reference: "sch_1", figures, lapsesAt: 5 }],
    ["authorized", {}, { kind: "authorized", lapsesAt: null }],
    [
      "requires_action",
      { next_action: { type: "redirect", url: "https://bank.example" } },
      { kind: "requires_action", nextAction: { type: "redirect", url: "https://bank.example" } },
    ],
    ["requires_action", {}, { kind: "pending" }],
    ["processing", {}, { kind: "pending", reference: "sch_1" }],
    ["pending", {}, { kind: "pending", reference: "sch_1" }],
    ["declined", { code: "lost_card" }, { kind: "declined", reference: "sch_1", declineCode: "lost_card" }],
    ["declined", { code: "brand_new_code" }, { kind: "declined", declineCode: "card_declined" }],
    ["declined", { code: "constructor" }, { kind: "declined", declineCode: "card_declined" }],
    ["declined", { object: "refund", code: "brand_new_code" }, { kind: "declined", declineCode: "operation_refused" }],
    ["canceled", {}, { kind: "canceled", reference: "sch_1" }],
    ["canceled", { reference: null }, { kind: "canceled", reference: null }],
  ])("%s %j", (status, more, outcome) => {
    expect(mapResult(answer(200, { ...shown, ...more, status }), attempt, "money")).toMatchObject({ outcome, note: null });
  });

  it.each(["held_for_review", "constructor", "failed", undefined, 7])("never takes the unknown word %s for a failure", (status) => {
    const mapped = mapResult(answer(200, { ...shown, status }), attempt, "money");
    expect(mapped.outcome).toEqual({ kind: "pending", reference: "sch_1" });
    expect(mapped.note).toContain("unknown status");
  });

  it.each<[string, object, string | undefined]>([
    ["another key", { key: "key-0000000002" }, "key key-0000000002 instead of key-0000000001"],
    ["another account", { account: "acc_2" }, "account acc_2 instead of acc_1"],
    ["a card number for a key", { key: "4242424242424242" }, expect.not.stringContaining("4242424242424242") as string],
    ["a key without end", { key: "k".repeat(5_000) }, `key ${"k".repeat(64)} instead of key-0000000001`],
    ["no reference", { reference: undefined }, undefined],
    ["no key", { key: undefined }, undefined],
    ["a number for an account", { account: 1 }, undefined],
  ])("applies no answer with %s, and names the mismatch", (_, more, mismatch) => {
    for (const asked of ["money", "question"] as const) {
      const { outcome } = mapResult(answer(200, { ...shown, ...more, status: "succeeded" }), attempt, asked);
      expect(outcome).toMatchObject({ kind: "unknown", storedError: false });
      expect((outcome as { mismatch?: string }).mismatch).toEqual(mismatch);
    }
  });

  it("hands on figures as they are, and impossible ones if there are none", () => {
    expect(mapResult(answer(200, { ...shown, amount: 200, status: "succeeded" }), attempt, "money").outcome).toMatchObject({
      figures: { amount: 200 },
    });
    expect(mapResult(answer(200, { ...shown, amount: "100", status: "succeeded" }), attempt, "money").outcome).toMatchObject({
      figures: { amount: -1 },
    });
  });
});

describe("the error table", () => {
  it.each<[string, HttpResult, Partial<Outcome>, Partial<Outcome>, Partial<Outcome>]>([
    ["a 4xx", refused(400, "malformed"), { kind: "rejected", code: "malformed" } as Outcome, { kind: "unknown" }, { kind: "unknown" }],
    ["a proxy's 4xx", answer(403, { message: "Forbidden" }), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    [
      "a 4xx without a code",
      answer(418, { error: {} }),
      { kind: "rejected", code: "status_418" } as Outcome,
      { kind: "unknown" },
      { kind: "unknown" },
    ],
    ["a 404", refused(404, "not_found"), { kind: "rejected" }, { kind: "unknown" }, { kind: "not_found" }],
    ["a first request still at work", refused(409, "key_in_use"), { kind: "pending" }, { kind: "pending" }, { kind: "pending" }],
    ["a key that was called off", refused(409, "key_canceled"), { kind: "canceled" }, { kind: "canceled" }, { kind: "canceled" }],
    ["429", refused(429, "rate_limited"), { kind: "throttled", retryAfterMs: null } as Outcome, { kind: "unknown" }, { kind: "unknown" }],
    [
      "a plain 500",
      refused(500, "internal_error"),
      { kind: "unknown", storedError: false } as Outcome,
      { kind: "unknown" },
      { kind: "unknown" },
    ],
    [
      "a stored 500",
      refused(500, "internal_error", { stored: true }),
      { kind: "unknown", storedError: true } as Outcome,
      { kind: "unknown", storedError: true } as Outcome,
      { kind: "unknown" },
    ],
    ["a 503", refused(503, "unavailable"), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    ["a 502 of HTML", answer(502, "<html>"), { kind: "unknown", storedError: false } as Outcome, { kind: "unknown" }, { kind: "unknown" }],
    ["a 200 of HTML", answer(200, "<html>"), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    ["a 200 of a list", answer(200, "[]"), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    ["a 400 of HTML", answer(400, "<html>"), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    ["a redirect", answer(302, "{}"), { kind: "unknown" }, { kind: "unknown" }, { kind: "unknown" }],
    [
      "no connection",
      { kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 },
      { kind: "not_sent" },
      { kind: "unknown" },
      { kind: "unknown" },
    ],
    [
      "a reset",
      { kind: "unknown", reason: "ECONNRESET", durationMs: 1 },
      { kind: "unknown", reason: "ECONNRESET" } as Outcome,
      { kind: "unknown" },
      { kind: "unknown" },
    ],
  ])("%s: to a first request, to a later one, to a question", (_, result, first, later, question) => {
    const read = (questions: number, asked: Asked): Outcome => mapResult(result, { ...attempt, questions }, asked).outcome;
    expect(read(0, "money")).toMatchObject(first);
    expect(read(1, "money")).toMatchObject(later);
    expect(read(1, "question")).toMatchObject(question);
  });

  it.each<[string | undefined, number | null]>([
    ["2", 2_000],
    ["0", 0],
    ["999999999", 3_600_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", 1_680_000],
    ["-1", null],
    [undefined, null],
  ])("Retry-After %s is %s ms", (header, retryAfterMs) => {
    expect(mapResult(answer(429, "{}", header === undefined ? {} : { "retry-after": header }), attempt, "money").outcome).toEqual({
      kind: "throttled",
      retryAfterMs,
    });
  });

  it("Retry-After as a date is measured by the answer's own date (R13)", () => {
    const headers = { date: "Wed, 21 Oct 2026 08:00:00 GMT", "retry-after": "Wed, 21 Oct 2026 08:00:30 GMT" };
    expect(mapResult(answer(429, "{}", headers), attempt, "money").outcome).toEqual({ kind: "throttled", retryAfterMs: 30_000 });
  });

  describe.each(["key_reused", "already_captured", "already_voided", "already_refunded"])(
    "%s proves that something is there (R3)",
    (code) => {
      it.each<[number, Asked]>([
        [0, "money"],
        [1, "money"],
        [1, "question"],
      ])("after %d questions, in answer to %s: never refused, and asked by the reference that it names", (questions, asked) => {
        const read = (more: object) => mapResult(refused(409, code, more), { ...attempt, questions }, asked).outcome;
        expect(read({ reference: "sch_1" })).toMatchObject({
          kind: "unknown",
          reference: "sch_1",
          reason: expect.stringContaining(code) as string,
        });
        expect(read({})).toEqual({ kind: "pending", reference: null });
        expect(read({ reference: 7 })).toEqual({ kind: "pending", reference: null });
      });
    },
  );
});
