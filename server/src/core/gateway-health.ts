/** When a gateway counts as one that does not answer: the bounds of the breaker of an account. */
import type { Ms } from "./model.ts";

/** Of so many calls of an account this many brought nothing: then it is down. */
export const GATEWAY_BREAKER_WINDOW = 10;
export const GATEWAY_BREAKER_FAILURES = 5;
/** For how long it is left alone then: a restart of theirs is over in seconds, an outage is looked at twice a minute. */
export const GATEWAY_BREAKER_GAPS_MS = [2_000, 5_000, 10_000, 30_000];
/** While it is half open one payment tries it, and the next one not before this: one that times out is a shopper who waits. */
export const GATEWAY_PROBE_EVERY_MS = 1_000;
/**
 * As many calls that have hung for so long, without an answer to any other, count as well: a call may take half a minute to fail, and a shop
 * must not wait for that. A gateway that usually takes longer may take this many times its usual time.
 */
export const GATEWAY_HANGS_AFTER_MS: Ms = 3_000;
export const GATEWAY_HANGS_TIMES = 3;
