/** How fast an account's gateway is called: the bounds of its bucket. */
import type { Ms } from "./model.ts";

/** What a gateway takes of one account, as it publishes it. */
export interface RateLimit {
  readonly requestsPerSecond: { readonly test: number; readonly live: number };
}

/** Of the published limit; the rest is for whoever else uses the account: its owner's own programs, a second process of ours. */
export const PACE_SHARE = 0.8;
/** As many calls may leave at once as in this much time. */
export const PACE_BURST_MS: Ms = 1_000;
/** Questions leave this share of the burst to money that moves: a question can wait, a shopper does not. */
export const PACE_QUESTIONS_LEAVE_SHARE = 0.5;
/** One call in so many may be a question all the same: what is unknown must not stay so for as long as a sale goes on. */
export const PACE_QUESTIONS_ONE_IN = 5;
/** A gateway that says "too many" although we kept to our share is believed: half as many, down to this share, at most once in this time. */
export const PACE_LEAST_SHARE = 1 / 16;
export const PACE_CUT_EVERY_MS: Ms = 1_000;
/** So long until the whole share is used again after a cut to nothing. */
export const PACE_RECOVERY_MS: Ms = 20_000;
/** Sends that were put off and have a time of their own, for each account. Another process may take them over: then their time goes by unused. */
export const PACE_PROMISES_MAX = 10_000;
export const PACE_PROMISE_KEPT_MS: Ms = 5_000;

/** Repeats that an account's gateway may be sent before anything is known of it: a hiccup of a second costs nobody a wait. */
export const REPEATS_AT_FIRST = 32;
/** One in ten of what is sent: facts on reliability, "retry budget". */
export const REPEATS_FOR_A_FIRST_SEND = 0.1;
/** One for itself and one more: what waits doubles with each round of answers. */
export const REPEATS_FOR_AN_ANSWER = 2;
/** Somebody must notice that the gateway is back. */
export const REPEATS_PER_SECOND = 1;
/** Enough for any round of repeats of one process. */
export const REPEATS_MAX = 512;
/** A repeat that was held back comes again after about so long. */
export const REPEAT_GAP_MS: Ms = 1_500;
/** An attempt that is older is sent again whatever the others do: its own schedule ends it, and nobody waits for the budget. */
export const REPEATS_HELD_MS: Ms = 120_000;
/** For an account, in the log. */
export const REPEATS_SAID_EVERY_MS: Ms = 60_000;
