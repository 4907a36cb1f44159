import { describe, expect, it } from "vitest";
import { configMarkdown, readConfig } from "../config.ts";

describe("the reference table", () => {
  it("has one row of five cells for each variable that is read", () => {
    const rows = configMarkdown().trimEnd().split("\n").slice(2);
    const names = rows.map((row) => /^\| `([A-Z_]+)` \|/.exec(row)?.[1]);
    expect(new Set(names).size).toBe(61);
    for (const row of rows) expect(row.split("|")).toHaveLength(7);
    // Each variable of the table is really read: nonsense in it is refused, except in the one that may hold any text.
    for (const name of names.filter((each) => each !== "TILLWAY_HOME"))
      expect(() => readConfig({ [name!]: "?? nonsense ??" }, "all")).toThrow(name);
  });

  it("names the commands that require a variable, and shows defaults", () => {
    for (const text of [/\| `8000` \|/, /`DATABASE_URL`.*\| `api`, `worker`, `migrate` \|/]) expect(configMarkdown()).toMatch(text);
  });
});
