import { expect, it } from "vitest";
import type { Page } from "./data.ts";
import { withRow } from "./rows.ts";

interface Row {
  readonly id: string;
  readonly status?: string;
  readonly note?: string;
}

it("puts what is new of a row where the row stands", () => {
  const page = { data: [{ id: "a", note: "kept" }, { id: "b" }] as readonly Row[], has_more: true };
  expect(withRow(page, { id: "a", status: "failed" })).toEqual({
    data: [{ id: "a", note: "kept", status: "failed" }, { id: "b" }],
    has_more: true,
  });
});

it("leaves what is no page as it is", () => {
  const sums = { all: 3 } as unknown as Page<Row>;
  expect(withRow(sums, { id: "a" })).toBe(sums);
  expect(withRow(undefined, { id: "a" })).toBeUndefined();
});
