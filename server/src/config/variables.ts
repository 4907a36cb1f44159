/** Every variable of the environment: what it sets, what may stand in it, what counts where it is not set. */
import { resolve } from "node:path";
import { DELIVERIES_KEPT_DAYS, EXCHANGES_KEPT_DAYS } from "../core/constants.ts";
import { LOG_LEVELS, type LogLevel } from "../core/ports/log.ts";
import { privateNetworks } from "./networks.ts";
import { effects, type FaultName, type Flaky, isScenarioName, type ScenarioName, scenarioTable } from "@tillway/sandbox";

/** Which part of Tillway runs: `all` is the embedded profile, the others are its parts alone. */
export type Role = "all" | "api" | "worker" | "migrate" | "gateway" | "merchant";

export interface Variable<Value> {
  readonly purpose: string;
  /** What may stand in it; completes "is not …". */
  readonly form: string;
  /** Undefined: not of that form. */
  readonly parse: (text: string) => Value | undefined;
  /** What counts where it is not set. */
  readonly fallback: Value;
  /** The fallback as the docs show it. */
  readonly shown: string | null;
  readonly cure: string;
  readonly requiredBy?: readonly Role[];
  /** Its value is never repeated in a message. */
  readonly isSecret?: boolean;
}

const whole = (most: number) => (text: string) => (/^\d{1,9}$/.test(text) && Number(text) <= most ? Number(text) : undefined);
const share = (text: string) => (/^(0|1|0?\.\d{1,9}|[01]\.\d{1,9})$/.test(text) && Number(text) <= 1 ? Number(text) : undefined);
const FLAG_WORDS = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);
const oneOf =
  <Word extends string>(...words: readonly Word[]) =>
  (text: string) =>
    words.find((word) => word === text.toLowerCase());

const SEED = /^[A-Za-z0-9._-]{1,64}$/;

/** An hour: nobody waits longer for a simulated bank. */
const DELAY_MAX_MS = 3_600_000;
const PORT = { form: "a port from 0 (the system chooses) to 65535", parse: whole(65_535), cure: "Use a free port, such as 8000." };
const DELAY = { form: `milliseconds from 0 to ${DELAY_MAX_MS}`, parse: whole(DELAY_MAX_MS), cure: "Use a whole number of milliseconds." };
const RATE = { form: "a share from 0 to 1", parse: share, cure: "80 % is written 0.8." };
/** Longer than any rule asks for. */
const DAYS_MAX = 36_500;
const DAYS = {
  form: `days from 1 to ${DAYS_MAX}`,
  parse: (text: string) => {
    const days = whole(DAYS_MAX)(text);
    return days === 0 ? undefined : days;
  },
  cure: "Use a whole number of days.",
};
const FLAG = { form: "`true` or `false`", parse: (text: string) => FLAG_WORDS.get(text.toLowerCase()), cure: "Use true or false." };

/** The connector believes "not found" after this time: a longer lag would make the sandbox a gateway that lies. */
const FIND_LAG_MAX_MS = 2_000;
const FAULTS = Object.keys(effects).filter((name) => name !== "none");

