/** Which requests are refused first when there is more to do than can be done, and when that is: decisions 0039, 0079 and 0082. */
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { Log, Random } from "../core/ports/world.ts";

/**
 * In the order in which they are shed. `list`: pages that a caller can ask for later. `test`: no money of anybody. `normal`: creates, and
 * whatever has no class. `critical`: what was accepted before (confirm, capture, void, refund, cancel) and the word of gateways; refused
 * only if all places are taken.
 */
export const LOAD_CLASSES = ["list", "test", "normal", "critical"] as const;
export type LoadClass = (typeof LOAD_CLASSES)[number];

/** Up to which share of all places a class is admitted. What is above it is left to the classes behind it: a fifth to `critical` alone. */
const SHARES: Readonly<Record<LoadClass, number>> = { list: 0.5, test: 0.75, normal: 0.8, critical: 1 };

/** How busy the process was since the last look. */
export interface Pressure {
  /** The longest time for which the event loop came to nothing else. */
  readonly loopMs: number;
  /** How long a write to the store took, on average; 0 if there was none. */
  readonly storeMs: number;
}

export interface Thresholds {
  /** Above one of these there is more work than can be done. */
  readonly loopMs: number;
  readonly storeMs: number;
  /** Places that are left in a rush, before pressure has lasted: enough for 200 requests at once of a test key. */
  readonly rushPlaces: number;
  /** Places that are left however long the process is too busy. Fewer of them make each payment quicker, and make fewer payments. */
  readonly leastPlaces: number;
  /** Places that are left while pressure lasts, somebody is refused, and the loop has not come to its timer for 20 ms: those who wait to be refused come first. */
  readonly latePlaces: number;
}

/** A refusal must leave within 50 ms, so the loop may not be away for longer. A write takes 5 to 30 ms with a batch before it; figures in decision 0082. */
export const THRESHOLDS: Thresholds = { loopMs: 40, storeMs: 45, rushPlaces: 320, leastPlaces: 112, latePlaces: 56 };

/** From all places to the fewest in some 0.8 s, and back in 3 s: a hiccup changes little. */
const LOOK_EVERY_MS = 100;
const SHRINK = 0.7;
const GROW = 1.1;
/** Callers who were shed come back over so many seconds, not all at once. */
const RETRY_AFTER_MS = { atLeast: 1_000, spread: 4_000 };
const LOG_EVERY_MS = 1_000;

export interface SheddingDeps {
  readonly log: Log;
  readonly random: Pick<Random, "float">;
  readonly figures?: { shed(loadClass: LoadClass): void };
  /** How long a write to the store took since the last call, on average. */
  readonly storeMs?: () => number;
  /** Replaces `THRESHOLDS` in tests. */
  readonly thresholds?: Partial<Thresholds>;
}

/**
 * Admits by class. There are as many places as allowed while the process keeps up; they become fewer while it does not, and more again
 * afterwards. @param most the places there are at most
 */
