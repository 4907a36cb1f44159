/** Events: list and get, as webhooks show them. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { eventTypes, type EventType } from "../../core/events.ts";
import { isId } from "../../core/ids.ts";
import type { MoneyEvent } from "../../core/model.ts";
import type { Page } from "../../core/ports/reads.ts";
import { isPermitted } from "../../core/permissions.ts";
import type { Actor } from "../../core/ports/settings.ts";
import { eventIn } from "../../core/ports/versions.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { actorOf, type App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { eventStreams } from "../event-streams.ts";
import { getRoute } from "../get-route.ts";
import { listText, unknownCursor } from "../lists.ts";
import { headOnly, sendLong } from "../long-answers.ts";
import { versionOf } from "../versions/request.ts";
import { component, errorAnswers, idPattern, listOf, pageQuery, shows, timestamp } from "../schemas/common.ts";

export function eventRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  streamRoute(api, deps);
  getRoute(api, {
    noun: "Event",
    tag: "Events",
    description: "The bytes that webhooks carry.",
    path: "/v1/events/:id",
    prefix: "evt",
    permission: "payments.read",
    read: async (caller, id) => {
      const found = await deps.reads.event(caller, id);
      return found !== null && readableTypes(caller).includes(found.type) ? found : null;
    },
    text: (event, request) => textOf(deps, event, request),
  });
}

/** In the caller's version or, if the event is older, in its own. */
function textOf({ flows: { versions } }: ApiDeps, event: MoneyEvent, request: FastifyRequest): string {
  return eventEnvelope(eventIn(versions, event, versionOf(request, versions)));
}

const tags = ["Events"];
const types = Object.keys(eventTypes) as EventType[];
const families = [...new Set(types.map((type) => `${type.split(".", 1)[0]}.*`))];

/** Cases are for keys that may read them, wherever they are shown. */
function readableTypes(caller: Actor): readonly EventType[] {
  return isPermitted(caller, "cases.read") ? types : types.filter((type) => !type.startsWith("case."));
}

export function mayReadEvent(caller: Actor, type: string): boolean {
  return readableTypes(caller).some((readable) => readable === type);
}

/** Undefined: all. Throws `TillwayError` permission_denied if all that is asked for is hidden from the caller. */
function wantedTypes(caller: Actor, asked: string | undefined): readonly EventType[] | undefined {
  const readable = readableTypes(caller);
  if (asked === undefined) return readable === types ? undefined : readable;
  const wanted = readable.filter((type) => type === asked || `${type.split(".", 1)[0]}.*` === asked);
  if (wanted.length > 0) return wanted;
  throw new TillwayError("permission_denied", { param: "type", message: "This key lacks the scope cases, which shows these events." });
}

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
      "committed since, the next page with the newest id of this one, and never miss an event or get one twice. Events of cases are shown to " +
      "keys with the scope `cases`.",
    tags,
    querystring: listEventsQuery,
    response: { 200: shows("EventList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/events", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { type, payment_id: paymentId } = request.query;
    const caller = actorOf(request);
    const read = (page: Page) => deps.reads.events(scopeOf(request), { ...page, types: wantedTypes(caller, type), paymentId });
    const render = (row: MoneyEvent): unknown => JSON.parse(textOf(deps, row, request));
    return sendText(reply, 200, await listText(request.query, { prefix: "evt", read, render }));
  });
}

const streamEventsQuery = Type.Object({
  after: Type.Optional(
    Type.String({
      maxLength: 64,
      pattern: idPattern("evt"),
      description: "Begins after this event. Left out: with what happens from now on.",
    }),
  ),
  type: Type.Optional(Type.Enum([...types, ...families], { description: "A type, or all that begin alike." })),
});

function streamRoute(api: App, deps: ApiDeps): void {
  const streams = eventStreams({ reads: deps.reads, clock: deps.flows.clock });
  api.addHook("preClose", (done) => {
    streams.close();
    done();
  });
  const schema = {
    operationId: "streamEvents",
    summary: "Follow events as they happen",
    description:
      "Server-sent events, in the order in which they were committed: `id` is the event's, `data` the event. It ends after five minutes: come back " +
      "with the last `id` that you have seen, as the header `Last-Event-ID` or as `after`, and you miss none and get none twice. A comment each ten " +
      "seconds says that the connection lives. It ends within a second once the key is revoked.",
    tags,
    querystring: streamEventsQuery,
    response: {
      200: { description: "The events.", content: { "text/event-stream": { schema: Type.String() } } },
      ...errorAnswers("get", ["invalid_field"]),
    },
  };
  api.get("/v1/events/stream", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const caller = actorOf(request);
    const wanted = wantedTypes(caller, request.query.type);
    const head = headOnly(request, reply, STREAM_HEADERS);
    if (head !== null) return head;
    const stream = streams.open({
      scope: scopeOf(request),
      caller: `${caller.merchantId} ${caller.keyId}`,
      after: await beginning(deps, request, request.query.after),
      wants: (event) => wanted?.includes(event.type) ?? true,
      text: (event) => textOf(deps, event, request),
      isAllowed: () => api.stillAllowed(request, "payments.read"),
    });
    return sendLong(reply, STREAM_HEADERS, stream);
  });
}

/** What comes after the last event is the end of the connection; a server that stops must not wait for it. */
const STREAM_HEADERS = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no", connection: "close" };

/** The event after which a stream begins; null: there is none yet. Throws `TillwayError` invalid_field if it is none of the caller's. */
async function beginning({ reads }: ApiDeps, request: FastifyRequest, given: string | undefined): Promise<string | null> {
  const header = request.headers["last-event-id"];
  const [param, after] = header === undefined ? ["after", given] : ["Last-Event-ID", String(header)];
  if (after !== undefined && !isId("evt", after))
    throw new TillwayError("invalid_field", { param, message: `${param} must be an id that begins with evt_.` });
  const page = await reads.events(scopeOf(request), { limit: 1, endingBefore: after });
  if (page === "unknown_cursor") throw unknownCursor(param!);
  return after ?? page.rows[0]?.id ?? null;
}

export const eventSchema = component("Event", {
  id: Type.String({ examples: ["evt_01KAJ0000000000000000000000"] }),
  object: Type.Literal("event"),
  type: Type.Enum(types, { description: "What happened: docs/events.md." }),
  api_version: Type.String({
    description: "In whose form `data` is: that of whoever gets it, or the event's own if that is older.",
    examples: ["2026-11-27"],
  }),
  timestamp: timestamp("When it happened."),
  data: Type.Union([Type.Ref("Payment#"), Type.Ref("Refund#"), Type.Ref("Case#"), Type.Ref("WebhookTest#")], {
    description: "As it left the payment, or the refund of `refund.*`.",
  }),
});

export const eventListSchema = listOf("EventList", "Event");
