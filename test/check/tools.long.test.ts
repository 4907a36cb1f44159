import { expect, test } from "vitest";
import { formatCheck, lintCheck, typesCheck, unusedCheck } from "../../scripts/check/tools.mjs";
import { lines, plant } from "./planted.ts";

const lintOwn = [".oxlintrc.json", "tsconfig.base.json"];
const typesOwn = ["tsconfig.base.json", "tsconfig.test.json", "tsconfig.json"];
const serverTsconfig = `{"extends":"../tsconfig.base.json","compilerOptions":{"rootDir":"src","outDir":"dist"},"include":["src"],"exclude":["src/**/*.test.ts"]}`;
const otherMembers = {
  "checkout/tsconfig.json": serverTsconfig,
  "checkout/src/index.ts": `export const page = 1;\n`,
  "dashboard/tsconfig.json": serverTsconfig,
  "dashboard/src/index.ts": `export const page = 1;\n`,
  "sandbox/tsconfig.json": serverTsconfig,
  "sandbox/src/index.ts": `export const bank = 1;\n`,
  "sdk/tsconfig.json": serverTsconfig,
  "sdk/src/index.ts": `export const client = 1;\n`,
  "sdk/tsconfig.fields.json": serverTsconfig.replaceAll("src", "src/browser").replace("dist", "esm"),
  "sdk/src/browser/fields.ts": `export const fields = 1;\n`,
};
const lintBase = { "tsconfig.json": `{"extends":"./tsconfig.base.json","include":["."]}`, "package.json": `{"type":"module"}` };

/** Lints a tree of these files, and returns the findings in each: one run for many faults. */
async function lint(files: Readonly<Record<string, string>>): Promise<(file: string) => string[]> {
  const found = lines(await lintCheck.run(plant({ ...lintBase, ...files }, lintOwn)));
  return (file) => found.filter((line) => line.startsWith(`${file}:`));
}

test("types: a wrong type in the program and one in a test are both named", async () => {
  const root = plant(
    {
      "package.json": `{"type":"module"}`,
      ...otherMembers,
      "server/tsconfig.json": serverTsconfig,
      "server/src/a.ts": `export const a: number = 1;\nexport const b: string = a;\n`,
      "server/src/a.test.ts": `import { a } from "./a.ts";\nconst c: string = a;\nexport { c };\n`,
      "scripts/d.mjs": `/** @type {number} */\nexport const d = "1";\n`,
    },
    typesOwn,
  );
  const problems = lines(await typesCheck.run(root));
  expect(problems).toEqual([
    expect.stringContaining("server/src/a.ts:2 TS2322"),
    expect.stringContaining("scripts/d.mjs:2 TS2322"),
    expect.stringContaining("server/src/a.test.ts:2 TS2322"),
  ]);
});

