import { expect, test } from "vitest";
import { circles, codeLines, fullest, linesOfCode, sources } from "../../scripts/walk/source.mjs";
import { plant } from "./planted.ts";

test.each([
  ["const a = 1;\n", 1],
  ["// why\nconst a = 1; // because\n\n", 1],
  ["/**\n * doc\n */\nexport const a = `\n\n// text\n`;\n", 3],
  ["f(/* a */ 1,\n  /* b */\n  2);\n", 2],
])("lines of code in %j are %i: no comment, no blank line", (source, lines) => expect(linesOfCode(source, "a.ts")).toBe(lines));

test("the count leaves out tests, conformance suites, far sides, simulator and launcher", () => {
  const line = "export const a = 1;\n";
  const inside = ["server/src/core/a.ts", "server/src/cli/a.ts"];
  const outside = [
    "server/src/core/a.test.ts",
    "server/src/core/a.testing.ts",
    "server/src/storage/conformance/a.ts",
    "server/src/gateways/a.ts",
    "server/src/simulation/a.ts",
    "server/src/embedded/a.ts",
    "sandbox/src/a.ts",
    "scripts/a.mjs",
  ];
  const root = plant(Object.fromEntries([...inside, ...outside].map((file) => [file, line])));
  expect(codeLines(root, sources(root))).toBe(inside.length);
});

test("a circle of imports is found through a third file, and as types only", () => {
  const root = plant({
    "server/src/core/a.ts": `import "./b.ts";\n`,
    "server/src/core/b.ts": `import "./c.ts";\n`,
    "server/src/core/c.ts": `import type { A } from "./a.ts";\nexport type B = A;\n`,
    "server/src/core/d.ts": `import "./a.ts";\n`,
  });
  expect(circles(root, sources(root))).toEqual([["server/src/core/a.ts", "server/src/core/b.ts", "server/src/core/c.ts"]]);
});

test("the fullest folder is the one with most files below the one asked for, tests left out", () => {
  const files = ["x/a.ts", "x/a.test.ts", "x/b.test.ts", "x/y/a.ts", "x/y/b.ts", "z/a.ts", "z/b.ts", "z/c.ts"];
  expect(fullest(files, "x")).toEqual(["x/y", 2]);
});
