/** The settings as variables of an environment. A program that reads one spreads this table into its own, and hands the values back. */
import { effects, type FaultName } from "../faults.ts";
import { isScenarioName, scenarioTable, type ScenarioName } from "../scenarios.ts";
import type { Flaky, SandboxSettings } from "./settings.ts";

export interface Variable<Value> {
  readonly purpose: string;
  /** Its form; completes "is not …". */
  readonly form: string;
  /** Undefined: not of that form. */
  readonly parse: (text: string) => Value | undefined;
  /** The value if it is not set. */
  readonly fallback: Value;
  readonly cure: string;
}

const whole = (most: number) => (text: string) => (/^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
const share = (text: string) => (/^(0|1|0?\.\d{1,9}|[01]\.\d{1,9})$/.test(text) && Number(text) <= 1 ? Number(text) : undefined);
const flag = (text: string) => (/^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined);
const SEED = /^[A-Za-z0-9._-]{1,64}$/;
/** An hour: nobody waits longer for a simulated bank. */
const DELAY_MAX_MS = 3_600_000;
const DELAY = { form: `milliseconds from 0 to ${DELAY_MAX_MS}`, parse: whole(DELAY_MAX_MS), cure: "Use a whole number of milliseconds." };
const RATE = { form: "a share from 0 to 1", parse: share, cure: "80 % is written 0.8." };
const WORD = {
  form: "up to 64 letters, digits, `.`, `_` and `-`",
  parse: (text: string) => (SEED.test(text) ? text : undefined),
  cure: "Use a word such as tuesday-2.",
};
/** Tillway believes "not found" after this time: a longer lag would make the sandbox a gateway that lies. */
const FIND_LAG_MAX_MS = 2_000;
const FAULTS = Object.keys(effects).filter((name) => name !== "none");

/** In the order of the documentation. */
export const sandboxVariables = {
  SANDBOX_DELAY_MS: variable<number>({ ...DELAY, purpose: "Time that the sandbox's bank takes", fallback: 5_000 }),
  SANDBOX_SUCCESS_RATE: variable<number>({
    ...RATE,
    purpose: "Share of plain payments that the sandbox approves",
    fallback: 0.8,
  }),
  UPI_SUCCESS_RATE: variable<number | null>({
    ...RATE,
    purpose: "The same for UPI; wins over `SANDBOX_SUCCESS_RATE`",
    fallback: null,
  }),
  CARD_SUCCESS_RATE: variable<number | null>({
    ...RATE,
    purpose: "The same for cards; wins over `SANDBOX_SUCCESS_RATE`",
    fallback: null,
  }),
  PROCESSING_DELAY_MIN: variable<number | null>({
    ...DELAY,
    purpose: "Shortest time of the bank; wins over `SANDBOX_DELAY_MS`",
    fallback: null,
  }),
  PROCESSING_DELAY_MAX: variable<number | null>({
    ...DELAY,
    purpose: "Longest time of the bank; wins over `SANDBOX_DELAY_MS`",
    fallback: null,
  }),
  SANDBOX_MOCK: variable<ScenarioName | null>({
    purpose:
      "[Scenario](test-scenarios.md#mock-and-flaky) that plain payments follow at once, in place of rates and delays; wins over `TEST_MODE`",
    form: "the name of a scenario",
    parse: (text) => (isScenarioName(text) ? text : undefined),
    fallback: null,
    cure: `Use one of ${Object.keys(scenarioTable).join(", ")}.`,
  }),
  SANDBOX_FLAKY: variable<Flaky | null>({
    purpose: "Share of all requests to the sandbox that meet this [fault](test-scenarios.md#mock-and-flaky)",
    form: "`FAULT:RATE` or `FAULT:RATE:SEED`, such as `timeout-after:0.3`",
    parse: flaky,
    fallback: null,
    cure: `The rate is a share from 0 to 1, the seed any word, the fault one of ${FAULTS.join(", ")}.`,
  }),
  SANDBOX_FIND_LAG_MS: variable<number>({
    purpose: "How far the sandbox's search by key lags behind",
    form: `milliseconds from 0 to ${FIND_LAG_MAX_MS}`,
    parse: whole(FIND_LAG_MAX_MS),
    fallback: 0,
    cure: "Use a whole number of milliseconds.",
  }),
  SANDBOX_SEED: variable<string>({
    purpose: "Another seed, other payments that the sandbox approves",
    ...WORD,
    fallback: "",
  }),
  TEST_PROCESSING_DELAY: variable<number>({
    ...DELAY,
    purpose: "Time of the bank in test mode; wins over the others",
    fallback: 1_000,
  }),
  TEST_PAYMENT_SUCCESS: variable<boolean>({
    form: "`true` or `false`",
    parse: flag,
    cure: "Use true or false.",
    purpose: "Whether plain payments are approved in test mode",
    fallback: true,
  }),
  TEST_PAYMENT_SUCCESS_RATE: variable<number | null>({
    ...RATE,
    purpose: "Share of plain payments that are approved in test mode; wins over `TEST_PAYMENT_SUCCESS`",
    fallback: null,
  }),
  TEST_SEED: variable<string>({
    ...WORD,
    purpose: "The seed of that share: under the same seed the same payments are approved. `SANDBOX_SEED` if it is not set",
    fallback: "",
  }),
};

/** Those that count in test mode only. */
export const testModeVariables = [
  "TEST_PROCESSING_DELAY",
  "TEST_PAYMENT_SUCCESS",
  "TEST_PAYMENT_SUCCESS_RATE",
  "TEST_SEED",
] satisfies (keyof typeof sandboxVariables)[];

/** The bank's settings from these values; its address for browsers follows from its listener. */
export function settingsOf(values: Values, testMode: boolean): Omit<SandboxSettings, "publicUrl"> {
  return Object.freeze({
    delayMs: values.SANDBOX_DELAY_MS,
    successRate: values.SANDBOX_SUCCESS_RATE,
    upiSuccessRate: values.UPI_SUCCESS_RATE,
    cardSuccessRate: values.CARD_SUCCESS_RATE,
    delayMinMs: values.PROCESSING_DELAY_MIN,
    delayMaxMs: values.PROCESSING_DELAY_MAX,
    test: testMode ? testSettings(values) : null,
    mock: values.SANDBOX_MOCK,
    flaky: values.SANDBOX_FLAKY,
    findLagMs: values.SANDBOX_FIND_LAG_MS,
    seed: (testMode && values.TEST_SEED) || values.SANDBOX_SEED,
  });
}

function testSettings(values: Values): NonNullable<SandboxSettings["test"]> {
  return Object.freeze({
    delayMs: values.TEST_PROCESSING_DELAY,
    succeeds: values.TEST_PAYMENT_SUCCESS,
    ...(values.TEST_PAYMENT_SUCCESS_RATE !== null && { successRate: values.TEST_PAYMENT_SUCCESS_RATE }),
  });
}

type Values = { readonly [Name in keyof typeof sandboxVariables]: (typeof sandboxVariables)[Name]["fallback"] };

function variable<Value>(described: Variable<Value>): Variable<Value> {
  return described;
}

function flaky(text: string): Flaky | undefined {
  const [kind = "", rateText = "", seed = "0", ...more] = text.split(":");
  const rate = share(rateText);
  if (!FAULTS.includes(kind) || rate === undefined || !SEED.test(seed) || more.length > 0) return undefined;
  return { kind: kind as FaultName, rate, seed };
}
