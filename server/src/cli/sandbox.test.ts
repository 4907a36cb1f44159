import { describe, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { bankSettings } from "@tillway/sandbox";
import { sandboxNotes, withOptions } from "./sandbox.ts";

const settingsOf = (environment: Record<string, string>) => ({
  ...readConfig(environment, "gateway").sandbox.settings,
  publicUrl: bankSettings.publicUrl,
});

describe("the sandbox's settings", () => {
  it("are a bank if nothing is set", () => {
    expect(settingsOf({})).toEqual(bankSettings);
  });

  it("come from the environment", () => {
    const environment = { SANDBOX_MOCK: "pending", SANDBOX_FLAKY: "throttled:.5:s", SANDBOX_FIND_LAG_MS: "10", SANDBOX_SEED: "x" };
    expect(settingsOf({ ...environment, SANDBOX_DELAY_MS: "7", UPI_SUCCESS_RATE: "1" })).toEqual({
      ...bankSettings,
      delayMs: 7,
      upiSuccessRate: 1,
      mock: "pending",
      flaky: { kind: "throttled", rate: 0.5, seed: "s" },
      findLagMs: 10,
      seed: "x",
    });
  });

  it("come from the command line if it names them", () => {
    const settings = settingsOf({ SANDBOX_MOCK: "pending", SANDBOX_FLAKY: "throttled:1" });
    expect(withOptions(settings, {})).toEqual(settings);
    expect(withOptions(settings, { mock: "lost-card", flaky: "cut-after:0.1:7" })).toEqual({
      ...settings,
      mock: "lost-card",
      flaky: { kind: "cut-after", rate: 0.1, seed: "7" },
    });
  });

  it.each([
    [{ mock: "nonsense" }, /--mock is "nonsense".*success, card-declined.*\.$/],
    [{ flaky: "timeout-after" }, /--flaky is "timeout-after".*timeout-before, timeout-after.*\.$/],
    [{ flaky: "nonsense:0.5" }, /--flaky.*html-after/],
    [{ mock: "" }, /--mock is ""/],
  ])("refuse %j by name, with all values that there are", (options, message) => {
    expect(() => withOptions(bankSettings, options)).toThrow(message);
  });

  it("are announced if the sandbox is no plain bank", () => {
    expect(sandboxNotes(bankSettings)).toEqual([]);
    expect(sandboxNotes({ mock: "lost-card", flaky: { kind: "cut-after", rate: 0.07, seed: "7" } })).toEqual([
      "Note: the sandbox is a mock: plain payments follow the scenario lost-card.",
      "Note: the sandbox is flaky: a share of 0.07 of its requests meets cut-after (seed 7).",
    ]);
  });
});
