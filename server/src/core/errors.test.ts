import { describe, expect, it } from "vitest";
import { docUrlBase, errorTable, errorText, failureTable, TillwayError, type ErrorCode } from "./errors.ts";
import { errorHelp } from "./error-help.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

describe("the table of errors", () => {
  it.each(codes)("%s has a status, a type and a sentence that helps", (code) => {
    const { status, type, message } = errorTable[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(type).toMatch(/_error$/);
    expect(message).toMatch(/^[A-Za-z].* .*\.$/);
    expect(message.length).toBeLessThan(200);
  });

  it.each<[number, string[]]>([
    [400, ["invalid_request_error"]],
    [401, ["authentication_error"]],
    [402, ["card_error"]],
    [403, ["permission_error"]],
    [404, ["not_found_error"]],
    [409, ["conflict_error"]],
    [429, ["rate_limit_error"]],
    [503, ["api_error"]],
  ])("status %s always has the type %s", (status, types) => {
    const found = new Set(codes.filter((code) => errorTable[code].status === status).map((code) => errorTable[code].type));
    expect([...found]).toEqual(types);
  });

  it("calls nothing a failure of the payment but what the bank or gateway said", () => {
    expect(codes.filter((code) => errorTable[code].status === 402)).toEqual(["payment_failed", "capture_failed", "cancel_failed"]);
  });
});

describe("the reasons why payments fail", () => {
  it.each(Object.entries(failureTable))("%s has a sentence that helps", (_code, meaning) => {
    expect(meaning).toMatch(/^[A-Z].* .*\.$/);
  });

  it("are no codes of refused requests: one word has one meaning", () => {
    expect(Object.keys(failureTable).filter((code) => code in errorTable)).toEqual([]);
  });
});

describe("the body of an error", () => {
  it("is these bytes, and leaves out what does not apply", () => {
    expect(errorText("not_found", {}, "req_1")).toBe(
      '{"error":{"type":"not_found_error","code":"not_found","message":"There is nothing with this id for this key.","doc_url":"/docs/errors#not_found","request_id":"req_1"}}',
    );
  });

  it("carries every detail under its name, in a fixed order", () => {
    const details = {
      message: "No.",
      param: "amount",
      declineCode: "insufficient_funds",
      source: "bank",
      step: "charge",
      reason: "r",
      paymentId: "pay_1",
      retryAfterMs: 5,
    };
    expect(errorText("payment_failed", details, "req_2")).toBe(
      '{"error":{"type":"card_error","code":"payment_failed","message":"No.","param":"amount","decline_code":"insufficient_funds","source":"bank","step":"charge",' +
        '"reason":"r","doc_url":"/docs/errors#payment_failed","request_id":"req_2","payment_id":"pay_1"}}',
    );
  });

  it.each(codes)("%s points to its own place in the documentation", (code) => {
    expect((JSON.parse(errorText(code, {}, "req")) as { error: { doc_url: string } }).error.doc_url).toBe(docUrlBase + code);
  });
});

describe("a refusal that is thrown", () => {
  it("knows its status, its code and its details", () => {
    const error = new TillwayError("invalid_amount", { param: "amount" });
    expect(error).toBeInstanceOf(Error);
    expect({ status: error.status, code: error.code, param: error.details.param, name: error.name }).toEqual({
      status: 400,
      code: "invalid_amount",
      param: "amount",
      name: "TillwayError",
    });
    expect(error.message).toBe(errorTable.invalid_amount.message);
  });

  it("says what the thrower said, where he said something", () => {
    expect(new TillwayError("invalid_state", { message: "It is over." }).message).toBe("It is over.");
  });
});

it.each(Object.entries(errorHelp))("%s has a cause and a cure, in sentences", (_code, { cause, cure }) => {
  for (const text of [cause, cure]) expect(text).toMatch(/^[A-Z`].{10,}[.]$/s);
  expect(cause).not.toBe(cure);
});
