import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mark } from "../core/restore.ts";
import { marksIn } from "./marks.ts";

const mark: Mark = { systemIdentifier: "7", timeline: "00000001", position: "9007199254740993", restoreId: null, at: 5 };

describe("the mark of a database outside of it", () => {
  let directory: string;
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, text: string) => void warnings.push(text), error: () => undefined };
  const opened = (home = directory) => marksIn((installation) => join(home, "home", `database-${installation}.json`), log);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "tillway marks "));
    warnings.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("is read by the next process of the host, one for each installation, and leaves no draft", () => {
    const marks = opened();
    expect(marks.read("one")).toBeNull();
    marks.write("one", mark);
    marks.write("two", { ...mark, restoreId: "rstr_1" });
    expect([opened().read("one"), opened().read("two")]).toEqual([mark, { ...mark, restoreId: "rstr_1" }]);
    expect(readdirSync(join(directory, "home")).toSorted()).toEqual(["database-one.json", "database-two.json"]);
  });

  it("of a process that has noted one is its own, whatever another wrote since", () => {
    const marks = opened();
    marks.write("one", mark);
    opened().write("one", { ...mark, position: "1" });
    expect(marks.read("one")).toEqual(mark);
  });

  it.each(["", "{}", JSON.stringify({ ...mark, position: "far" }), JSON.stringify({ ...mark, restoreId: 5 })])(
    "that is no mark (%j) is left alone, and said",
    (text) => {
      opened().write("one", mark);
      writeFileSync(join(directory, "home", "database-one.json"), text);
      expect(opened().read("one")).toBeNull();
      expect(warnings).toEqual(["the mark of the database can't be read"]);
    },
  );

  it("that can't be written is said once, and the process goes on with its own", () => {
    writeFileSync(join(directory, "home"), "a file where the directory should be");
    const marks = opened();
    marks.write("one", mark);
    marks.write("one", { ...mark, position: "2" });
    expect(marks.read("one")).toMatchObject({ position: "2" });
    expect(warnings).toHaveLength(1);
    expect(readFileSync(join(directory, "home"), "utf8")).toContain("a file");
  });
});
