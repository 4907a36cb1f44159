/** The timeline of a payment. */
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { isPermitted } from "../../core/permissions.ts";
import type { Actor } from "../../core/ports/settings.ts";
import { iso } from "../../core/represent.ts";
import { entryKinds, explanationOf, timelineOf, type History } from "../../core/timeline.ts";
import { actorOf, type App } from "../../http/app.ts";
import { pathId, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { component, errorAnswers, idParams, shows, strict, timestamp } from "../schemas/common.ts";

export function timelineRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getPaymentTimeline",
    summary: "Get what happened to a payment",
    description:
      "One list, oldest first: requests, decisions, exchanges with the gateway (redacted), events, tries of webhooks, cases and what people did. Tries are shown to keys with the scope `webhooks`, cases and people to keys with the scope `cases`. `summary` says why the payment is where it is, and what to do.",
    tags: ["Payments"],
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Timeline", "The timeline."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get(
    "/v1/payments/:id/timeline",
    { onRequest: api.guard("payments.read"), schema, config: { load: "list" } },
    async (request, reply) => {
      const history = await deps.reads.history(scopeOf(request), pathId(request, "pay"));
      if (history === null) throw new TillwayError("not_found");
      const entries = timelineOf(readable(history, actorOf(request))).map(({ at, kind, id, text, details }) => ({
        at: iso(at),
        kind,
        id,
        text,
        details,
      }));
      const { id, status } = history.payment;
      const body = {
        object: "timeline",
        payment_id: id,
        status,
        summary: explanationOf(history),
        entries,
        has_more: history.isCut,
        lacks_exchanges: history.lacksExchanges ?? false,
      };
      return sendText(reply, 200, JSON.stringify(body));
    },
  );
}

/** What a key may not read at a route of its own, it is not shown here. The summary says no more of cases than a payment's `open_cases`. */
function readable(history: History, caller: Actor): History {
  return {
    ...history,
    tries: isPermitted(caller, "webhooks.read") ? history.tries : [],
    cases: isPermitted(caller, "cases.read") ? history.cases : [],
  };
}

export const timelineSchema = component("Timeline", {
  object: Type.Literal("timeline"),
  payment_id: Type.String(),
  status: Type.String(),
  summary: Type.String({ description: "Why the payment is where it is, and what to do. For people; may change." }),
  entries: Type.Array(
    strict({
      at: timestamp("When it happened."),
      kind: Type.Enum([...entryKinds]),
      id: Type.String({ description: "Of the request, attempt, exchange, event, delivery or case." }),
      text: Type.String({ description: "For people; may change." }),
      details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
  has_more: Type.Boolean({ description: "There is more of it than is shown." }),
  lacks_exchanges: Type.Boolean({
    description: "The audit store does not answer now: exchanges that are kept there are not shown. Nothing is lost; ask again.",
  }),
});
