import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { isWhole } from "./test/support/how-much.ts";

const root = import.meta.dirname;
/** `*.long.test.ts` is run by `TESTS=whole` only: see test/support/how-much.ts. */
const OUTSIDE = [...configDefaults.exclude, "**/dist/**", ...(isWhole ? [] : ["**/*.long.test.ts"])];
/** Tests of modules, beside these. Those in `test/` start programs and browsers. */
const WORKSPACES = ["checkout/src", "dashboard/src", "sandbox/src", "sdk/src", "server/src"];
const ofModules = WORKSPACES.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.includes("node_modules"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
);
/** What replaces a module replaces it for all who share a process with it; and some look at what a module keeps, and say so in a line of their own. */
const needsItsOwn = (name: string) => /\bvi\.(mock|doMock)\(|^\/\/ In a process of its own:/m.test(readFileSync(join(root, name), "utf8"));

const common = {
  globalSetup: ["test/support/global-setup.ts"],
  setupFiles: ["test/support/patient-waits.ts"],
  expect: { poll: { timeout: 15_000 } },
  // A bound for what hangs, not an expectation: tests wait for conditions, and a loaded machine is several times slower.
  testTimeout: 45_000,
  hookTimeout: 60_000,
};
// The source, as for the server: a test never runs against a build of yesterday.
const sources = { alias: { "@tillway/sandbox": resolve(root, "sandbox/src/index.ts") } };
const shared = ofModules.filter((name) => !needsItsOwn(name));

export default defineConfig({
  test: {
    // Processes, not threads: a test of programs that leaves something open, or dies, takes nobody else with it.
    pool: "forks",
    // PostgreSQL and the far sides of the tests need the rest of a two-core machine.
    maxWorkers: 2,
    teardownTimeout: 30_000,
    projects: [
      {
        resolve: sources,
        test: { ...common, name: "own", include: ["server/src/**/*.test.ts", "test/**/*.test.ts"], exclude: [...OUTSIDE, ...shared] },
      },
      // Two processes for all: to load the modules of one file takes longer than most of its tests do.
      { resolve: sources, test: { ...common, name: "shared", include: shared, exclude: OUTSIDE, isolate: false } },
    ],
  },
});
