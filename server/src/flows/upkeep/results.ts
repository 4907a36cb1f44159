/** Tells other programs how operations ended, from the events that were committed with it: at least once each, and none that was not. */
import { newId } from "../../core/ids.ts";
import type { Job, Ms, Scope } from "../../core/model.ts";
import type { AnnouncedResult } from "../../core/ports/engine.ts";
import type { ResultLog } from "../../core/ports/result-log.ts";
import { resultOf, type ResultEvent } from "../../core/results.ts";
import { ownedByDeps, type Deps } from "../deps.ts";

/** Events of one step: at some 2 kB each. */
const RESULTS_STEP = 200;
/** Merchants of one round: those who are furthest behind. */
const RESULTS_SCOPES = 100;
/** Longer than a step takes that an engine lets wait; two that announce the same do no harm. */
const RESULTS_LEASE_MS = 10_000;
/** Between two rounds. */
const RESULTS_EVERY_MS = 250;
/** To look for what is new takes 0.1 s with 10,000 merchants: it is not to be most of what the database does. */
const RESULTS_LOOK_SHARE = 10;
/** Of one merchant, before others have their turn. */
const RESULTS_STEPS_MAX = 20;
/** Merchants whose trouble is said: more are another trouble. */
const TOLD_MAX = 20;
/** Payments whose trace is remembered. */
const TRACES_MAX = 10_000;

export type Announce = (results: readonly AnnouncedResult[]) => Promise<void>;

/** Of one process. */
export interface Announcer {
  /** Announces what is new, if no other process does. Never rejects. @returns how long to wait for the next round */
  round(signal: AbortSignal): Promise<Ms>;
}

class NotTaken extends Error {}

function refuse(error: unknown): never {
  throw new NotTaken(String(error), { cause: error });
}

/** What is wrong with one merchant's rows keeps nobody else's results back, and is said once. An engine that takes nothing takes nobody's. */
function leaver(log: Deps["log"]): (scope: Scope, error: unknown) => void {
  const toldOf = new Set<string>();
  return ({ merchantId, mode }, error) => {
    if (error instanceof NotTaken) throw error;
    if (toldOf.has(merchantId) || toldOf.size >= TOLD_MAX) return;
    toldOf.add(merchantId);
    log.error({ merchant_id: merchantId, mode, error: String(error) }, "results of this merchant can't be announced; they are tried again");
  };
}

export function createAnnouncer(deps: Deps, log: ResultLog, announce: Announce): Announcer {
  const token = newId("req", deps.clock.now(), deps.random.bytes(16));
  let hasBegun = false;
  let isAway = false;
  const leave = leaver(deps.log);

  async function round(signal: AbortSignal): Promise<Ms> {
    try {
      if (!hasBegun) await log.begin();
      hasBegun = true;
      if (!(await leased())) return RESULTS_EVERY_MS;
      const beganAt = deps.clock.now();
      const scopes = await log.scopes(RESULTS_SCOPES);
      const tookMs = deps.clock.now() - beganAt;
      for (const scope of scopes) await follow(scope, signal).catch((error: unknown) => leave(scope, error));
      if (isAway && scopes.length > 0) {
        isAway = false;
        deps.log.info({}, "results are announced again");
      }
      return Math.max(RESULTS_EVERY_MS, tookMs * RESULTS_LOOK_SHARE);
    } catch (error) {
      if (!isAway) deps.log.warn({ error: String(error) }, "results could not be announced; they are when it goes again");
      isAway = true;
      return RESULTS_EVERY_MS;
    }
  }

  function leased(): Promise<boolean> {
    const now = deps.clock.now();
    return log.lease(token, now, now + RESULTS_LEASE_MS);
  }

  async function follow(scope: Scope, signal: AbortSignal): Promise<void> {
    let hasMore = true;
    for (let n = 0; n < RESULTS_STEPS_MAX && hasMore && !signal.aborted && (await leased()); n++) hasMore = await step(scope);
  }

  /** The mark follows when the engine has them all: what is repeated has the same id. @returns whether there may be more */
  async function step(scope: Scope): Promise<boolean> {
    const { results, mark, hasMore } = await log.next(scope, RESULTS_STEP);
    if (mark === null) return false;
    const events = results.map(resultOf).filter((event): event is ResultEvent => event !== null);
    const told = events.map((event) => ({ event, traceparent: traces(deps).get(event.payment_id) ?? null }));
    if (told.length > 0) await announce(told).catch((error: unknown) => refuse(error));
    await log.passed(scope, mark);
    return hasMore;
  }

  return { round };
}

/** By payment, the newest last. */
const traces = ownedByDeps(() => new Map<string, string>());

/** So that the result of this job carries the trace of the request that asked for it, if this process announces it. */
export function noteTrace(deps: Deps, { subject, traceparent }: Job): void {
  if (traceparent === null) return;
  const own = traces(deps);
  own.delete(subject);
  own.set(subject, traceparent);
  if (own.size > TRACES_MAX) own.delete(own.keys().next().value!);
}
