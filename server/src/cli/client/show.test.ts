import { expect, it } from "vitest";
import { shown } from "./show.ts";

it("a list is a table of the columns that its rows have, with the way to the next page", () => {
  const data = [
    { id: "pay_1", status: "succeeded", amount: 50_000 },
    { id: "pay_2", status: "failed", amount: 1, error: { code: "x" } },
  ];
  expect(shown({ object: "list", data, has_more: true }, "id status amount gone")).toBe(
    ["ID     STATUS     AMOUNT", "pay_1  succeeded  50000", "pay_2  failed     1", "There are more: add --starting-after pay_2"].join("\n"),
  );
  expect(shown({ data: [{ id: "evt_1", data: { id: "pay_1" } }], has_more: false }, "id data.id").split("\n")[1]).toBe("evt_1  pay_1");
  expect(shown({ data: [], has_more: false }, "id")).toBe("None.");
});

it("one thing is shown member by member, objects with points, lists of objects as tables", () => {
  const payment = { id: "pay_1", card: { last4: "4242" }, error: null, attempts: [{ id: "att_1", n: 1, error: null }] };
  expect(shown(payment, "").split("\n")).toEqual(["id          pay_1", "card.last4  4242", "", "attempts", "ID     N", "att_1  1"]);
});

it("a long cell is cut in a table, and a gateway's control characters move no cursor", () => {
  const text = shown({ data: [{ id: `\u{1b}[2J${"x".repeat(100)}` }], has_more: false }, "id");
  expect(text).not.toContain("\u{1b}");
  expect(text.split("\n")[1]).toHaveLength(60);
  expect(shown({ note: "a\u{7}b" }, "")).toBe("note  a\u{fffd}b");
});
