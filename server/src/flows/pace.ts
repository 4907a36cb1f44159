/**
 * How fast this process calls the gateway of each account: a token bucket below the limit that the gateway publishes.
 * Whatever is refused here has not been sent, and is put off to a time of its own, so that the same calls do not meet again.
 * Each process has its own buckets: several of them that go beyond the limit together hear 429, and each cuts its own.
 */
import { HEARD_ACCOUNTS_MAX } from "../core/constants.ts";
import {
  PACE_BURST_MS,
  PACE_CUT_EVERY_MS,
  PACE_LEAST_SHARE,
  PACE_PROMISE_KEPT_MS,
  PACE_PROMISES_MAX,
  PACE_QUESTIONS_LEAVE_SHARE,
  PACE_QUESTIONS_ONE_IN,
  PACE_RECOVERY_MS,
  PACE_SHARE,
  type RateLimit,
} from "../core/gateway-pace.ts";
import type { Attempt, Mode, Ms } from "../core/model.ts";
import { ownedByDeps, type Deps } from "./deps.ts";

/** `waitMs`: how long it is put off for. */
export type Turn = { readonly ok: true } | { readonly ok: false; readonly waitMs: Ms };

interface Pace {
  /** What comes in, of our whole share; Infinity: the gateway publishes no limit. */
  perMs: number;
  /** Calls that may leave now; below 0 if promises were kept that it had no token for. */
  tokens: number;
  /** Of our whole share, after the gateway said "too many". */
  share: number;
  at: Ms;
  /** When the last question was put. */
  questionAt: Ms;
  cutAt: Ms;
  /** When each send that was put off may leave, by attempt, the earliest first. */
  readonly promises: Map<string, Ms>;
}

const paces = ownedByDeps(() => new Map<string, Pace>());
const go: Turn = { ok: true };

/** Whether this send of an attempt may leave. */
export function turnOf(deps: Deps, attempt: Attempt): Turn {
  const pace = paceOf(deps, { ...attempt, id: attempt.accountId });
  const now = deps.clock.now();
  fill(pace, now);
  const promisedAt = pace.promises.get(attempt.id);
  if (promisedAt !== undefined) {
    if (promisedAt > now) return { ok: false, waitMs: promisedAt - now };
    pace.promises.delete(attempt.id);
    pace.tokens -= 1;
    return go;
  }
  if (free(pace) < 1) return { ok: false, waitMs: promise(pace, attempt.id) };
  pace.tokens -= 1;
  return go;
}

/** Whether this attempt was put off here: its next send is the first that leaves. */
export function wasPutOff(deps: Deps, { accountId, id }: Pick<Attempt, "accountId" | "id">): boolean {
  return paces(deps).get(accountId)?.promises.has(id) === true;
}

/** Whether a question may be put to the gateway of an account now. What the bucket has is left to money first. */
export async function mayAsk(deps: Deps, accountId: string): Promise<boolean> {
  const account = await deps.settings.account(accountId);
  if (account === null) return true;
  const pace = paceOf(deps, account);
  fill(pace, deps.clock.now());
  if (pace.perMs === Infinity) return true;
  const isIdle = free(pace) >= Math.max(1, burstOf(pace) * PACE_QUESTIONS_LEAVE_SHARE);
  if (!isIdle && pace.at < pace.questionAt + PACE_QUESTIONS_ONE_IN / (pace.perMs * pace.share)) return false;
  Object.assign(pace, { tokens: pace.tokens - 1, questionAt: pace.at });
  return true;
}

/** Whether a new charge would be put off there. */
export function isAtItsLimit(deps: Deps, accountId: string): boolean {
  const pace = paces(deps).get(accountId);
  if (pace === undefined) return false;
  fill(pace, deps.clock.now());
  return free(pace) < 1;
}

/** The gateway said "too many" of one of our calls. */
export function noteTooMany(deps: Deps, attempt: Attempt): void {
  const pace = paceOf(deps, { ...attempt, id: attempt.accountId });
  fill(pace, deps.clock.now());
  if (pace.perMs === Infinity || pace.at - pace.cutAt < PACE_CUT_EVERY_MS) return;
  deps.log.warn({ account: attempt.accountId }, "a gateway takes fewer calls than it publishes: half as many are sent for now");
  Object.assign(pace, { share: Math.max(PACE_LEAST_SHARE, pace.share / 2), cutAt: pace.at, tokens: Math.min(0, pace.tokens) });
}

function paceOf(deps: Deps, { id, connector, mode }: { readonly id: string; readonly connector: string; readonly mode: Mode }): Pace {
  const own = paces(deps);
  let pace = own.get(id);
  if (pace === undefined) {
    if (own.size >= HEARD_ACCOUNTS_MAX) own.clear();
    const at = deps.clock.now();
    const perMs = ratePerMs(deps.connectors.get(connector)?.capabilities.rateLimit, mode);
    pace = { perMs, tokens: 0, share: 1, at, questionAt: at, cutAt: -Infinity, promises: new Map() };
    pace.tokens = burstOf(pace);
    own.set(id, pace);
  }
  return pace;
}

function ratePerMs(limit: RateLimit | undefined, mode: Mode): number {
  return limit === undefined ? Infinity : (limit.requestsPerSecond[mode] * PACE_SHARE) / 1_000;
}

/** The most calls that leave at once. */
function burstOf({ perMs, share }: Pace): number {
  return Math.max(1, perMs * share * PACE_BURST_MS);
}

/** Calls that may leave now and were promised to none that was put off. */
function free({ tokens, promises }: Pace): number {
  return tokens - promises.size;
}

/** What has come in since it was last looked at; promises that nobody came for are forgotten. */
function fill(pace: Pace, now: Ms): void {
  if (now < pace.at) return setBack(pace, now);
  const passedMs = now - pace.at;
  if (passedMs === 0) return;
  pace.at = now;
  pace.share = Math.min(1, pace.share + passedMs / PACE_RECOVERY_MS);
  if (pace.perMs !== Infinity) pace.tokens = Math.min(burstOf(pace), pace.tokens + pace.perMs * pace.share * passedMs);
  for (const [id, at] of pace.promises) {
    if (at > now - PACE_PROMISE_KEPT_MS) break;
    pace.promises.delete(id);
  }
}

/** The clock was set back: times from before lie ahead now, and whoever was promised one would wait for it. */
function setBack(pace: Pace, now: Ms): void {
  Object.assign(pace, { at: now, questionAt: Math.min(pace.questionAt, now), cutAt: Math.min(pace.cutAt, now) });
  pace.promises.clear();
}

/** A time of its own for what can't leave now, behind all that were promised one. */
function promise(pace: Pace, attemptId: string): Ms {
  const waitMs = Math.ceil((1 - free(pace)) / (pace.perMs * pace.share));
  if (pace.promises.size < PACE_PROMISES_MAX) pace.promises.set(attemptId, pace.at + waitMs);
  return waitMs;
}