test("lint: a source of chance or time is refused in core, flows and worker, and nowhere else", async () => {
  const bans = [
    "Date.now()",
    "new Date(0)",
    "Math.random()",
    "setTimeout(() => undefined, 1)",
    "setInterval(() => undefined, 1)",
    "setImmediate(() => undefined)",
    "performance.now()",
    "crypto.randomUUID()",
    "process.pid",
    `fetch("x")`,
    "globalThis.Date",
    "AbortSignal.timeout(1)",
  ];
  const strict = ["core", "flows/payments", "worker"].flatMap((folder) => bans.map((_ban, at) => `server/src/${folder}/ban${at}.ts`));
  const free = bans.flatMap((_ban, at) => [`server/src/observe/ban${at}.ts`, `server/src/core/ban${at}.test.ts`]);
  const texts = [...strict, ...free].map((file) => [
    file,
    `// first line\nexport const a = () => ${bans[Number(/ban(\d+)/.exec(file)?.[1])]};\n`,
  ]);
  const of = await lint(Object.fromEntries(texts));
  for (const file of strict) expect(of(file)).toEqual([expect.stringMatching(/:2 eslint\(no-restricted-/)]);
  for (const file of free) expect(of(file)).toEqual([]);
});

test("lint: each rule for the whole source is named with file and line", async () => {
  const faults: [name: string, text: string, rule: string][] = [
    ["default-export", `export default 1;`, "import(no-default-export)"],
    ["any", `export const a = (x: any) => x;`, "typescript(no-explicit-any)"],
    ["promise-left", `async function a(): Promise<void> {}\nexport const b = () => { a(); };`, "typescript(no-floating-promises)"],
    ["async-callback", `export const a = (x: string[]) => x.forEach(async () => {});`, "typescript(no-misused-promises)"],
    [
      "state-forgotten",
      `export function a(x: "p" | "q") { switch (x) { case "p": return 1; } return 0; }`,
      "typescript(switch-exhaustiveness-check)",
    ],
    ["console", `export const a = () => console.log(1);`, "eslint(no-console)"],
    ["environment", `export const a = process.env.A;`, "node(no-process-env)"],
    ["environment-imported", `import { env } from "node:process";\nexport const a = env.A;`, "eslint(no-restricted-imports)"],
    ["long-file", Array.from({ length: 301 }, (_, at) => `export const a${at} = 1;`).join("\n"), "eslint(max-lines)"],
    ["long-function", `export function a(x: number) {\n${"  x += 1;\n".repeat(60)}  return x;\n}`, "eslint(max-lines-per-function)"],
    ["five-parameters", `export const a = (p: 1, q: 1, r: 1, s: 1, t: 1) => [p, q, r, s, t];`, "eslint(max-params)"],
    ["needless-exception", `// oxlint-disable-next-line no-console -- once\nexport const a = 1;`, "oxlint"],
  ];
  const of = await lint(Object.fromEntries(faults.map(([name, text]) => [`server/src/observe/${name}.ts`, `${text}\n`])));
  for (const [name, , rule] of faults) {
    expect(of(`server/src/observe/${name}.ts`)).toEqual([expect.stringMatching(/:[1-9]/)]);
    expect(of(`server/src/observe/${name}.ts`)[0]).toContain(` ${rule}`);
  }
});

test("lint: the command line may print and the configuration may read the environment", async () => {
  const of = await lint({
    "server/src/cli/a.ts": `export const a = () => console.log(1);\n`,
    "server/src/config/environment.ts": `export const a = process.env.A;\n`,
  });
  expect([...of("server/src/cli/a.ts"), ...of("server/src/config/environment.ts")]).toEqual([]);
});

test("lint: a tree in which it finds nothing to look at is red", async () => {
  await expect(lintCheck.run(plant({ "README.md": "nothing\n" }, lintOwn))).rejects.toThrow(/oxlint/);
});

test("format: a file that is not formatted is named", async () => {
  const root = plant({ "a.ts": `export const a = 'x'\n`, "b.ts": `export const b = "x";\n` }, [".oxfmtrc.json"]);
  expect(lines(await formatCheck.run(root))).toEqual(["a.ts:0 is not formatted"]);
});

test("unused: a file, an export and a dependency that nobody uses, and one that is missing, are named", async () => {
  const root = plant(
    {
      "package.json": `{"name":"p","type":"module","workspaces":["server"]}`,
      "server/package.json": `{"name":"s","type":"module","dependencies":{"pino":"10.4.0"}}`,
      "server/src/main.ts": `import { used } from "./a.ts";\nimport "pg";\nused();\n`,
      "server/src/a.ts": `export const used = () => 1;\nexport const idle = () => 2;\n`,
      "server/src/dead.ts": `export const dead = 1;\n`,
    },
    ["knip.json"],
  );
  expect(lines(await unusedCheck.run(root)).sort()).toEqual([
    "server/package.json:0 names a dependency that nobody uses: pino",
    "server/src/a.ts:2 exports what nobody imports: idle",
    "server/src/dead.ts:0 is imported by nobody",
    "server/src/main.ts:2 uses a dependency that package.json does not name: pg",
  ]);
});

test("unused: an export that only tests use is named as such, with its own cure", async () => {
  const root = plant(
    {
      "package.json": `{"name":"p","type":"module","workspaces":["server"]}`,
      "server/package.json": `{"name":"s","type":"module","devDependencies":{"vitest":"4.1.12"}}`,
      "server/src/main.ts": `import { used } from "./a.ts";\nused();\n`,
      "server/src/a.ts": `export const used = () => 1;\nexport const idle = () => 2;\nexport interface Idle { readonly a: 1 }\n`,
      "server/src/memory.ts": `export const memory = 1;\n`,
      "server/src/desk.testing.ts": `export const desk = 1;\n`,
      "server/src/a.test.ts": `import "vitest";\nimport { idle, type Idle } from "./a.ts";\nimport { memory } from "./memory.ts";\nimport { desk } from "./desk.testing.ts";\nexport const all = (x: Idle) => [x, idle(), memory, desk];\n`,
    },
    ["knip.json"],
  );
  const { problems } = await unusedCheck.run(root);
  expect(lines({ problems }).sort()).toEqual([
    "server/src/a.ts:2 exports what nobody imports, tests apart: idle",
    "server/src/a.ts:3 exports a type that nobody imports, tests apart: Idle",
    "server/src/memory.ts:0 is imported by nobody, tests apart",
  ]);
  expect(problems.map((one) => one.cure)).toEqual(Array.from({ length: 3 }, () => expect.stringMatching(/^Only tests use it\./)));
});

test("unused: an export that a script imports from the build is used, also in a tree that was not built before", async () => {
  const root = plant(
    {
      "package.json": `{"name":"p","type":"module","workspaces":["server"]}`,
      "scripts/a.mjs": `import { taken } from "../server/dist/a.js";\ntaken();\n`,
      "server/package.json": `{"name":"s","type":"module"}`,
      ...otherMembers,
      "server/tsconfig.json": serverTsconfig,
      "server/src/main.ts": `export {};\n`,
      "server/src/a.ts": `export const taken = () => 1;\n`,
    },
    ["knip.json", ...typesOwn],
  );
  expect(lines(await unusedCheck.run(root))).toEqual([]);
});
