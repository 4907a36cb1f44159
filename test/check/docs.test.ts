import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { docsPathsCheck } from "../../scripts/check/docs-paths.mjs";
import { driftCheck, schemaCheck } from "../../scripts/check/drift.mjs";
import { generateDocs } from "../../scripts/docs/drift.mjs";
import { blocks } from "../../scripts/docs/generators.mjs";
import { lines, plant } from "./planted.ts";

const around = {
  "package.json": `{"scripts": {"check": "x"}}\n`,
  "docs/guide.md": "# Guide\n\n## First steps, again\n",
  "server/src/core/money.ts": "export const money = 1;\n",
  "server/src/cli/commands.ts": `export const commands = { all: 1, "gateway": 2, simulate };\n`,
  "server/src/cli/migrate.ts": "export const migrate = 1;\n",
};

async function documentProblems(text: string, file = "README.md"): Promise<string[]> {
  return lines(await docsPathsCheck.run(plant({ ...around, [file]: `Read this.\n\n${text}\n` })));
}

test.each([
  ["a path in code", "see `server/src/core/cash.ts`", "README.md:3 names server/src/core/cash.ts, which does not exist"],
  ["a short path in code", "see `core/cash.ts:12`", "README.md:3 names core/cash.ts, which does not exist"],
  ["a folder in code", "see `server/src/nowhere/`", "README.md:3 names server/src/nowhere/, which does not exist"],
  ["a file name in code", "see `cash.ts`", "README.md:3 names cash.ts, which does not exist"],
  ["a path in a block", "```bash\nnode scripts/x.mjs\n```", "README.md:4 names scripts/x.mjs, which does not exist"],
  ["a link", "[x](docs/nothing.md)", "README.md:3 links to docs/nothing.md, which does not exist"],
  [
    "a heading",
    "[x](docs/guide.md#second-steps)",
    "README.md:3 links to docs/guide.md#second-steps, but docs/guide.md has no such heading",
  ],
  ["a script of npm", "`npm run chekc`", "README.md:3 names npm run chekc, which does not exist"],
  ["a command", "`npx tillway simulat --seeds 5`", "README.md:3 names tillway simulat, which does not exist"],
])("docs: %s that does not exist is named", async (_name, text, message) => {
  expect(await documentProblems(text)).toEqual([message]);
});

test("docs: a path that exists passes, and so does a word that is no path", async () => {
  const text = [
    "`server/src/core/`, `core/money.ts`, `money.ts:3`, `./docs/guide.md`, [x](docs/guide.md#first-steps-again), [y](https://example.com/x)",
    "`application/json`, `/v1/payments`, `.tillway/test-keys.json`, `server/dist/main.js`, `a/b`, `payment.succeeded`, `core/*/x.ts`",
    "`npm run check`, `npm test`, `tillway all`, `tillway gateway sandbox`, `tillway simulate`, `tillway migrate`",
  ];
  expect(await documentProblems(text.join("\n"))).toEqual([]);
});

test("docs: a decision may name a file that is gone, but its links must hold", async () => {
  expect(await documentProblems("`core/gone.ts` [x](gone.md)", "docs/decisions/0001-x.md")).toEqual([
    "docs/decisions/0001-x.md:3 links to gone.md, which does not exist",
  ]);
});

test("docs: a tree without documents is no pass", async () => {
  await expect(docsPathsCheck.run(plant({ "a.ts": "1;\n" }))).rejects.toThrow("found no document");
});

const machine = `export const paymentMachine = { states: { open: { note: "Waits.", terminal: false }, done: { note: "Paid.", terminal: true } },
  moves: [{ from: "open", to: "done", when: "paid: a; b" }, { from: "open", to: "open", when: "part" }] };\n`;
const generators = {
  blocks: { "states-payment": blocks["states-payment"] as (root: string) => Promise<string> },
  wholeFiles: { "docs/openapi.json": async () => `{"version": 2}\n` },
};
const chart = "<!-- generated:states-payment -->\nold\n<!-- /generated -->\n";

test("drift: an old block and an old file are named, then written, then in order", async () => {
  const root = plant({ "A.md": `Top.\n\n${chart}End.\n`, "docs/openapi.json": "{}\n", "server/dist/core/states.js": machine });
  expect(lines(await generateDocs(root, { write: false, generators }))).toEqual([
    "A.md:3 the block states-payment is not what the code says",
    "docs/openapi.json:0 is not what the code says",
  ]);
  expect(await generateDocs(root, { write: true, generators })).toEqual({ problems: [], written: ["A.md", "docs/openapi.json"] });
  expect(lines(await generateDocs(root, { write: false, generators }))).toEqual([]);
  const text = readFileSync(join(root, "A.md"), "utf8");
  expect(text).toContain("  [*] --> open\n  open --> done: paid, a, b\n  open --> open: part\n  done --> [*]\n");
  expect(text).toContain("| `done` | Paid. |");
  expect(text.startsWith("Top.\n\n<!-- generated") && text.endsWith("<!-- /generated -->\nEnd.\n")).toBe(true);
});

