/** What `npm ci` and `npm start` do where the compiler was left out: it has its binary in an optional package. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { plant } from "./planted.ts";

const script = resolve(import.meta.dirname, "../../scripts/build.mjs");

/** @param files what was built before */
function build(files: Readonly<Record<string, string>>, event: string) {
  const root = plant(files);
  rmSync(join(root, "node_modules"));
  mkdirSync(join(root, "scripts"));
  cpSync(script, join(root, "scripts/build.mjs"));
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], {
    env: { ...process.env, npm_lifecycle_event: event },
    encoding: "utf8",
  });
  return { status, stderr };
}

test.each(["prepare", "prestart"])("what was built before stays, and %s goes on", (event) => {
  expect(build({ "server/dist/main.js": "" }, event)).toEqual({
    status: 0,
    stderr: "build: the compiler is not installed; what was built before stays.\n",
  });
});

test.each([
  ["prepare", 0, "an install does what it was asked for"],
  ["prestart", 1, "a start has nothing to run"],
])("where nothing was built, %s ends with %d and the cure: %s", (event, status) => {
  expect(build({}, event)).toEqual({ status, stderr: expect.stringMatching(/^build: nothing was built.*Run `npm ci` first/) });
});
