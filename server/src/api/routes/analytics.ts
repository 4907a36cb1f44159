/** Figures over time, as JSON and as CSV. */
import { Type, type Static } from "typebox";
import {
  ANALYTICS_POINTS_MAX,
  ANALYTICS_POINTS_USUAL,
  ANALYTICS_ROWS_MAX,
  analyticsMetrics,
  rowsOf,
  seriesOf,
  type AnalyticsGroup,
  type AnalyticsMetric,
  type AnalyticsStep,
  type Figure,
  type Series,
} from "../../core/analytics.ts";
import { csvLine } from "../../core/csv.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Ms, Scope } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import type { Deps } from "../../flows/deps.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, nullable, shows, timeIn, timestamp } from "../schemas/common.ts";
import { timeZoneIn, zoneFor } from "../time-zone.ts";
import { timeOf } from "../times.ts";

const HOUR_MS = 3_600_000;
const stepMs: Readonly<Record<AnalyticsStep, Ms>> = { hour: HOUR_MS, day: 24 * HOUR_MS };

export function analyticsRoutes(api: App, deps: ApiDeps): void {
  const onRequest = api.guard("payments.read");
  const config = { load: "list" } as const;
  api.get("/v1/analytics", { onRequest, schema: schemas.json, config }, async (request, reply) => {
    const zone = await zoneFor(deps, request, request.query.time_zone);
    const answer = await answerOf(deps.flows, scopeOf(request), { ...request.query, zone });
    return sendText(reply, 200, JSON.stringify(shown(answer)));
  });
  api.get("/v1/analytics.csv", { onRequest, schema: schemas.csv, config }, async (request, reply) => {
    const zone = await zoneFor(deps, request, request.query.time_zone);
    const answer = await answerOf(deps.flows, scopeOf(request), { ...request.query, zone });
    return reply
      .status(200)
      .headers({ "content-type": "text/csv; charset=utf-8", "content-disposition": `attachment; filename="${answer.metric}.csv"` })
      .send(csvOf(answer));
  });
}

const query = Type.Object({
  metric: Type.Optional(
    Type.Enum(Object.keys(analyticsMetrics) as AnalyticsMetric[], {
      default: "volume",
      description: Object.entries(analyticsMetrics)
        .map(([metric, what]) => `\`${metric}\`: ${what}.`)
        .join(" "),
    }),
  ),
  from: timeIn("Begins with the hour or day that has this time in it. Without it: the last 24 hours, or 30 days."),
  to: timeIn("Ends with the hour or day before this time, or that has it in it. Without it: now."),
  by: Type.Optional(Type.Enum(["hour", "day"], { default: "day" })),
  time_zone: timeZoneIn("Where hours and days begin. Days have 23 or 25 hours where clocks change."),
  group: Type.Optional(Type.Enum(["connector", "method", "currency"], { description: "A series for each of these." })),
});

interface Answer {
  readonly metric: AnalyticsMetric;
  readonly by: AnalyticsStep;
  readonly group: AnalyticsGroup | null;
  readonly zone: string;
  readonly upTo: Ms | null;
  readonly times: readonly Ms[];
  readonly series: readonly Series[];
  readonly isCut: boolean;
}

async function answerOf(
  { analytics, clock }: Deps,
  scope: Scope,
  asked: Static<typeof query> & { readonly zone: string },
): Promise<Answer> {
  const { metric = "volume", by = "day", group = null, zone } = asked;
  const { from, to } = spanOf(asked, by, clock.now());
  const what = rowsOf(metric, group);
  const read = analytics ? await analytics.read(scope, { what, from, to, by, zone, group }) : { times: [], rows: [], isCut: false };
  const upTo = analytics ? await analytics.upTo(scope) : null;
  return { metric, by, group, zone, upTo, times: read.times, series: seriesOf(metric, read.times, read.rows), isCut: read.isCut };
}

function spanOf(asked: Static<typeof query>, by: AnalyticsStep, now: Ms): { readonly from: Ms; readonly to: Ms } {
  const given = { from: timeOf("from", asked.from), to: timeOf("to", asked.to) };
  const [most, usual] = [ANALYTICS_POINTS_MAX[by] * stepMs[by], ANALYTICS_POINTS_USUAL[by] * stepMs[by]];
  const from = given.from ?? Math.max(0, (given.to ?? now) - usual);
  const to = given.to ?? Math.max(from, Math.min(now, from + most));
  if (given.from !== undefined && given.to !== undefined && from >= to) throw refuse("to", "to must be later than from.");
  if (to - from > most) throw refuse("from", `from and to must be no further apart than ${ANALYTICS_POINTS_MAX[by]} ${by}s.`);
  return { from, to };
}

const refuse = (param: string, message: string): TillwayError => new TillwayError("invalid_field", { param, message });

