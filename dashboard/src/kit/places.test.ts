import { describe, expect, it } from "vitest";
import { pages as routes } from "../routes.tsx";
import { SEARCH_KINDS } from "../../../server/src/core/ports/search.ts";
import { pages, placeOf, placeOfId } from "./places.ts";

describe("the place of a thing", () => {
  it("is a page that there is, for each kind that has one", () => {
    const known = new Set(routes.map(({ path }) => path));
    for (const page of Object.values(pages)) if (page !== null) expect(known).toContain(`${page}/$id`);
  });

  it("is told by what it is and by the beginning of its id", () => {
    for (const [kind, prefix] of Object.entries(SEARCH_KINDS)) expect(placeOfId(`${prefix}_1`)).toBe(placeOf(kind, `${prefix}_1`));
    expect(placeOfId("rfnd_1")).toBe("refunds/rfnd_1");
    expect(placeOfId("att_1")).toBeNull();
    expect(placeOfId("what_1")).toBeNull();
    expect(placeOf("constructor", "x")).toBeNull();
  });
});