export function shedder(deps: SheddingDeps, most: number) {
  const limits = { ...THRESHOLDS, ...deps.thresholds };
  const warn = warnOfShed(deps.log);
  const loop = loopWatch();
  let places = most;
  /** Since the last look, and before it. Of callers who all find a place, none is turned away because the loop is late. */
  let refusals = 0;
  let wasRefusing = false;
  let timer: NodeJS.Timeout | null = null;

  const look = ({ loopMs, storeMs }: Pressure): void => {
    const isBusy = loopMs > limits.loopMs || storeMs > limits.storeMs;
    places = isBusy ? Math.max(Math.min(limits.leastPlaces, most), places * SHRINK) : Math.min(most, places * GROW);
    wasRefusing = refusals > 0;
    refusals = 0;
  };

  const placesNow = (): number => {
    const lateMs = loop.lateMs();
    const isLasting = places < limits.rushPlaces;
    const isRefusing = wasRefusing || refusals > 0;
    if (isLasting && isRefusing && lateMs > 0) return Math.min(places, limits.latePlaces);
    // A rush is seen before the next look.
    return lateMs > limits.loopMs ? Math.min(places, limits.rushPlaces) : places;
  };

  return {
    look,
    /** Looks by itself until `stop`. */
    start(): void {
      loop.start();
      timer = setInterval(() => look({ loopMs: loop.take(), storeMs: deps.storeMs?.() ?? 0 }), LOOK_EVERY_MS).unref();
    },
    stop(): void {
      loop.stop();
      if (timer !== null) clearInterval(timer);
    },
    /** @param inFlight requests that have a place now. `critical` is bounded by all places, whatever the pressure */
    admits(loadClass: LoadClass, inFlight: number): boolean {
      return inFlight < Math.ceil((loadClass === "critical" ? most : placesNow()) * SHARES[loadClass]);
    },
    /** The places of this class without any pressure. */
    placesOf: (loadClass: LoadClass): number => Math.ceil(most * SHARES[loadClass]),
    refusal(loadClass: LoadClass): TillwayError {
      // Lists are refused long before anybody is turned away who pays.
      if (loadClass !== "list") refusals++;
      warn(loadClass);
      deps.figures?.shed(loadClass);
      const retryAfterMs = RETRY_AFTER_MS.atLeast + deps.random.float() * RETRY_AFTER_MS.spread;
      return withoutTrace(() => new TillwayError("overloaded", { retryAfterMs }));
    },
  };
}

/** By the route, and by the prefix of the key: the key itself is not looked up yet. A wrong prefix gains a caller nothing, since its key is refused then. */
export function classOf({ routeOptions: { config }, headers }: FastifyRequest): LoadClass {
  const ofRoute = config.load ?? "normal";
  if (ofRoute === "list" || config.isGateways === true) return ofRoute;
  return isTestKey(headers) ? "test" : ofRoute;
}

const TEST_KEY = "pk_test_";

function isTestKey({ "x-api-key": key, authorization }: FastifyRequest["headers"]): boolean {
  if (key !== undefined) return String(key).startsWith(TEST_KEY);
  // Of `Basic` and base64: nine bytes are twelve characters.
  return (
    authorization !== undefined && Buffer.from(authorization.slice("Basic ".length, 18), "base64").toString("latin1").startsWith(TEST_KEY)
  );
}

const TICK_MS = 20;

/** How late a timer comes, which is for how long the event loop was busy with something else. */
function loopWatch() {
  let timer: NodeJS.Timeout | null = null;
  let tickedAtMs = 0;
  let longestMs = 0;
  const lateMs = (): number => (timer === null ? 0 : performance.now() - tickedAtMs - TICK_MS);
  return {
    /** How late it is at this moment. */
    lateMs,
    start(): void {
      tickedAtMs = performance.now();
      timer = setInterval(() => {
        longestMs = Math.max(longestMs, lateMs());
        tickedAtMs = performance.now();
      }, TICK_MS).unref();
    },
    stop(): void {
      if (timer !== null) clearInterval(timer);
    },
    /** The longest since the last call. */
    take(): number {
      const longest = Math.max(longestMs, lateMs());
      longestMs = 0;
      return longest;
    },
  };
}

/** Nobody reads where a refusal was made, and to note that is work for each of thousands. */
function withoutTrace<Made>(make: () => Made): Made {
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = depth;
  }
}

/** One line a second at most, however many are shed. */
function warnOfShed(log: Log): (loadClass: LoadClass) => void {
  let shed: Partial<Record<LoadClass, number>> | null = null;
  return (loadClass) => {
    if (shed === null) {
      shed = {};
      setTimeout(() => {
        log.warn({ ...shed }, "requests were refused: there is more to do than can be done");
        shed = null;
      }, LOG_EVERY_MS).unref();
    }
    shed[loadClass] = (shed[loadClass] ?? 0) + 1;
  };
}
