import { describe, expect, it } from "vitest";
import { analyticsMetrics, latencyOf, percentile, rowsOf, seriesOf, type AnalyticsMetric, type Counted } from "./analytics.ts";

const [FIRST, SECOND] = [0, 3_600_000];
const counted = (given: Partial<Counted>): Counted => ({
  at: FIRST,
  what: "payment",
  currency: "INR",
  group: "",
  outcome: "",
  reason: "",
  count: 1,
  amount: 0,
  ...given,
});
const series = (metric: AnalyticsMetric, rows: readonly Counted[]) => seriesOf(metric, [FIRST, SECOND], rows);

describe("figures over time", () => {
  it("of volume are a series for each currency, with what was taken and given back apart", () => {
    const found = series("volume", [
      counted({ what: "captured", amount: 500, count: 2 }),
      counted({ what: "refunded", amount: 100, at: SECOND }),
      counted({ what: "captured", amount: 7, currency: "EUR" }),
    ]);
    expect(found.map(({ currency, total }) => [currency, total.count, total.amount, total.refunded])).toEqual([
      ["EUR", 1, 7, 0],
      ["INR", 2, 500, 100],
    ]);
    expect(found[1]!.points.map(({ amount, refunded }) => [amount, refunded])).toEqual([
      [500, 0],
      [0, 100],
    ]);
  });

  it("of success leave out what was called off, and are no rate where nothing was tried", () => {
    const outcomes = { succeeded: 3, authorized: 1, failed: 1, canceled: 5 };
    const rows = Object.entries(outcomes).map(([outcome, count]) => counted({ outcome, count }));
    const [all] = series("success_rate", rows);
    expect(all).toMatchObject({ currency: null, total: { count: 10, succeeded: 4, failed: 1, canceled: 5, rate: 0.8 } });
    expect(all!.points[1]).toMatchObject({ count: 0, rate: null });
  });

  it("of declines are a series for each reason, without what was not declined", () => {
    const rows = [counted({ what: "attempt", reason: "stolen_card" }), counted({ what: "attempt", outcome: "succeeded" })];
    expect(series("decline_reasons", rows).map(({ reason, total }) => [reason, total.count])).toEqual([["stolen_card", 1]]);
  });

  it("of latency are the ends of the classes in which so many have ended", () => {
    const rows = [counted({ what: "latency", outcome: "10", count: 9 }), counted({ what: "latency", outcome: "30", count: 1 })];
    expect(series("latency", rows)[0]!.total).toMatchObject({ count: 10, p50Ms: latencyOf(10), p95Ms: latencyOf(30) });
    expect(percentile(new Map(), 0.5)).toBeNull();
  });

  it("are read for each metric, of attempts where connectors are compared", () => {
    for (const metric of Object.keys(analyticsMetrics) as AnalyticsMetric[]) expect(rowsOf(metric, null)).not.toEqual([]);
    expect([rowsOf("success_rate", null), rowsOf("success_rate", "connector")]).toEqual([["payment"], ["attempt"]]);
  });
});
