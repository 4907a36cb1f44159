import { expect, test } from "vitest";
import { ringsCheck } from "../../scripts/check/rings.mjs";
import { lines, plant } from "./planted.ts";

/** A tree without fault: every test below changes one file of it. */
const sound = {
  "server/package.json": `{"optionalDependencies": {"rare-engine": "1.0.0"}}`,
  "server/src/main.ts": `import { run } from "./cli/run.ts";\nrun();\n`,
  "server/src/cli/run.ts": `import { wire } from "../wire.ts";\nimport { config } from "../config.ts";\nexport const run = () => wire(config);\n`,
  "server/src/config.ts": `export const config = {};\n`,
  "server/src/wire.ts": `import { pay } from "./flows/pay.ts";\nimport { store } from "./storage/store.ts";\nimport { call } from "./connectors/call.ts";\nimport { route } from "./api/route.ts";\nexport const wire = (_: object) => [pay, store, call, route];\n`,
  "server/src/core/key.ts": `import { hash } from "node:crypto";\nexport const key = hash;\n`,
  "server/src/flows/pay.ts": `import { key } from "../core/key.ts";\nexport const pay = key;\n`,
  "server/src/flows/pay.test.ts": `import { store } from "../storage/store.ts";\nimport { pay } from "./pay.ts";\npay; store;\n`,
  "server/src/storage/store.ts": `import type { key } from "../core/key.ts";\nimport pg from "pg";\nexport const store: typeof key | typeof pg = pg;\nexport const rare = () => import("rare-engine");\n`,
  "server/src/storage/conformance/all.testing.ts": `import "vitest";\n`,
  "server/src/connectors/call.ts": `export const call = 1;\n`,
  "server/src/api/route.ts": `import { pay } from "../flows/pay.ts";\nexport const route = pay;\n`,
};

async function problemsWith(change: Record<string, string>): Promise<string[]> {
  return lines(await ringsCheck.run(plant({ ...sound, ...change })));
}

test("a tree that keeps the rings passes, and the note counts its modules", async () => {
  const result = await ringsCheck.run(plant(sound));
  expect(lines(result)).toEqual([]);
  expect(result.note).toBe("11 modules, 16 imports");
});

test("two files that import each other are named, also if one needs no more than a type", async () => {
  const change = {
    "server/src/flows/a.ts": `import { b } from "./b.ts";\nexport const a = b;\n`,
    "server/src/flows/b.ts": `import type { a } from "./a.ts";\nexport const b: typeof a | 1 = 1;\n`,
  };
  expect((await problemsWith(change)).join("\n")).toContain("imports in a circle: server/src/flows/a.ts, server/src/flows/b.ts");
});

test.each([
  ["core importing flows", "core/a.ts", `import "../flows/pay.ts";`, "core imports flows"],
  ["core importing a type of an adapter", "core/a.ts", `import type { store } from "../storage/store.ts";`, "core imports storage"],
  ["core naming an adapter in a type", "core/a.ts", `export type A = import("../storage/store.ts").store;`, "core imports storage"],
  ["core re-exporting an adapter", "core/a.ts", `export * from "../storage/store.ts";`, "core imports storage"],
  ["core importing a package", "core/a.ts", `import pg from "pg";`, "core imports { default } of pg"],
  [
    "core importing randomness",
    "core/a.ts",
    `import { hash, randomBytes } from "node:crypto";`,
    "core imports { hash, randomBytes } of node:crypto",
  ],
  ["core importing all of node:crypto", "core/a.ts", `import * as all from "node:crypto";`, "core imports { * } of node:crypto"],
  [
    "flows importing timers",
    "flows/a.ts",
    `import { setTimeout } from "node:timers/promises";`,
    "flows imports { setTimeout } of node:timers/promises",
  ],
  ["flows importing api", "flows/a.ts", `import "../api/route.ts";`, "flows imports api"],
  ["worker importing a package", "worker/a.ts", `import "pg";`, "worker imports pg"],
  ["worker importing a computed name", "worker/a.ts", `export const a = (x: string) => import(x);`, "imports a name that is computed"],
  ["an adapter importing another", "storage/a.ts", `import "../connectors/call.ts";`, "storage imports connectors"],
  [
    "an adapter loading another later",
    "storage/a.ts",
    `export const a = () => import("../connectors/call.ts");`,
    "storage imports connectors",
  ],
  ["api importing storage", "api/a.ts", `import "../storage/store.ts";`, "api imports storage"],
  ["an adapter reading the configuration", "storage/a.ts", `import "../config.ts";`, "storage imports config"],
  ["somebody importing main", "cli/a.ts", `import "../main.ts";`, "imports main"],
  ["an optional engine at start", "storage/a.ts", `import { Queue } from "bullmq";`, "imports the optional engine bullmq statically"],
  [
    "a part of an optional engine at start",
    "observe/a.ts",
    `export { x } from "@opentelemetry/api";`,
    "imports the optional engine @opentelemetry/api statically",
  ],
  [
    "an optional dependency of the package at start",
    "storage/a.ts",
    `import "rare-engine";`,
    "imports the optional engine rare-engine statically",
  ],
  ["a path that does not exist", "flows/a.ts", `import "./b.ts";`, "imports server/src/flows/b.ts, which does not exist"],
  ["a path that leaves the source", "flows/a.ts", `import "../../../scripts/x.ts";`, "imports scripts/x.ts, outside of server/src"],
  ["a program part importing a test", "api/a.ts", `import "../flows/pay.test.ts";`, "imports the test server/src/flows/pay.test.ts"],
  [
    "a program part importing a helper of tests",
    "api/a.ts",
    `import "../storage/conformance/all.testing.ts";`,
    "imports the test server/src/storage/conformance/all.testing.ts",
  ],
  [
    "an adapter importing the sandbox",
    "connectors/a.ts",
    `import type { Ledger } from "@tillway/sandbox";`,
    "connectors imports @tillway/sandbox",
  ],
  ["a folder without a ring", "extras/a.ts", `export const a = 1;`, "extras stands in no ring"],
])("%s is named with file and line", async (_name, file, text, message) => {
  const line = message.includes("no ring") ? 0 : 2;
  const problems = await problemsWith({ [`server/src/${file}`]: `// the fault is below\n${text}\n` });
  expect(problems).toEqual([expect.stringContaining(`server/src/${file}:${line} ${message}`)]);
});

