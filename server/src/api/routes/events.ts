/** Events: list and get, as webhooks show them. */
import { Type } from "typebox";
import { eventTypes, type EventType } from "../../core/events.ts";
import type { Page } from "../../core/ports/reads.ts";
import { eventEnvelope } from "../../core/represent.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { listText } from "../lists.ts";
import { component, errorAnswers, idPattern, listOf, pageQuery, shows, timestamp } from "../schemas/common.ts";

export function eventRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  getRoute(api, {
    noun: "Event",
    tag: "Events",
    description: "The bytes that webhooks carry.",
    path: "/v1/events/:id",
    prefix: "evt",
    scope: "payments.read",
    read: deps.reads.event,
    text: eventEnvelope,
  });
}

const tags = ["Events"];
const types = Object.keys(eventTypes) as EventType[];
const families = [...new Set(types.map((type) => `${type.split(".", 1)[0]}.*`))];

const listEventsQuery = Type.Object({
  ...pageQuery("evt"),
  type: Type.Optional(Type.Enum([...types, ...families], { description: "A type, or all that begin alike." })),
  payment_id: Type.Optional(Type.String({ pattern: idPattern("pay") })),
});

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listEvents",
    summary: "List events, newest first",
    description:
      "In the order in which they were committed. Keep the newest id that you have seen and send it as `ending_before`: you get what was " +
      "committed since, the next page with the newest id of this one, and never miss an event or get one twice.",
    tags,
    querystring: listEventsQuery,
    response: { 200: shows("EventList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/events", { onRequest: api.guard("payments.read"), schema }, async (request, reply) => {
    const { type, payment_id: paymentId } = request.query;
    const wanted = type === undefined ? undefined : types.filter((each) => each === type || `${each.split(".", 1)[0]}.*` === type);
    const read = (page: Page) => deps.reads.events(scopeOf(request), { ...page, types: wanted, paymentId });
    const render = (row: Parameters<typeof eventEnvelope>[0]): unknown => JSON.parse(eventEnvelope(row));
    return sendText(reply, 200, await listText(request.query, { prefix: "evt", read, render }));
  });
}

export const eventSchema = component("Event", {
  id: Type.String({ examples: ["evt_01KAJ0000000000000000000000"] }),
  object: Type.Literal("event"),
  type: Type.Enum(types, { description: "What happened: docs/events.md." }),
  timestamp: timestamp("When it happened."),
  data: Type.Union([Type.Ref("Payment#"), Type.Ref("Refund#"), Type.Ref("Case#"), Type.Ref("WebhookTest#")], {
    description: "As it left the payment, or the refund of `refund.*`.",
  }),
});

export const eventListSchema = listOf("EventList", "Event");
