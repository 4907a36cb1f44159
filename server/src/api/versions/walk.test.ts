import { describe, expect, it, vi } from "vitest";
import { eventIn } from "../../core/ports/versions.ts";
import { changes, versions } from "./index.ts";
import { FIRST, planted, plantedVersions as walk, SECOND, THIRD } from "./planted.testing.ts";
import { createVersions } from "./walk.ts";

const shown = (value: unknown, to: string, from = THIRD): unknown => JSON.parse(walk.shown(JSON.stringify(value), from, to));

describe("an answer in an older version", () => {
  it.each([
    ["a payment, one change back", { object: "payment", amount: 5 }, SECOND, { object: "payment", minor_units: 5 }],
    ["a payment, all changes back", { object: "payment", amount: 5 }, FIRST, { object: "payment", sum: 5 }],
    [
      "the rows of a list",
      { object: "list", data: [{ object: "payment", amount: 5 }], has_more: false },
      FIRST,
      { object: "list", data: [{ object: "payment", sum: 5 }], has_more: false },
    ],
    [
      "what stands within another thing",
      { object: "payment", amount: 5, attempts: [{ object: "attempt", n: 1, amount: 5 }], refunds: [{ object: "refund", reason: "r" }] },
      FIRST,
      { object: "payment", sum: 5, attempts: [{ object: "attempt", amount: 5 }], refunds: [{ object: "refund", why: { text: "r" } }] },
    ],
    ["what no change is about", { object: "order", amount: 5 }, FIRST, { object: "order", amount: 5 }],
    [
      "a merchant's own texts, whatever they are called",
      { object: "order", notes: { object: "payment", amount: "5" } },
      FIRST,
      { object: "order", notes: { object: "payment", amount: "5" } },
    ],
    ["a name that every object inherits", { object: "toString" }, FIRST, { object: "toString" }],
  ])("is led back change by change: %s", (_what, now, to, then) => {
    expect(shown(now, to)).toEqual(then);
  });

  it("keeps the order of members, so that the same answer has the same bytes each time", () => {
    const text = '{"id":"pay_1","object":"payment","amount":5,"currency":"INR"}';
    expect(walk.shown(text, THIRD, FIRST)).toBe('{"id":"pay_1","object":"payment","sum":5,"currency":"INR"}');
  });

  it("begins at the version that it was written in, and never goes forward", () => {
    expect(shown({ object: "payment", minor_units: 5 }, FIRST, SECOND)).toEqual({ object: "payment", sum: 5 });
    const text = '{ "object":"payment", "sum":5 }';
    expect(walk.shown(text, FIRST, THIRD)).toBe(text);
  });

  it("that a newer Tillway has written is refused for the moment and not shown in a form that nobody promised", () => {
    expect(() => walk.shown("{}", "2028-01-01", FIRST)).toThrow(expect.objectContaining({ code: "overloaded" }));
  });
});

describe("a request of an older version", () => {
  it("is led forward change by change, in the operations that a change names", () => {
    const body = { sum: 5, currency: "INR" };
    expect(walk.read("createPayment", { body, query: {} }, FIRST).body).toEqual({ amount: 5, currency: "INR" });
    expect(walk.read("createPayment", { body: { minor_units: 5 }, query: {} }, SECOND).body).toEqual({ amount: 5 });
    expect(walk.read("createOrder", { body, query: {} }, FIRST).body).toBe(body);
    expect(walk.read("listPayments", { body: undefined, query: { state: "failed" } }, FIRST).query).toEqual({ status: "failed" });
    expect(body).toEqual({ sum: 5, currency: "INR" });
  });
});

describe("the current version", () => {
  it("does no work: no text is read or written, and no change is called", () => {
    const [parse, stringify] = [vi.spyOn(JSON, "parse"), vi.spyOn(JSON, "stringify")];
    const event = { body: "this is not JSON", apiVersion: THIRD };
    expect(walk.shown(event.body, THIRD, THIRD)).toBe(event.body);
    expect(eventIn(walk, event, THIRD)).toBe(event);
    expect([parse.mock.calls, stringify.mock.calls]).toEqual([[], []]);
    vi.restoreAllMocks();
  });
});

describe("the list of versions", () => {
  it("is in order, each named by a day, and begins with the one that rows from before have", () => {
    expect(versions.known).toEqual([...new Set(changes.map(({ version }) => version))].toSorted());
    expect(versions.current).toBe(versions.known.at(-1));
    expect(versions.known[0]).toBe("2026-11-27");
    for (const version of versions.known) expect(new Date(version).toISOString()).toBe(`${version}T00:00:00.000Z`);
    for (const { summary, upgrade } of changes)
      expect([summary, upgrade ?? "."]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
  });

  it("that is empty or out of order is refused at the start", () => {
    expect(() => createVersions([])).toThrow(/not in order/);
    expect(() => createVersions(planted.toReversed())).toThrow(/not in order/);
  });
});