test.each([
  ["the server", "a.ts", `import "../../server/src/core/key.ts";`, "server/src/core/key.ts"],
  ["a type of the server", "a.ts", `import type { key } from "../../server/src/core/key.ts";`, "server/src/core/key.ts"],
  ["the server from a test", "a.test.ts", `import "../../server/src/core/key.ts";`, "server/src/core/key.ts"],
  ["the server's package", "deep/a.ts", `export * from "tillway";`, "tillway"],
  ["a package", "a.ts", `import "undici";`, "undici"],
  ["one of its gateways into what all of them share", "a.ts", `import type { b } from "./gateway/b.ts";`, "sandbox/src/gateway/b.ts"],
])("the sandbox importing %s is named with file and line", async (_name, file, text, target) => {
  const problems = await problemsWith({ [`sandbox/src/${file}`]: `// the fault is below\n${text}\n` });
  expect(problems).toEqual([`sandbox/src/${file}:2 imports ${target}`]);
});

test("the sandbox may import itself and Node, its tests a test runner, and a top the sandbox", async () => {
  const files = {
    "sandbox/src/a.ts": `import "node:http";\nimport "./b.ts";\n`,
    "sandbox/src/b.ts": `export const b = 1;\n`,
    "sandbox/src/b.test.ts": `import "vitest";\nimport "./gateway/c.ts";\n`,
    "sandbox/src/gateway/c.ts": `import "../b.ts";\nimport "./d.ts";\n`,
    "sandbox/src/gateway/d.ts": `export const d = 1;\n`,
    "sandbox/src/index.ts": `export * from "./gateway/c.ts";\n`,
    "server/src/cli/a.ts": `import "@tillway/sandbox";\n`,
  };
  expect(await problemsWith(files)).toEqual([]);
});

test("a type of an optional engine may be imported", async () => {
  expect(await problemsWith({ "server/src/storage/a.ts": `import type { Queue } from "bullmq";\nexport type Q = Queue;\n` })).toEqual([]);
});

test("a check that sees nothing is red", async () => {
  expect(lines(await ringsCheck.run(plant({ "README.md": "nothing here\n" })))).toEqual([expect.stringContaining("saw 0 modules")]);
});

test("a module that git hides from the check is red", async () => {
  const root = plant({ ...sound, ".gitignore": "node_modules\ncall.ts\n" });
  expect(lines(await ringsCheck.run(root))).toContainEqual(
    expect.stringContaining("saw 10 modules and 16 imports, but there are 11 files"),
  );
});

test("a module that cannot be parsed is no pass", async () => {
  await expect(ringsCheck.run(plant({ ...sound, "server/src/core/a.ts": "import {" }))).rejects.toThrow(
    "server/src/core/a.ts cannot be parsed",
  );
});

test.each([
  ["a part of the server", "a.ts", `import type { key } from "../../server/src/core/key.ts";`, "server/src/core/key.ts"],
  ["a package", "webhooks/a.ts", `import type { Request } from "express";`, "express"],
  ["Node", "a.ts", `import { createHmac } from "node:crypto";`, "node:crypto"],
  ["what only its tests use", "a.ts", `import "./b.testing.ts";`, "sdk/src/b.testing.ts"],
])("the client importing %s is named with file and line", async (_name, file, text, target) => {
  expect(await problemsWith({ [`sdk/src/${file}`]: `// the fault is below\n${text}\n` })).toEqual([`sdk/src/${file}:2 imports ${target}`]);
});

test("the client may import its own files, and its tests also packages and documents, but not the server", async () => {
  const change = {
    "sdk/src/a.ts": `import "./webhooks/b.ts";\n`,
    "sdk/src/webhooks/b.ts": `export const b = 1;\n`,
    "sdk/src/c.testing.ts": `import "node:http";\n`,
    "sdk/src/a.test.ts": `import "vitest";\nimport "./c.testing.ts";\nimport "../../docs/openapi.json";\n`,
  };
  expect(await problemsWith(change)).toEqual([]);
  const wrong = { ...change, "sdk/src/a.test.ts": `import "../../server/src/core/key.ts";\n` };
  expect(await problemsWith(wrong)).toEqual(["sdk/src/a.test.ts:1 imports server/src/core/key.ts"]);
});
