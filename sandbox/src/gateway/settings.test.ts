import { describe, expect, it } from "vitest";
import type { Input } from "./inputs.ts";
import { mockSettings } from "./settings.testing.ts";
import { bankSettings, behaviour, type SandboxSettings } from "./settings.ts";

const card: Pick<Input, "kind" | "scenario"> = { kind: "card", scenario: "plain" };
const upi: Pick<Input, "kind" | "scenario"> = { kind: "upi", scenario: "plain" };
const successCard: Pick<Input, "kind" | "scenario"> = { kind: "card", scenario: "success" };
const declinedCard: Pick<Input, "kind" | "scenario"> = { kind: "card", scenario: "card-declined" };
const at =
  (first: number, second = 0) =>
  () => ({ first, second });

describe("which setting wins", () => {
  it.each<[string, Partial<SandboxSettings>, Pick<Input, "kind" | "scenario">, number, boolean, number]>([
    ["a bank approves 80 %, in 5 s", {}, card, 0.79, true, 5_000],
    ["a bank declines the rest, in 5 s", {}, card, 0.8, false, 5_000],
    ["SANDBOX_SUCCESS_RATE and SANDBOX_DELAY_MS", { successRate: 0.1, delayMs: 70 }, card, 0.5, false, 70],
    ["CARD_SUCCESS_RATE over SANDBOX_SUCCESS_RATE", { successRate: 0, cardSuccessRate: 1 }, card, 0.5, true, 5_000],
    ["CARD_SUCCESS_RATE says nothing about UPI", { successRate: 0, cardSuccessRate: 1 }, upi, 0.5, false, 5_000],
    ["UPI_SUCCESS_RATE over SANDBOX_SUCCESS_RATE", { successRate: 0, upiSuccessRate: 1 }, upi, 0.5, true, 5_000],
    ["a rate of 0 is a rate", { successRate: 1, cardSuccessRate: 0 }, card, 0, false, 5_000],
    ["PROCESSING_DELAY_MIN and MAX over SANDBOX_DELAY_MS", { delayMinMs: 100, delayMaxMs: 300 }, card, 0, true, 200],
    ["PROCESSING_DELAY_MIN alone", { delayMinMs: 9_000 }, card, 0, true, 9_000],
    ["PROCESSING_DELAY_MAX alone", { delayMaxMs: 1_000 }, card, 0, true, 1_000],
    ["TEST_MODE over the bank", { test: { delayMs: 1_000, succeeds: true } }, card, 0.99, true, 1_000],
    [
      "TEST_MODE over rates of methods and delays",
      { test: { delayMs: 1_000, succeeds: false }, cardSuccessRate: 1, delayMinMs: 1, delayMaxMs: 1 },
      card,
      0,
      false,
      1_000,
    ],
    ["TEST_PROCESSING_DELAY=0 means 0", { test: { delayMs: 0, succeeds: true } }, card, 0, true, 0],
    ["TEST_MODE over the success card", { test: { delayMs: 1_000, succeeds: false } }, successCard, 0, false, 1_000],
    ["the success card over the bank, at once", { successRate: 0 }, successCard, 0.99, true, 0],
    ["a named scenario over TEST_MODE", { test: { delayMs: 1_000, succeeds: true } }, declinedCard, 0, true, 0],
  ])("%s", (_, settings, input, drawn, approves, delayMs) => {
    expect(behaviour({ ...bankSettings, ...settings }, input, at(drawn, 0.5))).toEqual({ scenario: input.scenario, approves, delayMs });
  });

  it.each<[string, Partial<SandboxSettings>, Pick<Input, "kind" | "scenario">, string, number]>([
    ["plain inputs follow the mock, at once", {}, card, "insufficient-funds", 0],
    ["UPI too", {}, upi, "insufficient-funds", 0],
    ["over rates and delays", { cardSuccessRate: 1, delayMinMs: 7, delayMaxMs: 9 }, card, "insufficient-funds", 0],
    ["over TEST_MODE", { test: { delayMs: 1_000, succeeds: true } }, card, "insufficient-funds", 0],
    ["the success card still succeeds", {}, successCard, "success", 0],
    ["TEST_MODE still rules the success card", { test: { delayMs: 1_000, succeeds: false } }, successCard, "success", 1_000],
    ["a scenario that the input names wins", {}, declinedCard, "card-declined", 0],
  ])("of a mock: %s", (_, settings, input, scenario, delayMs) => {
    expect(behaviour({ ...mockSettings("insufficient-funds"), ...settings }, input, at(0.99))).toMatchObject({ scenario, delayMs });
  });

  it("a mock without a scenario succeeds", () => {
    expect(behaviour(mockSettings(), upi, at(0.99)).scenario).toBe("success");
  });

  it("draws only if a rate asks for chance", () => {
    const never = () => {
      throw new Error("drawn");
    };
    expect(behaviour({ ...bankSettings, successRate: 1 }, card, never).approves).toBe(true);
    expect(behaviour({ ...bankSettings, successRate: 0 }, card, never).approves).toBe(false);
  });
});
