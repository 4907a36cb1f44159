/** The world of one seed: its faults, its gateway's abilities, its merchant. Each seed draws its own, and switches some off. */
import { GATEWAY_MONEY_TIMEOUT_MS } from "../core/constants.ts";
import type { RateLimit } from "../core/gateway-pace.ts";
import type { AmountRules } from "../core/money.ts";
import type { Capabilities } from "../core/ports/connector.ts";
import { chance, type Chance } from "./random.ts";

/** Probabilities per boundary crossing, times in milliseconds. 0 is off. */
export interface Rates {
  readonly crash: number;
  readonly pause: number;
  readonly pauseMaxMs: number;
  readonly store: BoundaryRates;
  /** The slowest statement that is still answered in time. */
  readonly storeSlowestMs: number;
  readonly http: BoundaryRates & { readonly refused: number; readonly reset: number; readonly farSide: number };
  readonly receiver: {
    readonly failing: number;
    readonly silent: number;
    readonly refused: number;
    readonly lostReply: number;
    readonly gone: number;
  };
  readonly gatewayWebhook: { readonly lost: number; readonly duplicate: number; readonly late: number; readonly lateMaxMs: number };
  readonly hintLost: number;
  /** Between merchant and API. */
  readonly merchantLine: number;
  /** Whole outages per hour of virtual time, and how long they last at most. */
  readonly outages: { readonly perHour: number; readonly maxMs: number };
}

/** Of one try of an e-mail. */
export interface MailRates {
  readonly refused: number;
  /** It never got the message. */
  readonly silent: number;
  /** It took the message, and its answer was lost: whoever sent it can't know. */
  readonly lostReply: number;
  /** 451, and 550. */
  readonly busy: number;
  readonly refusing: number;
}

/** Fates of one request and its reply. */
export interface BoundaryRates {
  /** Refused at once: nothing was written. */
  readonly before: number;
  /** The request was lost; the caller cannot know. */
  readonly lost: number;
  /** It was carried out; the reply was lost. */
  readonly lostReply: number;
  /** It is carried out only after the caller gave up. */
  readonly late: number;
}

export const gatewayNames = ["sandbox", "stripe", "razorpay"] as const;
export type GatewayName = (typeof gatewayNames)[number];

/**
 * Names: one account at each of two different gateways, or one or two accounts at the only one. `two`: which two, each seed draws; `drawn`: half
 * of the seeds have two, the others the sandbox only.
 */
export type Gateways = readonly GatewayName[] | "two" | "drawn";

export interface Swarm {
  readonly rates: Rates;
  /** Where the merchant has accounts, the first choice first. */
  readonly gateways: readonly GatewayName[];
  /** Of the sandbox. */
  readonly capabilities: Partial<Capabilities>;
  readonly findLagMs: number;
  readonly payments: number;
  readonly accounts: 1 | 2;
  /** Faults stop here, counted from the start. */
  readonly healAfterMs: number;
  /** Payments start within this much time. */
  readonly spreadMs: number;
  /** Share of payments with an order in common. */
  readonly orders: boolean;
  /** Share of payments whose input is a named scenario rather than a plain card. */
  readonly scenarioShare: number;
  readonly plainDelayMs: number;
  /** How far Stripe's search is behind; null: it has none. */
  readonly searchLagMs: number | null;
  /** How long Stripe and Razorpay take for what they do later. */
  readonly laterMs: number;
  /** How far a process may misjudge the database's time, either way. */
  readonly skewMs: number;
  /** Rolling restarts: a worker gets SIGTERM, drains, and a new one starts. */
  readonly deploys: number;
  /** Deliveries that a person sends again by hand. */
  readonly byHand: number;
  /** How often the receiver answers nothing but 410 for some time. */
  readonly goneSpells: number;
  /** The second API is a worker as well, so that charges begin where they were made. */
  readonly isTogether: boolean;
  /** The mail server that tells shoppers. Null: the merchant has not turned e-mail on. */
  readonly mail: MailRates | null;
  /** How often the database's clock steps, and how far at most, either way. */
  readonly clockSteps: { readonly count: number; readonly maxMs: number };
}

/** A request may still arrive this long after its caller gave up. */
export const LATE_ARRIVAL_MAX_MS = 15_000;
/** The slowest way to the gateway that is no fault. */
export const SLOWEST_WAY_MS = 4_000;
/** PostgreSQL goes on with a statement whose client is gone until `statement_timeout`. */
export const LATE_STATEMENT_MAX_MS = 2_000;

/** @param wanted null: the sandbox only */
export function drawSwarm(seed: number, wanted: Gateways | null = null): Swarm {
  const draw = chance(seed, "swarm");
  const rates = drawRates(draw);
  const findLagMs = draw.pick([0, 0, 1_000, 20_000]);
  // As a gateway would state it: the time from our last byte until the request can be found.
  const slowest = rates.http.late > 0 ? GATEWAY_MONEY_TIMEOUT_MS + LATE_ARRIVAL_MAX_MS : SLOWEST_WAY_MS;
  const capabilities = drawCapabilities(draw, slowest + findLagMs + 1_000);
  const swarm = {
    rates,
    findLagMs,
    skewMs: draw.pick([0, 0, 20, 200]),
    deploys: draw.pick([0, 0, 1, 4]),
    byHand: draw.pick([0, 0, 3]),
    payments: draw.int(5, 10),
    accounts: draw.hit(0.5) ? 2 : 1,
    healAfterMs: draw.pick([300_000, 900_000, 3_600_000, 10_800_000, 108_000_000]),
    spreadMs: draw.pick([1_000, 30_000, 300_000]),
    orders: draw.hit(0.2),
    scenarioShare: draw.pick([0, 0.3, 0.6, 0.9]),
    plainDelayMs: draw.pick([0, 200, 5_000]),
    clockSteps: { count: draw.pick([0, 0, 1, 4]), maxMs: draw.pick([5_000, 120_000, 600_000]) },
    goneSpells: draw.pick([0, 0, 1, 3]),
  } as const;
  return {
    ...swarm,
    ...drawGateways(seed, wanted),
    mail: drawMail(chance(seed, "e-mail")),
    isTogether: chance(seed, "together").hit(0.5),
    capabilities: { ...capabilities, amounts: draw.pick([{}, exacting]), rateLimit: chance(seed, "pace").pick([undefined, slow]) },
  };
}

