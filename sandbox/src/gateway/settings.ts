/** How the simulated bank behaves if the input does not say, and which setting wins. `variables.ts` fills it from an environment. */
import { hash } from "node:crypto";
import type { FaultName } from "../faults.ts";
import type { ScenarioName } from "../scenarios.ts";
import type { Input } from "./inputs.ts";

export interface SandboxSettings {
  /** `SANDBOX_DELAY_MS`: time to the answer of a plain input. */
  readonly delayMs: number;
  /** `SANDBOX_SUCCESS_RATE`: share of plain inputs that are approved, 0 to 1. */
  readonly successRate: number;
  /** `UPI_SUCCESS_RATE`, `CARD_SUCCESS_RATE`: win over `successRate` if set. */
  readonly upiSuccessRate: number | null;
  readonly cardSuccessRate: number | null;
  /** `PROCESSING_DELAY_MIN`, `PROCESSING_DELAY_MAX`: win over `delayMs` if set. */
  readonly delayMinMs: number | null;
  readonly delayMaxMs: number | null;
  /**
   * `TEST_MODE` with `TEST_PROCESSING_DELAY`, `TEST_PAYMENT_SUCCESS` and, if it is set, the share of `TEST_PAYMENT_SUCCESS_RATE`, which
   * wins over the outcome; null: not in test mode.
   */
  readonly test: { readonly delayMs: number; readonly succeeds: boolean; readonly successRate?: number } | null;
  /** `SANDBOX_MOCK`: the scenario that plain inputs follow, at once. */
  readonly mock: ScenarioName | null;
  /** `SANDBOX_FLAKY`: this share of all requests about operations meets this fault. */
  readonly flaky: Flaky | null;
  /** `SANDBOX_FIND_LAG_MS`: finding by key lags this far behind: an eventually consistent search. */
  readonly findLagMs: number;
  /** `SANDBOX_SEED`: changes every draw of the bank. */
  readonly seed: string;
  /** Where the shopper's browser reaches this far side, for challenge pages. */
  readonly publicUrl: string;
}

export interface Flaky {
  readonly kind: FaultName;
  /** Share of requests, 0 to 1. */
  readonly rate: number;
  /** The same requests in the same order meet the same fate under the same seed. */
  readonly seed: string;
}

/** A bank: 5 seconds, 80 % approved. */
export const bankSettings: SandboxSettings = {
  delayMs: 5_000,
  successRate: 0.8,
  upiSuccessRate: null,
  cardSuccessRate: null,
  delayMinMs: null,
  delayMaxMs: null,
  test: null,
  mock: null,
  flaky: null,
  findLagMs: 0,
  seed: "",
  publicUrl: "http://sandbox.invalid",
};

export interface Behaviour {
  readonly scenario: ScenarioName | "plain";
  /** For `plain` and `success`; a named scenario follows its own script. */
  readonly approves: boolean;
  readonly delayMs: number;
}

/** Two numbers in [0, 1), drawn once per gateway key. */
export interface Draws {
  readonly first: number;
  readonly second: number;
}

/**
 * Numbers in [0, 1) that follow from a text: the same gateway key always draws the same outcome and delay, in every process,
 * after every restart. Chance without state.
 */
export function draws(text: string): Draws {
  const digest = hash("sha256", text, "buffer");
  return { first: digest.readUInt32BE(0) / 2 ** 32, second: digest.readUInt32BE(4) / 2 ** 32 };
}

/**
 * The behaviour of this input under these settings; the first that applies wins, as in docs/test-scenarios.md:
 * 1. A scenario that the input names, but for success.
 * 2. For plain inputs, the scenario of the mock: a setting that names an outcome is more than one that makes outcomes predictable.
 * 3. Test mode, which wins over the success input too.
 * 4. The success input.
 * 5. Rate and delay of the method, of the process, of the bank.
 * Faults (`flaky`) are no part of it: they meet requests, whatever the operation does.
 */
export function behaviour(settings: SandboxSettings, input: Pick<Input, "kind" | "scenario">, draw: () => Draws): Behaviour {
  const { scenario } = input;
  if (scenario !== "plain" && scenario !== "success") return { scenario, approves: true, delayMs: 0 };
  if (scenario === "plain" && settings.mock !== null) return { scenario: settings.mock, approves: true, delayMs: 0 };
  if (settings.test !== null) {
    const { succeeds, successRate, delayMs } = settings.test;
    return { scenario, approves: successRate === undefined ? succeeds : draw().first < successRate, delayMs };
  }
  if (scenario === "success") return { scenario, approves: true, delayMs: 0 };
  const rates = { upi: settings.upiSuccessRate, card: settings.cardSuccessRate, other: null };
  const rate = rates[input.kind] ?? settings.successRate;
  const [least, most] = delayRange(settings);
  if ((rate <= 0 || rate >= 1) && least === most) return { scenario, approves: rate >= 1, delayMs: least };
  const { first, second } = draw();
  return { scenario, approves: first < rate, delayMs: Math.round(least + second * (most - least)) };
}

/** If only one end is set, the other is the plain delay, or the same end if that lies outside. */
function delayRange({ delayMs, delayMinMs, delayMaxMs }: SandboxSettings): readonly [number, number] {
  if (delayMinMs === null && delayMaxMs === null) return [delayMs, delayMs];
  const least = delayMinMs ?? Math.min(delayMs, delayMaxMs!);
  return [least, Math.max(least, delayMaxMs ?? delayMs)];
}
