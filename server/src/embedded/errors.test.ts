import { describe, expect, it } from "vitest";
import { EmbeddedPostgresError, explainFileError } from "./errors.ts";

const home = "/srv/till way";

describe("a refusal of the file system", () => {
  it.each([
    ["EACCES", `${home}/postgres/lock.1`, `This user may not read and write ${home}: run Tillway as its owner, or set TILLWAY_HOME`],
    ["EROFS", `${home}/postgres`, `This user may not read and write ${home}: `],
    ["EPERM", "/srv", "This user may not read and write /srv: "],
    ["ENOTDIR", `${home}/postgres`, "is in the way of the data directory: set TILLWAY_HOME"],
    ["ENOSPC", `${home}/postgres/data`, `The disk of ${home} is full: make room`],
  ])("%s at %s becomes one line that says what to do", (code, path, expected) => {
    const explained = explainFileError(Object.assign(new Error("raw"), { code, path }), home);
    expect(explained).toBeInstanceOf(EmbeddedPostgresError);
    expect((explained as Error).message).toContain(expected);
  });

  it("that is not known here stays as it is, and so do our own errors", () => {
    for (const error of [new Error("other"), new EmbeddedPostgresError("ours"), Object.assign(new Error("x"), { code: "EMFILE" })]) {
      expect(explainFileError(error, home)).toBe(error);
    }
  });
});
