/**
 * How the gateway of each account is, as this process has seen it: a breaker per account. Closed while it answers; open for a while when it
 * does not; then one payment at a time tries it, and its first answer closes it. Routing passes an open one over if there is another.
 */
import { HEARD_ACCOUNTS_MAX } from "../core/constants.ts";
import {
  GATEWAY_BREAKER_FAILURES,
  GATEWAY_BREAKER_GAPS_MS,
  GATEWAY_BREAKER_WINDOW,
  GATEWAY_HANGS_AFTER_MS,
  GATEWAY_HANGS_TIMES,
  GATEWAY_PROBE_EVERY_MS,
} from "../core/gateway-health.ts";
import type { Ms } from "../core/model.ts";
import type { Outcome } from "../core/outcome.ts";
import type { AccountHealth } from "../core/routing/rules.ts";
import { ownedByDeps, type Deps } from "./deps.ts";
import { isAtItsLimit } from "./pace.ts";

interface Breaker {
  /** The last calls, the newest last: true where nothing useful came back. */
  failures: boolean[];
  /** When each call left that has not ended yet. */
  readonly calls: Set<{ readonly at: Ms }>;
  /** When it last answered, and how long an answer usually takes. */
  answeredAt: Ms;
  usualMs: Ms;
  /** Null: closed. */
  openUntil: Ms | null;
  /** How often it was opened in a row. */
  trips: number;
  /** The next payment that may try an account that is half open. */
  probeAt: Ms;
  /** When it was opened or closed last; null: it is as it was when this process began. */
  since: Ms | null;
  lastFailure: AccountFailure | null;
}

interface AccountFailure {
  readonly at: Ms;
  readonly kind: "unknown" | "not_sent";
  readonly reason: string;
}

/** What people are shown of it. */
export interface AccountFigures {
  readonly health: AccountHealth;
  readonly since: Ms | null;
  readonly openUntil: Ms | null;
  /** Of the last calls. */
  readonly calls: number;
  readonly failures: number;
  /** Null: it has not answered yet. */
  readonly usualMs: Ms | null;
  readonly lastFailure: AccountFailure | null;
}

const breakers = ownedByDeps(() => new Map<string, Breaker>());

function breakerOf(deps: Deps, accountId: string): Breaker {
  const own = breakers(deps);
  let breaker = own.get(accountId);
  if (breaker === undefined) {
    if (own.size >= HEARD_ACCOUNTS_MAX) own.clear();
    const begin = { failures: [], calls: new Set<{ at: Ms }>(), answeredAt: -Infinity, usualMs: 0, openUntil: null, trips: 0 };
    breaker = { ...begin, probeAt: -Infinity, since: null, lastFailure: null };
    own.set(accountId, breaker);
  }
  return breaker;
}

/** How much the newest answer counts for what is usual. */
const NEWEST_SHARE = 0.1;

/**
 * A call of this account's gateway leaves. Questions count as well: they are asked of the same gateway.
 * @returns to be called once with what it brought; null: it came to no outcome
 */
export function noteCall(deps: Deps, accountId: string): (outcome: Outcome | null) => void {
  const breaker = breakerOf(deps, accountId);
  const call = { at: deps.clock.now() };
  breaker.calls.add(call);
  return (outcome) => {
    breaker.calls.delete(call);
    if (outcome !== null) noteOutcome(deps, accountId, outcome, call.at);
  };
}

function noteOutcome(deps: Deps, accountId: string, outcome: Outcome, leftAt: Ms): void {
  const breaker = breakerOf(deps, accountId);
  const isFailure = outcome.kind === "unknown" || outcome.kind === "not_sent";
  const now = deps.clock.now();
  breaker.failures = [...breaker.failures, isFailure].slice(-GATEWAY_BREAKER_WINDOW);
  if (isFailure) breaker.lastFailure = { at: now, kind: outcome.kind, reason: outcome.reason };
  else {
    breaker.answeredAt = now;
    breaker.usualMs += (now - leftAt - breaker.usualMs) * NEWEST_SHARE;
  }
  // What left before it was opened fails later, and is no news.
  if (breaker.openUntil !== null && now < breaker.openUntil) return;
  if (!isFailure) return breaker.openUntil === null ? undefined : close(deps, accountId, breaker);
  const failed = breaker.failures.filter(Boolean).length;
  if (breaker.openUntil !== null || failed >= GATEWAY_BREAKER_FAILURES) open(deps, accountId, breaker);
}

