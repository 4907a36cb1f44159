import { describe, expect, it } from "vitest";
import { clientSecrets, nameIn, openingOf, subjectOf, withMembers } from "./client-secrets.ts";

const scope = { merchantId: "mer_1", mode: "test" } as const;
const order = "ord_01KAJ0000000000000000000AB";
const session = "cs_01KAJ0000000000000000000AB";
const payment = "pay_01KAJ0000000000000000000AB";
const secrets = clientSecrets(new Uint8Array(32).fill(1));

describe("a client secret", () => {
  it("is the id and 192 bits that follow from whose it is, the mode, the id and the key", () => {
    const made = secrets.of(scope, order);
    expect(made).toMatch(/^ord_01KAJ0000000000000000000AB_secret_[\w-]{32}$/);
    expect(secrets.of(scope, order)).toBe(made);
    const others = [
      secrets.of(scope, session),
      secrets.of(scope, payment),
      secrets.of(scope, openingOf(order)),
      secrets.of({ ...scope, mode: "live" }, order),
      secrets.of({ ...scope, merchantId: "mer_2" }, order),
      clientSecrets(new Uint8Array(32).fill(2)).of(scope, order),
    ].map((text) => text.split("_secret_")[1]);
    expect(new Set([made.split("_secret_")[1], ...others]).size).toBe(7);
  });

  it.each([order, session, payment, openingOf(order)])("opens %s, and nothing when one character of it is another", (id) => {
    const made = secrets.of(scope, id);
    expect(secrets.opens(scope, made)).toBe(id);
    for (let i = 0; i < made.length; i++) {
      const other = `${made.slice(0, i)}${made[i] === "A" ? "B" : "A"}${made.slice(i + 1)}`;
      expect([i, secrets.opens(scope, other)]).toEqual([i, null]);
    }
  });

  it.each([
    "",
    order,
    `${order}_secret_`,
    `ref_01KAJ0000000000000000000AB_secret_${"A".repeat(32)}`,
    `${openingOf(session)}_secret_${"A".repeat(32)}`,
    `${openingOf(openingOf(order))}_secret_${"A".repeat(32)}`,
    `${order}_secret_${"A".repeat(33)}`,
    `${order}_secret_${"é".repeat(32)}`,
  ])("%j is none", (text) => {
    expect([nameIn(text), secrets.opens(scope, text)]).toEqual([null, null]);
  });
});

it.each([
  [order, "order"],
  [session, "session"],
  [payment, "payment"],
  [openingOf(order), "opening"],
])("%s stands for one %s", (name, kind) => {
  expect(subjectOf(name)).toEqual({ id: name.replace(/_open$/, ""), kind });
});

it("members are put at the end of a text whose bytes stay", () => {
  expect(withMembers('{"id":"ord_1"}', { client_secret: 'a"b' })).toBe('{"id":"ord_1","client_secret":"a\\"b"}');
});