const figures = {
  count: (figure: Figure) => figure.count,
  amount: (figure: Figure) => figure.amount,
  refunded: (figure: Figure) => figure.refunded,
  succeeded: (figure: Figure) => figure.succeeded,
  failed: (figure: Figure) => figure.failed,
  canceled: (figure: Figure) => figure.canceled,
  rate: (figure: Figure) => (figure.rate === null ? null : Math.round(figure.rate * 10_000) / 10_000),
  p50_ms: (figure: Figure) => figure.p50Ms,
  p95_ms: (figure: Figure) => figure.p95Ms,
} as const;
const shownFigure = (figure: Figure) => Object.fromEntries(Object.entries(figures).map(([name, of]) => [name, of(figure)]));

function shown({ metric, by, group, zone, upTo, times, series, isCut }: Answer): object {
  return {
    object: "analytics",
    metric,
    by,
    group,
    time_zone: zone,
    up_to: upTo === null ? null : iso(upTo),
    rows_are_capped: isCut,
    data: series.map((each) => ({
      object: "series",
      currency: each.currency,
      group: each.group,
      reason: each.reason,
      total: shownFigure(each.total),
      points: each.points.map((point, n) => ({ at: iso(times[n]!), ...shownFigure(point) })),
    })),
  };
}

function csvOf({ metric, group, times, series, isCut }: Answer): string {
  const head = ["metric", "at", "currency", group ?? "group", "reason", ...Object.keys(figures)];
  const rows = series.flatMap((each) =>
    each.points.map((point, n) => [metric, iso(times[n]!), each.currency, each.group, each.reason, ...Object.values(shownFigure(point))]),
  );
  const cut = isCut ? [[`Cut after ${ANALYTICS_ROWS_MAX} sums: the latest times lack some. Ask for less time at once.`]] : [];
  return [head, ...rows, ...cut].map(csvLine).join("");
}

const int = (description: string) => nullable(Type.Integer({ format: "int64", description }));
const figureSchema = {
  count: Type.Integer({
    format: "int64",
    description: "Charges and captures that took money; payments, or charges with `group=connector`; declined charges; webhooks.",
  }),
  amount: int("`volume`: what was taken, in minor units of the currency."),
  refunded: int("`volume`: what was given back then, whenever it was taken."),
  succeeded: int("Approved: captured or held; of webhooks: answered 2xx."),
  failed: int("Of webhooks: those whose schedule ran out."),
  canceled: int("Called off before there was an outcome."),
  rate: nullable(
    Type.Number({
      minimum: 0,
      maximum: 1,
      examples: [0.97],
      description: "`succeeded` of `succeeded` and `failed`; null if there is neither.",
    }),
  ),
  p50_ms: int("`latency`: half of the charges took no longer, with the time of a shopper who had to act. Right to within a quarter."),
  p95_ms: int("`latency`: 95 of 100 took no longer."),
};

export const analyticsPointSchema = component("AnalyticsPoint", {
  at: timestamp("When the hour or day begins."),
  ...figureSchema,
});

export const analyticsSeriesSchema = component("AnalyticsSeries", {
  object: Type.Literal("series"),
  currency: nullable(Type.String({ description: "`volume` has a series for each: amounts of two are never added." })),
  group: nullable(Type.String({ description: "The connector, method or currency, if `group` was asked for." })),
  reason: nullable(Type.String({ description: "`decline_reasons`: the decline code, or the code of the error." })),
  total: Type.Object(figureSchema, { additionalProperties: false }),
  points: Type.Array(Type.Ref("AnalyticsPoint#")),
});

export const analyticsSchema = component("Analytics", {
  object: Type.Literal("analytics"),
  metric: Type.Enum(Object.keys(analyticsMetrics)),
  by: Type.Enum(["hour", "day"]),
  group: nullable(Type.String()),
  time_zone: Type.String({ examples: ["Asia/Kolkata"] }),
  up_to: nullable(timestamp("All that happened before this is counted; null: nothing is yet.")),
  rows_are_capped: Type.Boolean({
    description: `True: there are more than the ${ANALYTICS_ROWS_MAX} sums that one answer is made of, and its latest times lack some. Ask for less time at once, or without \`group\`.`,
  }),
  data: Type.Array(Type.Ref("AnalyticsSeries#")),
});

const common = { tags: ["Analytics"], querystring: query };
const about =
  "Summed up from events as they happen, some seconds late (`up_to`). A payment counts where its charge ended, money where it was taken or given back.";
const schemas = {
  json: {
    operationId: "retrieveAnalytics",
    summary: "Get figures over time",
    description: about,
    ...common,
    response: {
      200: shows("Analytics", "A series for each currency, reason or member of the group."),
      ...errorAnswers("get", ["invalid_field", "unknown_time_zone"]),
    },
  },
  csv: {
    operationId: "exportAnalytics",
    summary: "Get figures over time as CSV",
    description: `The same as /v1/analytics, with a line for each point. ${about}`,
    ...common,
    response: {
      200: { description: "Lines with a head.", content: { "text/csv": { schema: Type.String() } } },
      ...errorAnswers("get", ["invalid_field", "unknown_time_zone"]),
    },
  },
};
