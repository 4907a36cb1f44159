/** What `GET /v1/analytics` answers, and how each metric becomes charts. */
import type { AnalyticsMetric } from "../../../../server/src/core/analytics.ts";
import { wordsOf } from "../../kit/badge.tsx";
import type { Line } from "../../kit/lines.ts";
import { showMoney } from "../../kit/money.tsx";
import { durationOf } from "../../kit/time.tsx";

export interface Figure {
  readonly count: number;
  readonly amount: number | null;
  readonly refunded: number | null;
  readonly rate: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

export interface Series {
  readonly currency: string | null;
  readonly group: string | null;
  readonly reason: string | null;
  readonly total: Figure;
  readonly points: readonly (Figure & { readonly at: string })[];
}

export interface Analytics {
  readonly up_to?: string | null;
  readonly rows_are_capped?: boolean;
  readonly data: readonly Series[];
}

export type Metric = AnalyticsMetric;

/** Charts of one metric: amounts of two currencies have no axis in common. */
export interface Drawn {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly most?: number;
}

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

type Draw = (metric: Metric, sorted: readonly Series[]) => readonly Drawn[];

/** Lines of one chart, if there are any. */
function oneChart(format: Drawn["format"], linesOf: (one: Series) => readonly Line[], most?: number): Draw {
  return (metric, sorted) => {
    const lines = sorted.flatMap((one) => linesOf(one));
    return lines.length === 0 ? [] : [{ name: titles[metric], lines, format, ...(most === undefined ? {} : { most }) }];
  };
}

const rates = (name: string): Draw =>
  oneChart(
    (value) => percent.format(value),
    (one) => [lineOf(one, labelOf(one) || name, (figure) => figure.rate)],
    1,
  );

/** How each metric is drawn: a new one has its line here. */
const draws: Readonly<Record<Metric, Draw>> = {
  volume: (_, sorted) => {
    const currencies = [...new Set(sorted.map(({ currency }) => currency ?? ""))];
    return currencies.map((currency) =>
      volumeOf(
        currency,
        sorted.filter((one) => (one.currency ?? "") === currency),
      ),
    );
  },
  success_rate: rates("Approved"),
  decline_reasons: oneChart(
    (value) => whole.format(value),
    (one) => [lineOf(one, labelOf(one), (figure) => figure.count)],
  ),
  latency: oneChart(
    (value) => durationOf(value),
    (one) => [
      lineOf(one, `${labelOf(one)} p50`.trim(), (figure) => figure.p50_ms),
      lineOf(one, `${labelOf(one)} p95`.trim(), (figure) => figure.p95_ms),
    ],
  ),
  webhooks: rates("Delivered"),
};

export function chartsOf(metric: Metric, data: readonly Series[]): readonly Drawn[] {
  return draws[metric](
    metric,
    data.toSorted((one, other) => other.total.count - one.total.count),
  );
}

function volumeOf(currency: string, own: readonly Series[]): Drawn {
  const lines = own.flatMap((one) =>
    one.group === null
      ? [lineOf(one, "Taken", (figure) => figure.amount), lineOf(one, "Given back", (figure) => figure.refunded)]
      : [lineOf(one, one.group, (figure) => figure.amount)],
  );
  // The axis has ticks between minor units, which are no amounts.
  return { name: `Volume in ${currency}`, lines, format: (value) => showMoney(Math.round(value), currency) };
}

function lineOf({ total, points }: Series, label: string, value: (figure: Figure) => number | null): Line {
  return { label, total: value(total), values: points.map(value) };
}

function labelOf({ group, reason }: Series): string {
  return [group, reason === null ? null : wordsOf(reason)].filter((part) => part !== null).join(" · ");
}

/** In the order of the page. */
export const titles: Readonly<Record<Metric, string>> = {
  volume: "Volume",
  success_rate: "Success rate",
  decline_reasons: "Why charges were declined",
  latency: "Latency of gateways",
  webhooks: "Webhooks delivered",
};

export const abouts: Readonly<Record<Metric, string>> = {
  volume: "Money taken, and money given back, when it was.",
  success_rate: "Payments approved, of those that were tried.",
  decline_reasons: "Declined charges, by what the gateway said.",
  latency:
    "From our request for a charge to its outcome, with the time of a shopper who had to act. Half took no longer than p50, 95 of 100 no longer than p95.",
  webhooks: "Answered with 2xx, of those that ended.",
};

/** Webhooks are of no connector, method or currency. */
export const ungrouped: readonly Metric[] = ["webhooks"];
