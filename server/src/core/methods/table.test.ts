import { describe, expect, it } from "vitest";
import { errorTable } from "../errors.ts";
import { allMethodFields, kindsOf, methodEntries, methodTypes, nameOfKind, shownOf, tokenMethods } from "./method.ts";

describe.each(Object.entries(methodEntries))("the entry of %s", (type, { fields, either, without, keeps, actions }) => {
  it("has a name that is a member of JSON as the others, and none of a payment's own", () => {
    expect(type).toMatch(/^[a-z][a-z_]{1,30}$/);
    expect(["id", "object", "status", "method", "customer", "error"]).not.toContain(type);
  });

  it.each(Object.entries(fields))("has an example of %s that its own limits let through", (_, field) => {
    const { pattern, minLength = 1, maxLength = 512, minimum = -Infinity, maximum = Infinity, example } = field;
    if (pattern !== undefined) {
      expect(pattern).toMatch(/^\^.*\$$/);
      expect(example).toMatch(new RegExp(pattern));
    }
    if (typeof example === "number") expect([minimum <= example, example <= maximum]).toEqual([true, true]);
    else expect([minLength <= example.length, example.length <= maxLength]).toEqual([true, true]);
    expect(typeof example).toBe(field.type === "number" ? "number" : "string");
    expect(field.help).toMatch(/^[A-Za-z0-9].*\.$/);
  });

  it("keeps no secret, names fields that it has, and has a next action for each way", () => {
    if (keeps === "fields") expect(Object.values(fields).filter(({ isSecret }) => isSecret)).toEqual([]);
    for (const name of [...(either?.these ?? []), ...(either ? [either.or] : []), ...(without ? [without.field] : [])])
      expect([name, fields[name]?.isRequired]).toEqual([name, false]);
    expect(Object.values(actions).length).toBeGreaterThan(0);
  });
});

it("no two methods and kinds share a name, and each has one for a sentence", () => {
  const kinds = methodTypes.flatMap(kindsOf);
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(kinds.map(nameOfKind)).toEqual(["card", "upi", "UPI without a VPA", "netbanking"]);
  expect(kindsOf("cash")).toEqual([]);
});

it("codes of fields are errors of a wrong request", () => {
  for (const { path, field } of allMethodFields())
    if (field.code !== undefined) expect([path, errorTable[field.code].status]).toEqual([path, 400]);
});

it("a token is never shown, and a field that was left out is not there", () => {
  expect(tokenMethods).toEqual(["card"]);
  const card = { type: "card", connector: "sandbox", token: "tok_success", network: "visa", last4: "4242" } as const;
  expect(shownOf(card)).toEqual({ network: "visa", last4: "4242" });
  expect(JSON.stringify([shownOf({ type: "upi", vpa: null }), shownOf({ type: "netbanking", bank: "HDFC" })])).toBe('[{},{"bank":"HDFC"}]');
});
