/** The variables of the sandbox that are more than a number. */
import { describe, expect, it } from "vitest";
import { ConfigError, readConfig, type Environment } from "../config.ts";
import { sandboxCapabilities } from "../connectors/sandbox/connector.ts";

function problemsOf(environment: Environment): ConfigError {
  try {
    readConfig(environment, "gateway");
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error("nothing was refused");
}

describe("the behaviour of a mock or flaky sandbox", () => {
  it.each([
    ["SANDBOX_MOCK", "insufficient-funds", { mock: "insufficient-funds" }],
    ["SANDBOX_FLAKY", "timeout-after:0.3", { flaky: { kind: "timeout-after", rate: 0.3, seed: "0" } }],
    ["SANDBOX_FLAKY", "throttled:1:tuesday-2", { flaky: { kind: "throttled", rate: 1, seed: "tuesday-2" } }],
    ["SANDBOX_FLAKY", "cut-after:.05", { flaky: { kind: "cut-after", rate: 0.05 } }],
  ])("is read from %s=%s", (variable, text, sandbox) => {
    expect(readConfig({ [variable]: text }, "gateway").sandbox.settings).toMatchObject(sandbox);
  });

  it.each([
    ["SANDBOX_MOCK", "succes"],
    ["SANDBOX_MOCK", "constructor"],
    ["SANDBOX_FLAKY", "timeout-after"],
    ["SANDBOX_FLAKY", "timeout-after:"],
    ["SANDBOX_FLAKY", "timeout-after:1.1"],
    ["SANDBOX_FLAKY", "timeout-after:30%"],
    ["SANDBOX_FLAKY", "timeout:0.3"],
    ["SANDBOX_FLAKY", "none:0.3"],
    ["SANDBOX_FLAKY", "toString:0.3"],
    ["SANDBOX_FLAKY", "timeout-after:0.3:"],
    ["SANDBOX_FLAKY", "timeout-after:0.3:a:b"],
    ["SANDBOX_FIND_LAG_MS", "2001"],
    ["SANDBOX_SEED", "two words"],
  ])("is not %s=%s: refused by name, with its form and a cure", (variable, text) => {
    expect(problemsOf({ [variable]: text }).problems).toEqual([
      { variable, problem: expect.stringMatching(/^is .*not /), cure: expect.stringMatching(/\.$/) },
    ]);
  });

  it("is refused with a list of all scenarios and faults if it does not exist", () => {
    for (const name of ["success", "insufficient-funds", "captured-later"])
      expect(problemsOf({ SANDBOX_MOCK: "x" }).message).toContain(name);
    for (const name of ["timeout-before", "html-after", "throttled", "a share from 0 to 1"])
      expect(problemsOf({ SANDBOX_FLAKY: "x:0.1" }).message).toContain(name);
  });

  it("allows no lag of the search beyond the time that the connector waits", () => {
    const most = sandboxCapabilities.settleTimeMs;
    expect(readConfig({ SANDBOX_FIND_LAG_MS: String(most) }, "all").sandbox.settings.findLagMs).toBe(most);
    expect(problemsOf({ SANDBOX_FIND_LAG_MS: String(most + 1) }).problems).toHaveLength(1);
  });
});

describe("settings of a sandbox that runs elsewhere", () => {
  const environment = { SANDBOX_URL: "http://sandbox:9000", SANDBOX_MOCK: "success", SANDBOX_FLAKY: "reset-after:0.1" };

  it("are named in the all-in-one process, since they have no effect there", () => {
    expect(readConfig(environment, "all").warnings).toEqual([
      "SANDBOX_MOCK is set but has no effect here: the sandbox at SANDBOX_URL has settings of its own.",
      "SANDBOX_FLAKY is set but has no effect here: the sandbox at SANDBOX_URL has settings of its own.",
    ]);
  });

  it.each<[string, Environment, readonly string[]]>([
    [
      "those of its bank",
      {
        SANDBOX_DELAY_MS: "0",
        SANDBOX_SUCCESS_RATE: "1",
        UPI_SUCCESS_RATE: "1",
        CARD_SUCCESS_RATE: "1",
        PROCESSING_DELAY_MIN: "1",
        PROCESSING_DELAY_MAX: "2",
      },
      ["SANDBOX_DELAY_MS", "SANDBOX_SUCCESS_RATE", "UPI_SUCCESS_RATE", "CARD_SUCCESS_RATE", "PROCESSING_DELAY_MIN", "PROCESSING_DELAY_MAX"],
    ],
    ["those of its draws and its search", { SANDBOX_SEED: "x", SANDBOX_FIND_LAG_MS: "1" }, ["SANDBOX_SEED", "SANDBOX_FIND_LAG_MS"]],
    [
      "those of test mode",
      { TEST_MODE: "true", TEST_PROCESSING_DELAY: "0", TEST_PAYMENT_SUCCESS: "true" },
      ["TEST_PROCESSING_DELAY", "TEST_PAYMENT_SUCCESS"],
    ],
    ["none that are empty", { SANDBOX_DELAY_MS: " " }, []],
  ])("are all named: %s", (_, set, named) => {
    const { warnings } = readConfig({ SANDBOX_URL: environment.SANDBOX_URL, ...set }, "all");
    expect(warnings.map((line) => line.replace(/ is set .*$/, ""))).toEqual(named);
    expect(warnings.every((line) => line.endsWith("has no effect here: the sandbox at SANDBOX_URL has settings of its own."))).toBe(true);
  });

  it("are named once if they have no effect outside test mode either", () => {
    const { warnings } = readConfig({ SANDBOX_URL: environment.SANDBOX_URL, TEST_PROCESSING_DELAY: "0" }, "all");
    expect(warnings).toEqual(["TEST_PROCESSING_DELAY is set but has no effect without TEST_MODE=true."]);
  });

  it("cause no warning if parts share one environment, nor if the sandbox runs inside", () => {
    expect(
      readConfig({ DATABASE_URL: "postgres://u@db/x", TILLWAY_MASTER_KEY: "07".repeat(32), ...environment }, "worker").warnings,
    ).toEqual([]);
    expect(readConfig(environment, "gateway").warnings).toEqual([]);
    expect(readConfig({ SANDBOX_MOCK: "success" }, "all").warnings).toEqual([]);
  });
});
