/** Figures over time, rolled up from events: docs/decisions/0064. */
import type { Ms } from "./model.ts";

export const analyticsMetrics = {
  volume: "money taken and given back, by currency",
  success_rate: "how many payments were approved, of those that were tried",
  decline_reasons: "why charges were declined",
  latency: "how long gateways take for a charge, from our request to the outcome",
  webhooks: "how webhooks ended, by when they were owed",
} as const;

export type AnalyticsMetric = keyof typeof analyticsMetrics;
export type AnalyticsGroup = "connector" | "method" | "currency";
export type AnalyticsStep = "hour" | "day";

/** Days of all zones begin at one of these: the odd ones are three quarters of an hour off. */
export const BUCKET_MS: Ms = 900_000;

/** Durations are counted in classes, each a quarter wider than the one before: a percentile is right to within that. */
export const LATENCY_BASE = 1.25;

/** The end of a class in milliseconds. */
export function latencyOf(klass: number): Ms {
  return Math.round(LATENCY_BASE ** klass);
}

/** The end of the class in which this part of all durations have ended. Null: there are none. */
export function percentile(classes: ReadonlyMap<number, number>, part: number): Ms | null {
  const sorted = [...classes].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [klass, count] of sorted) if ((seen += count) >= part * total) return latencyOf(klass);
  return null;
}

/** One place in time, one group: sums of rolled up rows. */
export interface Counted {
  /** Begin of the hour or day. */
  readonly at: Ms;
  readonly what: "payment" | "attempt" | "latency" | "captured" | "refunded" | "webhook";
  readonly currency: string;
  /** Of the group asked for; empty: none was. */
  readonly group: string;
  readonly outcome: string;
  readonly reason: string;
  readonly count: number;
  readonly amount: number;
}

export interface Figure {
  readonly count: number;
  readonly amount: number | null;
  readonly refunded: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly canceled: number | null;
  /** Null: nothing was tried. */
  readonly rate: number | null;
  readonly p50Ms: Ms | null;
  readonly p95Ms: Ms | null;
}

export interface Series {
  readonly currency: string | null;
  readonly group: string | null;
  readonly reason: string | null;
  readonly total: Figure;
  /** One for each hour or day asked for, also those in which nothing happened. */
  readonly points: readonly Figure[];
}

const approved: readonly string[] = ["succeeded", "authorized"];
const called: readonly string[] = ["canceled"];
const none = { amount: null, refunded: null, succeeded: null, failed: null, canceled: null, rate: null, p50Ms: null, p95Ms: null };

function sum(rows: readonly Counted[], of: "count" | "amount" = "count", where: (row: Counted) => boolean = () => true): number {
  return rows.reduce((total, row) => (where(row) ? total + row[of] : total), 0);
}

function moneyOf(rows: readonly Counted[]): Figure {
  const taken = (row: Counted) => row.what === "captured";
  const refunded = sum(rows, "amount", (row) => !taken(row));
  return { ...none, count: sum(rows, "count", taken), amount: sum(rows, "amount", taken), refunded };
}

function durationsOf(rows: readonly Counted[]): Figure {
  const classes = new Map<number, number>();
  for (const row of rows) classes.set(Number(row.outcome), (classes.get(Number(row.outcome)) ?? 0) + row.count);
  return { ...none, count: sum(rows), p50Ms: percentile(classes, 0.5), p95Ms: percentile(classes, 0.95) };
}

/** What was called off by somebody says nothing about who was asked. */
function outcomesOf(rows: readonly Counted[]): Figure {
  const count = sum(rows);
  const succeeded = sum(rows, "count", (row) => approved.includes(row.outcome));
  const canceled = sum(rows, "count", (row) => called.includes(row.outcome));
  const failed = count - succeeded - canceled;
  return { ...none, count, succeeded, failed, canceled, rate: succeeded + failed === 0 ? null : succeeded / (succeeded + failed) };
}

interface Way {
  readonly reads: (group: AnalyticsGroup | null) => readonly Counted["what"][];
  /** Besides each member of the group, each of these has a series. Rows without one are left out, but of a currency all have one. */
  readonly apart: "currency" | "reason" | null;
  readonly figure: (rows: readonly Counted[]) => Figure;
}

/** How each metric is made: a new one has its line here. */
const ways: Readonly<Record<AnalyticsMetric, Way>> = {
  // Amounts of two currencies are never added.
  volume: { reads: () => ["captured", "refunded"], apart: "currency", figure: moneyOf },
  // Attempts where accounts are compared, since a payment may have been at several.
  success_rate: { reads: (group) => [group === "connector" ? "attempt" : "payment"], apart: null, figure: outcomesOf },
  decline_reasons: { reads: () => ["attempt"], apart: "reason", figure: (rows) => ({ ...none, count: sum(rows) }) },
  latency: { reads: () => ["latency"], apart: null, figure: durationsOf },
  webhooks: { reads: () => ["webhook"], apart: null, figure: outcomesOf },
};

export function rowsOf(metric: AnalyticsMetric, group: AnalyticsGroup | null): readonly Counted["what"][] {
  return ways[metric].reads(group);
}

/** One series for each currency (volume), reason (declines) and member of the group. */
export function seriesOf(metric: AnalyticsMetric, times: readonly Ms[], rows: readonly Counted[]): readonly Series[] {
  const { apart, figure } = ways[metric];
  const byKey = new Map<string, Counted[]>();
  for (const row of rows) {
    if (apart !== null && row[apart] === "") continue;
    const key = JSON.stringify([apart === "currency" ? row.currency : "", row.group, apart === "reason" ? row.reason : ""]);
    const members = byKey.get(key);
    if (members) members.push(row);
    else byKey.set(key, [row]);
  }
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => {
      const [currency, group, reason] = (JSON.parse(key) as string[]).map((word) => (word === "" ? null : word));
      const at = new Map<Ms, Counted[]>(times.map((time) => [time, []]));
      for (const row of members) at.get(row.at)?.push(row);
      const points = times.map((time) => figure(at.get(time)!));
      return { currency: currency!, group: group!, reason: reason!, total: figure(members), points };
    });
}

/** What counts of one account's charges say; the latencies are as right as their classes. */
export function accountFigure(rows: readonly { readonly what: string; readonly outcome: string; readonly count: number }[]) {
  const of = (what: Counted["what"]) => rows.filter((row) => row.what === what) as unknown as readonly Counted[];
  const { p50Ms, p95Ms } = durationsOf(of("latency"));
  const { count, rate } = outcomesOf(of("attempt"));
  return { count, rate, p50Ms, p95Ms };
}

/** Points of one answer. */
export const ANALYTICS_POINTS_MAX = { hour: 24 * 31, day: 400 } as const;
/** Where an answer begins that says no `from`. */
export const ANALYTICS_POINTS_USUAL = { hour: 24, day: 30 } as const;
/** Rows of the database that make one answer. */
export const ANALYTICS_ROWS_MAX = 200_000;
/** Events, and deliveries, of one step: one statement of some ten milliseconds. */
export const ANALYTICS_STEP_MAX = 1_000;
/** A scope is rolled up again after this. */
export const ANALYTICS_EVERY_MS: Ms = 10_000;
/** As with the invariants: bounds of one go. */
export const ANALYTICS_STEPS_MAX = 100;
export const ANALYTICS_GO_MS: Ms = 200;
/** Events, deliveries and open things that an overview counts itself: some ten pages of the database each, twenty milliseconds in all. */
export const OVERVIEW_ROWS_MAX = 2_000;