/** In the order of the docs. */
export const VARIABLES = {
  TILLWAY_HOME: variable<string>({
    purpose: "Directory of the embedded database, the master key and the test keys",
    form: "a path",
    parse: (text) => resolve(text),
    fallback: resolve(".tillway"),
    shown: ".tillway",
    cure: "Use a directory that this user may write to.",
  }),
  HOST: variable<string>({
    purpose: "Address that the servers listen on. Other than loopback, webhooks to loopback are refused outside test mode",
    form: "an address or name without scheme and port",
    parse: (text) => (/^[A-Za-z0-9._:-]+$/.test(text) ? text : undefined),
    fallback: "127.0.0.1",
    shown: "127.0.0.1",
    cure: "Use 127.0.0.1, or 0.0.0.0 to be reached from outside.",
  }),
  API_PORT: variable<number>({ ...PORT, purpose: "Port of the API", fallback: 8_000, shown: "8000" }),
  PUBLIC_URL: variable<string | null>({
    purpose:
      "Where gateways reach the API; by default it is made from `HOST` and `API_PORT`. A worker that was not told so only guesses, and what the API tells gateways wins",
    form: "an http or https URL without user, query and fragment",
    parse: webUrl,
    fallback: null,
    shown: null,
    cure: "Use the form https://pay.example.com.",
  }),
  DATABASE_URL: variable<string | null>({
    purpose: "PostgreSQL 15 or newer. Without it `all` starts its own",
    form: "a postgres:// URL",
    parse: postgresUrl,
    fallback: null,
    shown: null,
    isSecret: true,
    requiredBy: ["api", "worker", "migrate", "merchant"],
    cure: "Use the form postgres://user:password@host:5432/database.",
  }),
  TILLWAY_MASTER_KEY: variable<Uint8Array | null>({
    purpose:
      "Key that secrets are sealed with. `all` makes one at its first start and keeps it in its home. Without it, sealed secrets are lost",
    form: "64 hexadecimal digits, or base64 of 32 bytes",
    parse: keyBytes,
    fallback: null,
    shown: null,
    isSecret: true,
    requiredBy: ["api", "worker", "merchant"],
    cure: "Make one with `openssl rand -hex 32`, use the same one for all parts, and keep a copy.",
  }),
  SANDBOX_URL: variable<string | null>({
    purpose: "Where the sandbox gateway runs. Without it `all` runs one inside",
    form: "an http or https URL without user, query and fragment",
    parse: webUrl,
    fallback: null,
    shown: null,
    requiredBy: ["api", "worker"],
    cure: "Start one with `tillway gateway sandbox` and use its address, such as http://127.0.0.1:8001.",
  }),
  SANDBOX_PORT: variable<number>({
    ...PORT,
    purpose: "Port of `tillway gateway sandbox`",
    fallback: 8_001,
    shown: "8001",
    cure: "Use a free port, such as 8001.",
  }),
  SANDBOX_DELAY_MS: variable<number>({ ...DELAY, purpose: "Time that the sandbox's bank takes", fallback: 5_000, shown: "5000" }),
  SANDBOX_SUCCESS_RATE: variable<number>({
    ...RATE,
    purpose: "Share of plain payments that the sandbox approves",
    fallback: 0.8,
    shown: "0.8",
  }),
  UPI_SUCCESS_RATE: variable<number | null>({
    ...RATE,
    purpose: "The same for UPI; wins over `SANDBOX_SUCCESS_RATE`",
    fallback: null,
    shown: null,
  }),
  CARD_SUCCESS_RATE: variable<number | null>({
    ...RATE,
    purpose: "The same for cards; wins over `SANDBOX_SUCCESS_RATE`",
    fallback: null,
    shown: null,
  }),
  PROCESSING_DELAY_MIN: variable<number | null>({
    ...DELAY,
    purpose: "Shortest time of the bank; wins over `SANDBOX_DELAY_MS`",
    fallback: null,
    shown: null,
  }),
  PROCESSING_DELAY_MAX: variable<number | null>({
    ...DELAY,
    purpose: "Longest time of the bank; wins over `SANDBOX_DELAY_MS`",
    fallback: null,
    shown: null,
  }),
  SANDBOX_MOCK: variable<ScenarioName | null>({
    purpose:
      "[Scenario](test-scenarios.md#mock-and-flaky) that plain payments follow at once, in place of rates and delays; wins over `TEST_MODE`",
    form: "the name of a scenario",
    parse: (text) => (isScenarioName(text) ? text : undefined),
    fallback: null,
    shown: null,
    cure: `Use one of ${Object.keys(scenarioTable).join(", ")}.`,
  }),
  SANDBOX_FLAKY: variable<Flaky | null>({
    purpose: "Share of all requests to the sandbox that meet this [fault](test-scenarios.md#mock-and-flaky)",
    form: "`FAULT:RATE` or `FAULT:RATE:SEED`, such as `timeout-after:0.3`",
    parse: flaky,
    fallback: null,
    shown: null,
    cure: `The rate is a share from 0 to 1, the seed any word, the fault one of ${FAULTS.join(", ")}.`,
  }),
  SANDBOX_FIND_LAG_MS: variable<number>({
    purpose: "How far the sandbox's search by key lags behind",
    form: `milliseconds from 0 to ${FIND_LAG_MAX_MS}`,
    parse: whole(FIND_LAG_MAX_MS),
    fallback: 0,
    shown: "0",
    cure: "Use a whole number of milliseconds.",
  }),
  SANDBOX_SEED: variable<string>({
    purpose: "Another seed, other payments that the sandbox approves",
    form: "up to 64 letters, digits, `.`, `_` and `-`",
    parse: (text) => (SEED.test(text) ? text : undefined),
    fallback: "",
    shown: null,
    cure: "Use a word such as tuesday-2.",
  }),
  TEST_MODE: variable<boolean>({
    ...FLAG,
    purpose: "Makes the bank predictable and allows webhooks to loopback, not to private networks",
    fallback: false,
    shown: "false",
  }),
  TEST_PROCESSING_DELAY: variable<number>({
    ...DELAY,
    purpose: "Time of the bank in test mode; wins over the others",
    fallback: 1_000,
    shown: "1000",
  }),
  TEST_PAYMENT_SUCCESS: variable<boolean>({
    ...FLAG,
    purpose: "Whether plain payments are approved in test mode",
    fallback: true,
    shown: "true",
  }),
  WEBHOOK_RETRY_INTERVALS_TEST: variable<boolean>({
    ...FLAG,
    purpose: "Tries webhooks after 0, 5, 10, 15 and 20 s instead of 0, 1 m, 5 m, 30 m and 2 h",
    fallback: false,
    shown: "false",
  }),
  WEBHOOK_ALLOWED_NETWORKS: variable<readonly string[]>({
    purpose: "Private networks that webhooks may be sent to, for receivers in your own network. `TEST_MODE` opens loopback only",
    form: "networks within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7, with commas between",
    parse: privateNetworks,
    fallback: [],
    shown: null,
    cure: "Use the form 10.20.0.0/16,fd12:3456::/32.",
  }),
  RETENTION_EXCHANGES_DAYS: variable<number>({
    ...DAYS,
    purpose: "How long exchanges with gateways and their webhooks are kept. Payments and events are kept for ever",
    fallback: EXCHANGES_KEPT_DAYS,
    shown: String(EXCHANGES_KEPT_DAYS),
  }),
  RETENTION_DELIVERIES_DAYS: variable<number>({
    ...DAYS,
    purpose: "How long deliveries that have ended are kept, with the log of their tries",
    fallback: DELIVERIES_KEPT_DAYS,
    shown: String(DELIVERIES_KEPT_DAYS),
  }),
  LOG_LEVEL: variable<LogLevel>({
    purpose: "Least serious lines that are logged",
    form: "`error`, `warn`, `info` or `silent`",
    parse: oneOf(...LOG_LEVELS),
    fallback: "info",
    shown: "info",
    cure: "Use info.",
  }),
};

export type Name = keyof typeof VARIABLES;
export type Values = { [Each in Name]: (typeof VARIABLES)[Each]["fallback"] };
export const NAMES = Object.keys(VARIABLES) as Name[];

function variable<Value>(described: Variable<Value>): Variable<Value> {
  return described;
}

function flaky(text: string): Flaky | undefined {
  const [kind = "", rateText = "", seed = "0", ...more] = text.split(":");
  const rate = share(rateText);
  if (!FAULTS.includes(kind) || rate === undefined || !SEED.test(seed) || more.length > 0) return undefined;
  return { kind: kind as FaultName, rate, seed };
}

function webUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "" && !/[?#]/.test(text);
  return isPlain ? `${url.origin}${url.pathname.replace(/\/+$/, "")}` : undefined;
}

function postgresUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\/\S+$/.test(text) && URL.canParse(text) ? text : undefined;
}

function keyBytes(text: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  const bytes = /^[A-Za-z0-9+/]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null;
  return bytes?.length === 32 ? bytes : undefined;
}
