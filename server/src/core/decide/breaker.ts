/** The breaker of an endpoint: closed, open until a time, or half open while one delivery probes. Its row says which, for all processes. */
import { BREAKER_FAILURES, BREAKER_GAPS_MS, BREAKER_PROBE_MS, BREAKER_SPREAD_MS } from "../constants.ts";
import type { Endpoint, Ms } from "../model.ts";
import type { ChannelResult } from "../ports/channel.ts";

/** As much of an endpoint as its breaker is. */
export type Breaker = Pick<Endpoint, "breakerUntil" | "breakerTrips">;

export const closed: Breaker = { breakerUntil: null, breakerTrips: 0 };

/** No answer, an error of the server, or its word that it has too much to do. Any other answer shows that somebody is there. */
export function isDown({ statusCode }: Pick<ChannelResult, "statusCode">): boolean {
  return statusCode === null || statusCode >= 500 || statusCode === 429;
}

/**
 * Whether a delivery may be tried: `go` if the breaker is closed; `hold` until a time if it is open; `probe` if its time is over, for whoever
 * is the first to write `next`: then it is open to all others until the probe must have ended.
 */
export function admit(
  { breakerUntil, breakerTrips }: Breaker,
  now: Ms,
): { readonly is: "go" } | { readonly is: "hold"; readonly until: Ms } | { readonly is: "probe"; readonly next: Breaker } {
  if (breakerUntil === null) return { is: "go" };
  if (now < breakerUntil) return { is: "hold", until: breakerUntil };
  return { is: "probe", next: { breakerUntil: now + BREAKER_PROBE_MS, breakerTrips } };
}

/**
 * The breaker after a try; null: as it was.
 * @param failures in a row in this process, this one counted; 0 if it was none
 */
export function breakerAfter(before: Breaker, isProbe: boolean, { failures, now }: { failures: number; now: Ms }): Breaker | null {
  if (isProbe) return failures === 0 ? closed : opened(before.breakerTrips + 1, now);
  return failures >= BREAKER_FAILURES && before.breakerUntil === null ? opened(1, now) : null;
}

function opened(breakerTrips: number, now: Ms): Breaker {
  return { breakerUntil: now + BREAKER_GAPS_MS[Math.min(breakerTrips, BREAKER_GAPS_MS.length) - 1]!, breakerTrips };
}

/** When a delivery that was refused comes back: a little apart, so that a receiver that has just come back is not flooded. @param random in [0, 1) */
export function heldUntil(until: Ms, random: number): Ms {
  return until + Math.floor(random * BREAKER_SPREAD_MS);
}
