/** How today goes: one answer, cheap enough for a page that asks for it all the time. */
import { Type } from "typebox";
import { OVERVIEW_ROWS_MAX } from "../../core/analytics.ts";
import type { Ms } from "../../core/model.ts";
import { isPermitted } from "../../core/permissions.ts";
import type { Today } from "../../core/ports/analytics.ts";
import type { QueueState } from "../../core/ports/reads.ts";
import { sumsOf } from "../../core/overview.ts";
import { iso } from "../../core/represent.ts";
import { actorOf, type App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, nullable, shows, strict, timestamp } from "../schemas/common.ts";
import { timeZoneIn, zoneFor } from "../time-zone.ts";

export function overviewRoute(api: App, deps: ApiDeps): void {
  const { flows, reads } = deps;
  api.get("/v1/overview", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const [scope, caller, now] = [scopeOf(request), actorOf(request), flows.clock.now()];
    const zone = await zoneFor(deps, request, request.query.time_zone);
    const [maySeeCases, maySeeWebhooks] = [isPermitted(caller, "cases.read"), isPermitted(caller, "webhooks.read")];
    const [today, queues, endpoints] = await Promise.all([
      flows.analytics?.today(scope, now, zone) ?? nothing(now),
      maySeeCases ? reads.queues(scope, now) : null,
      maySeeWebhooks ? flows.settings.endpoints(scope) : null,
    ]);
    const leftAlone = endpoints?.filter(({ status, breakerUntil }) => status !== "enabled" || (breakerUntil ?? 0) > now);
    const answer = {
      object: "overview",
      time_zone: zone,
      from: iso(today.from),
      to: iso(today.to),
      ...sumsOf(today.rows),
      unknown_attempts: today.unknownAttempts,
      open_cases: maySeeCases ? today.openCases : null,
      webhooks: endpoints && { endpoints: endpoints.length, endpoints_left_alone: leftAlone!.length, ...today.webhooks },
      queues: queues && depthOf(queues, now),
      counts_are_capped: today.isBehind || Math.max(today.unknownAttempts, today.openCases) >= OVERVIEW_ROWS_MAX,
    };
    return sendText(reply, 200, JSON.stringify(answer));
  });
}

const DAY_MS: Ms = 86_400_000;

/** Of a storage that keeps no figures. */
function nothing(now: Ms): Today {
  const from = now - (now % DAY_MS);
  const webhooks = { succeeded: 0, failed: 0, pending: 0, retrying: 0 };
  return { from, to: from + DAY_MS, rows: [], webhooks, unknownAttempts: 0, openCases: 0, isBehind: false };
}

function depthOf(queues: readonly QueueState[], now: Ms): object {
  const sum = (of: (queue: QueueState) => number): number => queues.reduce((total, queue) => total + of(queue), 0);
  const dueAt = queues.flatMap(({ oldestDueAt }) => oldestDueAt ?? []);
  return {
    due: sum(({ due }) => due),
    scheduled: sum(({ scheduled }) => scheduled),
    leased: sum(({ leased }) => leased),
    oldest_due_seconds: dueAt.length === 0 ? null : Math.max(0, Math.floor((now - Math.min(...dueAt)) / 1_000)),
    dead_letters: sum(({ deadLetters }) => deadLetters),
  };
}

const count = (description: string) => Type.Integer({ format: "int64", description });

export const overviewVolumeSchema = component("OverviewVolume", {
  currency: Type.String({ examples: ["INR"] }),
  count: count("Charges and captures that took money today."),
  captured: count("What they took, in minor units."),
  refunded: count("What was given back today, whenever it was taken."),
  net: count("`captured` less `refunded`; below zero on a day that gave back more."),
});

export const overviewSchema = component("Overview", {
  object: Type.Literal("overview"),
  time_zone: Type.String({ description: "Whose day it is.", examples: ["Asia/Kolkata"] }),
  from: timestamp("When the day began."),
  to: timestamp("When the next one begins: after 23 or 25 hours where clocks change."),
  volume: Type.Array(Type.Ref("OverviewVolume#"), {
    description: "The currency with the most charges first. Amounts of two are never added.",
  }),
  payments: strict({
    succeeded: count("Payments whose charge ended today, and was captured at once."),
    authorized: count("Whose charge holds the money until a capture."),
    failed: count("Whose charge was refused."),
    canceled: count("Called off before there was an outcome."),
    success_rate: nullable(
      Type.Number({
        minimum: 0,
        maximum: 1,
        examples: [0.97],
        description: "`succeeded` and `authorized`, of these and `failed`; null if there is neither.",
      }),
    ),
  }),
  unknown_attempts: count("Whose outcome no gateway has told yet, at this moment."),
  open_cases: nullable(count("At this moment. Null: the caller may not see cases.")),
  // Null: the caller may not see them.
  webhooks: nullable(
    strict({
      endpoints: count("All of them."),
      endpoints_left_alone: count("Paused, disabled, or left alone for a while since they do not answer."),
      succeeded: count("Of the deliveries that were owed today."),
      failed: count("Of the deliveries that were owed today: their schedule ran out."),
      pending: count("Whenever they were owed, at this moment."),
      retrying: count("Of the pending ones: a try has failed."),
    }),
  ),
  queues: nullable(
    strict({
      due: count("Jobs that are due, over all queues."),
      scheduled: count("Jobs whose time has not come."),
      leased: count("Jobs that a worker holds."),
      oldest_due_seconds: nullable(count("How long the oldest due job has waited; null: none is due.")),
      dead_letters: count("As `/v1/dead-letters` lists them."),
    }),
  ),
  counts_are_capped: Type.Boolean({
    description: `True: there are more rows than the ${OVERVIEW_ROWS_MAX} that are counted at once, for instance while figures are rolled up for the first time.`,
  }),
});

const schema = {
  operationId: "retrieveOverview",
  summary: "Show how today goes",
  description:
    "Volume by currency, outcomes of payments and webhooks since the day began in a time zone, and what is unknown, open or due at this moment. Exact: what is not summed up yet is counted. What the caller may not see is null: cases, webhooks or queues.",
  tags: ["Analytics"],
  querystring: Type.Object({ time_zone: timeZoneIn("Whose day it is.") }),
  response: { 200: shows("Overview", "Today."), ...errorAnswers("get", ["unknown_time_zone"]) },
};
