import { expect, it } from "vitest";
import { payingAt } from "./checkout.ts";

const email = "asha@shopper.example";

it.each([
  ["the session's customer", { customer: { email, locale: "ja" }, locale: "hi" }, "de", "ja"],
  ["the session", { customer: { email }, locale: "hi" }, "de", "hi"],
  ["the browser's first", { customer: { email }, locale: null }, "pt-BR, en;q=0.8", "pt-BR"],
  ["the browser's only one", { customer: { email }, locale: null }, " de ;q=1", "de"],
  ["nothing, since any will do,", { customer: { email }, locale: null }, "*", undefined],
  ["nothing, since it is no tag,", { customer: { email }, locale: null }, `${"a".repeat(4_000)}-\r\n`, undefined],
  ["nothing", { customer: { email }, locale: null }, undefined, undefined],
])("the language of a shopper is what %s says", (_, session, accepted, locale) => {
  expect(payingAt(session, accepted)).toEqual({ email, ...(locale !== undefined && { locale }) });
});

it("nobody is known where the session names nobody, or there is none", () => {
  expect([payingAt({ customer: null, locale: "hi" }, "de"), payingAt(null, "de")]).toEqual([null, null]);
});
