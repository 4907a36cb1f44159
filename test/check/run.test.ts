import { expect, test, vi } from "vitest";
import { ratioCheck } from "../../scripts/check/ratio.mjs";
import { runChecks, Skipped } from "../../scripts/check/run.mjs";
import { countTests } from "../../scripts/ci/counts.mjs";
import { plant } from "./planted.ts";

const green = { name: "green", about: "is fine", run: async () => ({ problems: [], note: "3 files" }) };
const red = {
  name: "red",
  about: "is not",
  run: async () => ({ problems: [{ file: "a.ts", line: 7, message: "is wrong", cure: "Mend it." }] }),
};
const broken = {
  name: "broken",
  about: "cannot look",
  run: async (): Promise<{ problems: [] }> => {
    throw new Error("no tool");
  },
};

test("each check has a line with its time, each problem its place and its cure, and the end sums up", async () => {
  const said: string[] = [];
  expect(await runChecks("anywhere", [green, red, broken], (line) => said.push(line))).toEqual({
    passed: 1,
    failed: 2,
    skipped: 0,
  });
  expect(said).toEqual([
    expect.stringMatching(/^ok {3}green +\d+\.\d s {2}is fine: 3 files$/),
    expect.stringMatching(/^FAIL red +\d+\.\d s {2}is not: 1 problem$/),
    "       a.ts:7  is wrong\n         → Mend it.",
    expect.stringMatching(/^FAIL broken +\d+\.\d s {2}cannot look: 1 problem$/),
    "       broken  no tool\n         → The check itself could not run.",
    "",
    expect.stringMatching(/^1 checks passed, 2 failed in \d+\.\d s: red, broken$/),
  ]);
});

test.each([
  ["is skipped with its reason", "0", { passed: 0, failed: 0, skipped: 1 }, /^skip absent .* needs a tool: promtool is not installed$/],
  ["fails where every server is required", "1", { passed: 0, failed: 1, skipped: 0 }, /^FAIL absent .* needs a tool: 1 problem$/],
])("a check whose tool is missing %s", async (_name, required, counts, line) => {
  vi.stubEnv("REQUIRE_SERVICES", required);
  const absent = {
    ...green,
    name: "absent",
    about: "needs a tool",
    run: () => Promise.reject(new Skipped("promtool is not installed")),
  };
  const said: string[] = [];
  expect(await runChecks("anywhere", [absent], (each) => said.push(each))).toEqual(counts);
  expect(said[0]).toMatch(line);
  vi.unstubAllEnvs();
});

test("a check with very many problems shows the first fifty and counts the rest", async () => {
  const many = {
    ...red,
    run: async () => ({ problems: Array.from({ length: 60 }, () => ({ file: "a.ts", line: 1, message: "x", cure: "y" })) }),
  };
  const said: string[] = [];
  await runChecks("anywhere", [many], (line) => said.push(line));
  expect(said.filter((line) => line.includes("a.ts:1"))).toHaveLength(50);
  expect(said).toContain("       … and 10 more");
});

test("the ratio of tests to code counts lines and never fails", async () => {
  const root = plant({ "a.ts": "1;\n2;\n3;\n4;\n", "a.test.ts": "1;\n", "test/b.ts": "1;\n", "c.md": "1\n" });
  expect(await ratioCheck.run(root)).toEqual({ problems: [], note: "test 2 : code 4 = 0.50" });
});

const file = (status: string, ...tests: string[]) => ({
  name: "x.test.ts",
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});

test.each([
  ["all well", [file("passed", "passed", "passed", "pending")], 0, { passed: 2, failed: 0, skipped: 1 }],
  [
    "tests that wait to be written count as skipped",
    [file("passed", "passed", "todo", "skipped")],
    0,
    { passed: 1, failed: 0, skipped: 2 },
  ],
  ["a failed test", [file("failed", "passed", "failed")], 1, { passed: 1, failed: 1, skipped: 0 }],
  ["a file that cannot be loaded", [file("passed", "passed"), file("failed")], 1, { passed: 1, failed: 1, skipped: 0 }],
  ["no test", [], 0, { passed: 0, failed: 1, skipped: 0 }],
  ["everything skipped", [file("passed", "skipped")], 0, { passed: 0, failed: 1, skipped: 1 }],
  ["an error outside of any test", [file("passed", "passed")], 1, { passed: 1, failed: 1, skipped: 0 }],
])("counting a run: %s", (_name, testResults, code, counts) => {
  expect(countTests({ testResults }, code).counts).toEqual(counts);
});

test("a run that left no report is a failure", () => {
  expect(countTests(null, 137)).toEqual({ counts: { passed: 0, failed: 1, skipped: 0 }, remarks: ["vitest left no report"] });
});

test("each failed test is named with its file and the first line of its message", () => {
  const failed = { fullName: "adds", status: "failed", failureMessages: ["Error: too late\n  at x"] };
  expect(countTests({ testResults: [{ name: "a.ts", status: "failed", assertionResults: [failed] }] }, 1)).toEqual({
    counts: { passed: 0, failed: 1, skipped: 0 },
    remarks: ["failed: a.ts: adds: Error: too late", "no test passed: a run without tests is a failure"],
  });
});
