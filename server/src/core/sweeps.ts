/** The bounds of the settlement sweep. */
import type { Ms } from "./model.ts";

/** Between two walks of an account. What arrives in time needs none; what was lost is found before a shop closes its day twice. */
export const SWEEP_EVERY_MS: Ms = 21_600_000;
/** After a list that could not be read. */
export const SWEEP_RETRY_MS: Ms = 300_000;
/** How far back a walk begins where the connector does not say it: gateways take words back within days. */
export const LATE_TRUTH_MS: Ms = 432_000_000;
/** The gateway's clock and ours, and what it has not written into its list yet. */
export const SWEEP_SLACK_MS: Ms = 60_000;
/** What is compared under one lease: halved while the gateway has more in it than so many pages, doubled otherwise. */
export const SWEEP_SPAN_MAX_MS: Ms = 86_400_000;
export const SWEEP_SPAN_MIN_MS: Ms = 60_000;
export const SWEEP_PAGES_MAX = 20;
/** Pages are read for so long at most, so that what they say is compared before the lease ends. */
export const SWEEP_READING_MS: Ms = 15_000;
export const SWEEP_PAGE = 100;
/** Accounts that get their first sweep at once. */
export const SWEEPS_PLANNED_MAX = 100;
/** How soon a new account is among them. */
export const SWEEPS_PLANNED_EVERY_MS: Ms = 600_000;

/** A lane of its own: one account's sweep waits for no other's. */
export function sweepLane(accountId: string): string {
  return `${accountId} sweep`;
}
