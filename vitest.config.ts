import { resolve } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

const OUTSIDE = [...configDefaults.exclude, "**/dist/**"];
/** Tests of what keeps nothing between two calls and starts nothing. They share processes: to load its modules takes longer than most of them do. */
const PURE = [
  "checkout/src/**/*.test.ts",
  "dashboard/src/**/*.test.ts",
  "sandbox/src/**/*.test.ts",
  "sdk/src/**/*.test.ts",
  "server/src/{connectors,core,flows}/**/*.test.ts",
];
const PURE_BUT = ["**/*.postgres.test.ts"];

const common = {
  setupFiles: ["test/support/patient-waits.ts"],
  expect: { poll: { timeout: 15_000 } },
  // A bound for what hangs, not an expectation: tests wait for conditions, and a loaded machine is several times slower.
  testTimeout: 45_000,
  hookTimeout: 60_000,
};
// The source, as for the server: a test never runs against a build of yesterday.
const sources = { alias: { "@tillway/sandbox": resolve(import.meta.dirname, "sandbox/src/index.ts") } };

export default defineConfig({
  test: {
    // Processes, not threads: a test that leaves something open, or dies, takes nobody else with it.
    pool: "forks",
    // PostgreSQL and the far sides of the tests need the rest of a two-core machine.
    maxWorkers: 2,
    teardownTimeout: 30_000,
    projects: [
      {
        resolve: sources,
        test: {
          ...common,
          name: "all",
          include: ["server/src/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...OUTSIDE, "server/src/{connectors,core,flows}/**/!(*.postgres).test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
        },
      },
      { resolve: sources, test: { ...common, name: "pure", include: PURE, exclude: [...OUTSIDE, ...PURE_BUT], isolate: false } },
    ],
  },
});
