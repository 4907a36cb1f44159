import { expect, it } from "vitest";
import { accessOf, whereFrom, type Shelf } from "./access.ts";
import { beginAttempt, endAttempt } from "./attempt.ts";

function shelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    get: (name) => kept.get(name) ?? null,
    set: (name, value) => void kept.set(name, value),
    remove: (name) => void kept.delete(name),
  };
}

it("gives a repeat of an unanswered attempt the same key, also after a reload", () => {
  const tab = shelf();
  const first = beginAttempt(tab, "ord_1", "{}");
  expect(beginAttempt(tab, "ord_1", "{}")).toEqual(first);
});

it("gives another key to another order, to another body, and to a new attempt after an answer", () => {
  const tab = shelf();
  const keys = [
    beginAttempt(tab, "ord_1", "{}").key,
    beginAttempt(tab, "ord_2", "{}").key,
    beginAttempt(tab, "ord_1", '{"method":"upi"}').key,
  ];
  endAttempt(tab, "ord_1");
  keys.push(beginAttempt(tab, "ord_1", '{"method":"upi"}').key);
  expect(new Set(keys).size).toBe(4);
});

it("reads the secret from the fragment, and from the tab once it is gone from the address", () => {
  const tab = shelf();
  const access = { key: "pk_test_1", secret: "cs_1_secret_x" };
  expect(accessOf("/c/cs_1", "#cs_1_secret_x&key=pk_test_1", tab)).toEqual(access);
  expect(accessOf("/c/cs_1", "", tab)).toEqual(access);
  expect(accessOf("/c/cs_2", "", tab)).toBe(null);
  expect(whereFrom(tab)).toBe("/c/cs_1");
});

it.each(["", "#", "#cs_1_secret_x", "#&key=pk_test_1", "#cs_1_secret_x&key="])("takes %j for no way in", (fragment) => {
  expect(accessOf("/c/cs_1", fragment, shelf())).toBe(null);
});