test("drift: states with the same ways in and out share a box, those that lead to each other by different moves do not", async () => {
  const state = (terminal: boolean) => ({ note: "x", terminal });
  const moves = [
    { from: "a", to: "b", when: "go" },
    { from: "a", to: "c", when: "go" },
    { from: "b", to: "c", when: "turn" },
    { from: "c", to: "b", when: "turn" },
    { from: "b", to: "a", when: "back" },
    { from: "c", to: "a", when: "back" },
    { from: "a", to: "d", when: "up" },
    { from: "d", to: "a", when: "down" },
  ];
  const states = { a: state(false), b: state(false), c: state(false), d: state(false) };
  const root = plant({ "server/dist/core/states.js": `export const paymentMachine = ${JSON.stringify({ states, moves })};\n` });
  const text = await generators.blocks["states-payment"](root);
  expect(text.split("```")[1]?.trim().split("\n")).toEqual([
    "mermaid",
    "stateDiagram-v2",
    `  state "b, c" as b_or_c`,
    "  [*] --> a",
    "  a --> b_or_c: go",
    "  b_or_c --> b_or_c: turn",
    "  b_or_c --> a: back",
    "  a --> d: up",
    "  d --> a: down",
  ]);
});

test("drift: in a folder that is generated, an old file, a missing one and one that nobody makes are named", async () => {
  const folders = { "docs/all": async () => ({ "a.json": "new", "b.json": "b" }) };
  const given = { ...generators, blocks: {}, folders };
  const root = plant({ "docs/openapi.json": `{"version": 2}\n`, "docs/all/a.json": "old", "docs/all/c.json": "c" });
  expect(lines(await generateDocs(root, { write: false, generators: given }))).toEqual([
    "docs/all/a.json:0 is not what the code says",
    "docs/all/b.json:0 is not what the code says",
    "docs/all/c.json:0 is made by nobody",
  ]);
  const { problems, written } = await generateDocs(root, { write: true, generators: given });
  expect([lines({ problems }), written]).toEqual([["docs/all/c.json:0 is made by nobody"], ["docs/all/a.json", "docs/all/b.json"]]);
  const broken = { ...given, folders: { "docs/all": () => Promise.reject(new Error("no build")) } };
  expect(lines(await generateDocs(root, { write: false, generators: broken }))).toEqual(["docs/all/:0 cannot be generated: no build"]);
});

test("drift: a block that nobody shows, one that nobody makes, and a missing build are named", async () => {
  const root = plant({ "A.md": "<!-- generated:fancy -->\n<!-- /generated -->\n", "docs/openapi.json": `{"version": 2}\n` });
  expect(lines(await generateDocs(root, { write: false, generators }))).toEqual([
    "A.md:1 the block fancy cannot be generated: nobody makes a block of this name",
    "docs/:0 the generated block states-payment stands in no document",
  ]);
  const unbuilt = plant({ "A.md": chart, "docs/openapi.json": `{"version": 2}\n` });
  expect(lines(await generateDocs(unbuilt, { write: true, generators }))).toEqual([
    expect.stringContaining("server/dist/core/states.js is missing"),
  ]);
});

test("drift: the project's own check looks at the state charts and the API's description", async () => {
  const problems = lines(await driftCheck.run(plant({ "A.md": chart })));
  expect(problems).toContainEqual(expect.stringContaining("A.md:1 the block states-payment cannot be generated"));
  expect(problems).toContainEqual(expect.stringContaining("docs/openapi.json:0 cannot be generated"));
});

test("drift: decisions are listed by their own titles; one without its number, and a number given twice, are named", async () => {
  const page = (title: string) => `# ${title}\n\n**Context.** x\n`;
  const two = {
    "docs/decisions/0002-b.md": page("0002 B is so"),
    "docs/decisions/0001-a.md": page("0001 A is so"),
    "docs/decisions/template.md": page("NNNN x"),
  };
  const listed = (files: Record<string, string>) => blocks["decisions"]!(plant(files));
  expect(await listed(two)).toBe("| page | what was chosen |\n|---|---|\n| [0001](0001-a.md) | A is so |\n| [0002](0002-b.md) | B is so |");
  await expect(listed({ ...two, "docs/decisions/0003-c.md": page("C is so") })).rejects.toThrow("0003-c.md has no title");
  await expect(listed({ ...two, "docs/decisions/0002-c.md": page("0002 C is so") })).rejects.toThrow("the number 0002");
});

test("schema: a schema that its script finds wrong is named with the script's output", async () => {
  const wrong = plant({
    "scripts/schema.mjs": `console.log("line 3 differs"); process.exitCode = process.argv[2] === "--check" ? 1 : 0;\n`,
  });
  expect(lines(await schemaCheck.run(wrong))).toEqual(["server/src/storage/postgres/schema.sql:0 line 3 differs"]);
  expect(lines(await schemaCheck.run(plant({ "scripts/schema.mjs": "" })))).toEqual([]);
  await expect(schemaCheck.run(plant({ "a.md": "" }))).rejects.toThrow("scripts/schema.mjs is missing");
});
