import { expect, it } from "vitest";
import { outcomeOf } from "./outcome.ts";

it.each([
  [200, null, "good", "200"],
  [299, null, "good", "299"],
  [302, null, "bad", "302"],
  [500, null, "bad", "500"],
  [null, "timeout", "bad", "timeout"],
  [null, null, "good", "Taken"],
])("a try with code %s and fault %s is shown as %s: %s", (status_code, error, tone, text) => {
  expect(outcomeOf({ status_code, error })).toEqual({ tone, text });
});