/** As many calls as open it hang, and it has answered no other meanwhile. */
function hangs({ calls, answeredAt, usualMs }: Breaker, now: Ms): boolean {
  if (calls.size < GATEWAY_BREAKER_FAILURES) return false;
  const before = now - Math.max(GATEWAY_HANGS_AFTER_MS, usualMs * GATEWAY_HANGS_TIMES);
  if (answeredAt > before) return false;
  let hanging = 0;
  for (const { at } of calls) if (at <= before) hanging++;
  return hanging >= GATEWAY_BREAKER_FAILURES;
}

function open(deps: Deps, accountId: string, breaker: Breaker): void {
  const gapMs = GATEWAY_BREAKER_GAPS_MS[Math.min(breaker.trips, GATEWAY_BREAKER_GAPS_MS.length - 1)]!;
  if (breaker.openUntil === null) {
    breaker.since = deps.clock.now();
    deps.log.warn({ account: accountId }, "a gateway does not answer: payments go to other accounts where routing has one");
  }
  Object.assign(breaker, { openUntil: deps.clock.now() + gapMs, trips: breaker.trips + 1 });
}

function close(deps: Deps, accountId: string, breaker: Breaker): void {
  deps.log.info({ account: accountId }, "a gateway answers again");
  Object.assign(breaker, { failures: [], openUntil: null, trips: 0, since: deps.clock.now() });
}

/** For a decision. If it is half open, one payment tries it, and until that has an answer all others find it down. */
export function healthOf(deps: Deps, accountId: string): AccountHealth {
  const breaker = breakers(deps).get(accountId);
  const health = healthShown(deps, accountId);
  if (breaker === undefined) return health;
  if (health === "down" && breaker.openUntil === null) open(deps, accountId, breaker);
  if (health === "trying") breaker.probeAt = deps.clock.now() + GATEWAY_PROBE_EVERY_MS;
  return health;
}

/** The same for people who only look: nobody's turn to try is taken. */
export function healthShown(deps: Deps, accountId: string): AccountHealth {
  const breaker = breakers(deps).get(accountId);
  const health = breaker === undefined ? "up" : seen(breaker, deps.clock.now());
  return health === "up" && isAtItsLimit(deps, accountId) ? "full" : health;
}

/** How many accounts that this process has called are how. */
export function accountsByHealth(deps: Deps): Readonly<Record<AccountHealth, number>> {
  const counts = { up: 0, trying: 0, down: 0, full: 0 };
  for (const accountId of breakers(deps).keys()) counts[healthShown(deps, accountId)]++;
  return counts;
}

/** As this process has seen it. */
export function figuresOf(deps: Deps, accountId: string): AccountFigures {
  const breaker = breakers(deps).get(accountId);
  const health = healthShown(deps, accountId);
  if (breaker === undefined) return { health, since: null, openUntil: null, calls: 0, failures: 0, usualMs: null, lastFailure: null };
  const { failures, since, openUntil, lastFailure, answeredAt, usualMs } = breaker;
  const failed = failures.filter(Boolean).length;
  const usual = answeredAt === -Infinity ? null : Math.round(usualMs);
  return { health, since, openUntil, calls: failures.length, failures: failed, usualMs: usual, lastFailure };
}

function seen(breaker: Breaker, now: Ms): "up" | "trying" | "down" {
  const { openUntil, calls, probeAt } = breaker;
  if (openUntil === null) return hangs(breaker, now) ? "down" : "up";
  if (now < openUntil || now < probeAt) return "down";
  for (const { at } of calls) if (at >= openUntil) return "down";
  return "trying";
}