const pairs: readonly (readonly GatewayName[])[] = [
  ["sandbox", "stripe"],
  ["sandbox", "razorpay"],
  ["stripe", "razorpay"],
];

/** By a stream of its own, so that the faults of a seed are the same at whichever gateways. */
function drawGateways(seed: number, wanted: Gateways | null): Pick<Swarm, "gateways" | "searchLagMs" | "laterMs"> {
  const draw = chance(seed, "gateways");
  const pair = draw.pick(pairs);
  const two = draw.hit(0.5) ? pair : pair.toReversed();
  const times = { searchLagMs: draw.pick([0, 60_000, null]), laterMs: draw.pick([0, 10_000, 120_000]) };
  const drawn = draw.hit(0.5) ? two : (["sandbox"] as const);
  return { gateways: wanted === "two" ? two : wanted === "drawn" ? drawn : (wanted ?? ["sandbox"]), ...times };
}

/** By a stream of its own, so that a world without e-mail has the history that it had. */
function drawMail(draw: Chance): MailRates | null {
  if (!draw.hit(MAIL_SHARE)) return null;
  const some = (...values: number[]): number => draw.pick([0, ...values]);
  return { refused: some(0.1, 0.3), silent: some(0.1, 0.3), lostReply: some(0.1, 0.3), busy: some(0.1, 0.5), refusing: some(0.05) };
}

/** Of the worlds. */
const MAIL_SHARE = 0.4;

export const calmMail: MailRates = { refused: 0, silent: 0, lostReply: 0, busy: 0, refusing: 0 };

/** A gateway of which the world's few payments already ask too much. */
const slow: RateLimit = { requestsPerSecond: { test: 1, live: 1 } };

/** A gateway that takes some of the merchant's amounts only: three decimals of which the last is 0, a smallest charge and refund, a largest charge. */
const exacting: AmountRules = {
  byCurrency: { KWD: { multipleOf: 10 }, INR: { least: 1_000, leastRefund: 100 }, EUR: { most: 80_000 } },
};

function drawRates(draw: Chance): Rates {
  const some = (...values: number[]): number => draw.pick([0, ...values]);
  return {
    crash: some(0.001, 0.005, 0.02),
    pause: some(0.0005, 0.003, 0.01),
    pauseMaxMs: draw.pick([2_000, 20_000, 90_000, 600_000]),
    storeSlowestMs: draw.pick([40, 40, 1_000]),
    store: { before: some(0.002, 0.02), lost: some(0.002, 0.02), lostReply: some(0.002, 0.02), late: some(0.002, 0.01) },
    http: {
      before: 0,
      refused: some(0.02, 0.2),
      lost: some(0.02, 0.2),
      lostReply: some(0.02, 0.2),
      late: some(0.02, 0.1),
      reset: some(0.02, 0.1),
      farSide: some(0.02, 0.2),
    },
    receiver: { failing: some(0.1, 0.5), silent: some(0.1, 0.3), refused: some(0.1, 0.3), lostReply: some(0.1), gone: some(0.005) },
    gatewayWebhook: {
      lost: some(0.1, 0.5, 1),
      duplicate: some(0.1, 0.5),
      late: some(0.2, 0.5),
      lateMaxMs: draw.pick([10_000, 600_000, 21_600_000]),
    },
    hintLost: some(0.1, 1),
    merchantLine: some(0.02, 0.1),
    outages: { perHour: some(1, 6), maxMs: draw.pick([20_000, 120_000, 2_400_000, 93_600_000]) },
  };
}

/** Gateways that can do less than the sandbox. "Not found" counts only when the slowest request must have arrived. */
function drawCapabilities(draw: Chance, slowestMs: number): Partial<Capabilities> {
  const canFind = !draw.hit(0.1);
  return {
    canFind,
    cancels: draw.pick(["by_key", "by_reference", "never"]),
    canResend: draw.hit(0.7),
    declineIsFinal: draw.hit(0.5),
    settleTimeMs: slowestMs + draw.pick([0, 1_000, 30_000]),
  };
}

/** No faults at all, as after healing. */
export const calm: Rates = {
  crash: 0,
  pause: 0,
  pauseMaxMs: 100,
  storeSlowestMs: 40,
  store: { before: 0, lost: 0, lostReply: 0, late: 0 },
  http: { before: 0, lost: 0, lostReply: 0, late: 0, refused: 0, reset: 0, farSide: 0 },
  receiver: { failing: 0, silent: 0, refused: 0, lostReply: 0, gone: 0 },
  gatewayWebhook: { lost: 0, duplicate: 0, late: 0, lateMaxMs: 0 },
  hintLost: 0,
  merchantLine: 0,
  outages: { perHour: 0, maxMs: 0 },
};
