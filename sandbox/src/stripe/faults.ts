/** How this far side fails on purpose: the effects of every far side, with Stripe's answers. */
import { hash } from "node:crypto";
import { effects, type Effect, type FaultName } from "../faults.ts";
import { errorText, type StripeError } from "./errors.ts";

/** `delay`: done at once, answered late; until then the same key is in use and the intent is locked. */
export type StripeFaultName = FaultName | "delay" | "lock-timeout" | "key-in-use";

export interface StripeFault {
  readonly name: StripeFaultName;
  /** Of `delay`; the answer leaves so late. */
  readonly delayMs?: number;
}

/** Which requests meet a fault; each member that is left out fits every request. */
export interface FaultRule extends StripeFault {
  readonly method?: string;
  /** Part of the path, such as `/confirm` or `/v1/refunds`. */
  readonly path?: string;
  /** Part of a value of the body, such as `pm_card_visa` or a gateway key. */
  readonly body?: string;
  /** So many requests, then the rule is used up; 1 if left out, and without end beside a rate. */
  readonly times?: number;
  /** Only this share of the requests that fit, from 0 to 1: the same ones under the same `seed`. */
  readonly rate?: number;
  readonly seed?: string;
}

/** Those that only this far side has. */
const own: readonly string[] = ["delay", "lock-timeout", "key-in-use"];

export function isStripeFault(name: unknown): name is StripeFaultName {
  return typeof name === "string" && (Object.hasOwn(effects, name) || own.includes(name));
}

export interface StripeEffect {
  readonly processes: boolean;
  readonly connection: Effect["connection"];
  readonly answer: {
    readonly status: number;
    readonly body: string;
    readonly stored: boolean;
    readonly headers: Record<string, string>;
  } | null;
}

const apiError: StripeError = { type: "api_error", message: "An unknown error occurred." };
const throttled: StripeError = {
  type: "invalid_request_error",
  code: "rate_limit",
  message: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
};
export const lockTimeout: StripeError = {
  type: "invalid_request_error",
  code: "lock_timeout",
  message: "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.",
};
export const keyInUse: StripeError = {
  type: "idempotency_error",
  code: "idempotency_key_in_use",
  message: "There is currently another in-progress request using this idempotent key. Try again later.",
};

const RETRY = { "stripe-should-retry": "true" };
const reply = (status: number, error: StripeError, stored: boolean, headers: Record<string, string> = {}): StripeEffect["answer"] => ({
  status,
  body: errorText(error),
  stored,
  headers,
});
const answers: Partial<Record<StripeFaultName, StripeEffect["answer"]>> = {
  "error-before": reply(500, apiError, false, RETRY),
  // Stripe keeps it under the key, so that sending again would only repeat it.
  "error-after": reply(500, apiError, true, { "stripe-should-retry": "false" }),
  throttled: reply(429, throttled, false, { "retry-after": "1" }),
  unavailable: reply(503, apiError, false, { "retry-after": "5" }),
  "lock-timeout": reply(429, lockTimeout, false, RETRY),
  "key-in-use": reply(409, keyInUse, false, RETRY),
};

export function stripeEffect(name: StripeFaultName): StripeEffect {
  const answer = answers[name] ?? null;
  if (name === "delay") return { processes: true, connection: "open", answer };
  if (name === "lock-timeout" || name === "key-in-use") return { processes: false, connection: "open", answer };
  const effect: Effect = effects[name];
  const html = effect.answer && {
    status: effect.answer.status,
    body: effect.answer.body,
    stored: false,
    headers: { "content-type": "text/html" },
  };
  return { processes: effect.processes, connection: effect.connection, answer: answer ?? html };
}

export interface Struck {
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
  /** How many requests came before. */
  readonly served: number;
}

/** Takes the fault of a request from the rules, and counts it. @returns what is left of the rules */
export function takeFault(
  rules: readonly FaultRule[],
  { method, path, body, served }: Struck,
): { readonly fault: StripeFault | null; readonly left: readonly FaultRule[] } {
  const fits = (rule: FaultRule): boolean =>
    (rule.method === undefined || rule.method === method) &&
    (rule.path === undefined || path.includes(rule.path)) &&
    (rule.body === undefined || [...new URLSearchParams(body ?? "").values()].some((value) => value.includes(rule.body!))) &&
    (rule.rate === undefined || drawn(`${rule.seed ?? ""}|${served}`) < rule.rate);
  const found = rules.find(fits);
  if (found === undefined) return { fault: null, left: rules };
  const times = (found.times ?? (found.rate === undefined ? 1 : Infinity)) - 1;
  return { fault: found, left: rules.flatMap((rule) => (rule !== found ? [rule] : times > 0 ? [{ ...rule, times }] : [])) };
}

/** From 0 to 1, the same for the same text. */
function drawn(of: string): number {
  return Number.parseInt(hash("sha256", of).slice(0, 8), 16) / 2 ** 32;
}
