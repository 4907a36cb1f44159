import { describe, expect, it } from "vitest";
import { isWanted, readForward } from "./forwards.ts";

describe("--forward", () => {
  it.each([
    ["payment.*=http://127.0.0.1:4000/hook?a=b", { filters: ["payment.*"], url: "http://127.0.0.1:4000/hook?a=b" }],
    ["payment.succeeded,refund.*=localhost:4000", { filters: ["payment.succeeded", "refund.*"], url: "http://localhost:4000" }],
    ["http://127.0.0.1:4000/hook?x=1", { filters: ["*"], url: "http://127.0.0.1:4000/hook?x=1" }],
    ["*=https://shop.example/hook", { filters: ["*"], url: "https://shop.example/hook" }],
  ])("%s is read", (text, forward) => expect(readForward(text)).toEqual(forward));

  it.each([
    ["payment.suceeded=http://127.0.0.1/", /no event "payment\.suceeded"\. Did you mean payment\.succeeded\?/],
    ["payment.*=ftp://127.0.0.1/", /takes EVENT=URL/],
    ["payment.*=http://", /takes EVENT=URL/],
  ])("%s is refused", (text, message) => expect(() => readForward(text)).toThrow(message));
});

it("a forward gets what a webhook endpoint would get", () => {
  const all = readForward("http://127.0.0.1/");
  expect(["payment.succeeded", "refund.failed", "case.of_a_later_version"].map((type) => isWanted(all, type))).toEqual([true, true, true]);
  // The answer to the request says these; the last is for the endpoint that is tested.
  expect(["payment.created", "payment.pending", "webhook.test"].map((type) => isWanted(all, type))).toEqual([false, false, false]);
  expect(isWanted(readForward("refund.*=http://127.0.0.1/"), "payment.succeeded")).toBe(false);
});
