import { describe, expect, it } from "vitest";
import document from "../../docs/openapi.json" with { type: "json" };
import { ApiError, InvalidRequestError, responseError } from "./errors.ts";
import { isRepeated, readRetryAfter, retryDelay } from "./retry.ts";

describe("the wait before a repetition", () => {
  it("is anything up to a bound that doubles and ends at 8 s", () => {
    expect([1, 2, 3, 4, 5, 6, 10].map((n) => retryDelay(n, undefined, () => 1))).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
    expect(retryDelay(3, undefined, () => 0)).toBe(0);
  });

  it("is never shorter than Retry-After, and none if that is more than a minute", () => {
    expect(retryDelay(1, 2_000, () => 0)).toBe(2_000);
    expect(retryDelay(1, 2_000, () => 1)).toBe(2_500);
    expect(retryDelay(1, 60_000, () => 0)).toBe(60_000);
    expect(retryDelay(1, 60_001, () => 0)).toBeNull();
  });

  it("reads seconds and dates, and nothing else", () => {
    const now = Date.UTC(2026, 10, 27, 12, 0, 0);
    expect(readRetryAfter("3", now)).toBe(3_000);
    expect(readRetryAfter("Fri, 27 Nov 2026 12:00:05 GMT", now)).toBe(5_000);
    expect(readRetryAfter("Fri, 27 Nov 2026 11:00:00 GMT", now)).toBe(0);
    for (const other of [null, "", "-1", "1.5", "soon", "2026-11-27"]) expect(readRetryAfter(other, now)).toBeUndefined();
  });

  it("follows for a request that could be done twice only if it was refused for its number", () => {
    expect([429, 500, 503, 502].map((status) => isRepeated({ status, code: "x" }, false))).toEqual([true, false, false, false]);
  });
});

describe("errors", () => {
  const body = (type: string) => ({ type, code: "x", message: "x" });

  it("have a class for each type of the document, no two the same", () => {
    const types = document.components.schemas.Error.properties.error.properties.type.enum;
    const classes = types.map((type) => responseError(body(type), { status: 418 }).constructor);
    expect(new Set(classes).size).toBe(types.length);
    expect(types.filter((type) => responseError(body(type), { status: 418 }) instanceof InvalidRequestError)).toEqual([
      "invalid_request_error",
    ]);
  });

  it("of a type that is not known go by their status", () => {
    expect(responseError(body("constructor"), { status: 503 })).toBeInstanceOf(ApiError);
    expect(responseError(body("new_error"), { status: 418 })).toBeInstanceOf(InvalidRequestError);
  });
});
