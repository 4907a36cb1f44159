import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The source, as for the server: a test never runs against a build of yesterday.
  resolve: { alias: { "@tillway/sandbox": resolve(import.meta.dirname, "sandbox/src/index.ts") } },
  test: {
    include: [
      "checkout/src/**/*.test.ts",
      "dashboard/src/**/*.test.ts",
      "sandbox/src/**/*.test.ts",
      "sdk/src/**/*.test.ts",
      "server/src/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/dist/**"],
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/patient-waits.ts"],
    expect: { poll: { timeout: 15_000 } },
    // Processes, not threads: a test that leaves something open, or dies, takes nobody else with it.
    pool: "forks",
    // PostgreSQL and the far sides of the tests need the rest of a two-core machine.
    maxWorkers: 2,
    // A bound for what hangs, not an expectation: tests wait for conditions, and a loaded machine is several times slower.
    testTimeout: 45_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
