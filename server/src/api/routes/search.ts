/** One box that takes anything: any id, an e-mail, the end of a card, an amount, a receipt, an order, a gateway's reference. */
import { Type } from "typebox";
import { isPermitted, type Permission } from "../../core/permissions.ts";
import { formatMoney } from "../../core/money.ts";
import { SEARCH_KINDS, SEARCH_MATCHES, type SearchHit, type SearchKind } from "../../core/ports/search.ts";
import type { FoundRequest } from "../../core/ports/requests.ts";
import type { Actor } from "../../core/ports/settings.ts";
import { iso } from "../../core/represent.ts";
import { readSearch } from "../../core/search.ts";
import { actorOf, type App } from "../../http/app.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { amount, errorAnswers, listOf, nullable, resource, shows, timestamp } from "../schemas/common.ts";
import { mayReadEvent } from "./events.ts";

const SHOWN_MAX = 20;

/** What a kind needs beside `payments.read`. */
const alsoNeeds: Partial<Record<SearchKind, Permission>> = {
  case: "cases.read",
  delivery: "webhooks.read",
  webhook_endpoint: "webhooks.read",
};

export const searchResultShown = resource<SearchHit>("SearchResult", {
  object: [Type.Literal("search_result"), () => "search_result"],
  kind: [Type.Enum(Object.keys(SEARCH_KINDS) as SearchKind[]), (hit) => hit.kind],
  id: [Type.String({ description: "Of what was found." }), (hit) => hit.id],
  title: [Type.String({ description: "For people: the amount, or what it is." }), titleOf],
  subtitle: [nullable(Type.String({ description: "What else people know it by." })), (hit) => hit.detail],
  matched: [Type.Enum([...SEARCH_MATCHES], { description: "What of it was looked for." }), (hit) => hit.matched],
  payment_id: [nullable(Type.String({ description: "The payment that it is, or belongs to." })), (hit) => hit.paymentId],
  created_at: [timestamp("When it was created."), (hit) => iso(hit.createdAt)],
  status: [
    nullable(Type.String({ description: "Of an event, its type; of a payment that was given back, `refunded` or `partly_refunded`." })),
    (hit) => hit.status,
  ],
  amount: [nullable(amount()), (hit) => hit.amount],
  currency: [nullable(Type.String()), (hit) => hit.currency],
});

export const searchResultListSchema = listOf("SearchResultList", "SearchResult");

function titleOf({ kind, amount: minor, currency, status }: SearchHit): string {
  if (minor !== null && currency !== null) return formatMoney(minor, currency);
  return kind === "event" || kind === "request" ? (status ?? kind) : kind.replaceAll("_", " ");
}

const searchQuery = Type.Object({
  q: Type.Optional(
    Type.String({
      maxLength: 2_000,
      pattern: String.raw`^[\s\S]*$`,
      description:
        "An id of any kind (`pay_…`, `ord_…`, `req_…`), the customer's e-mail, the last four digits of a card, an amount (`12.99`, `₹1,299.00`, or minor units), a receipt, an order, or a gateway's reference.",
    }),
  ),
});

export function searchRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "search",
    summary: "Find anything by what you have of it",
    description:
      "What has this name first, then payments with this e-mail, card or amount; each newest first, at most 20. What was created a moment ago is found. A text that is nothing of yours finds nothing, and is no error.",
    tags: ["Search"],
    querystring: searchQuery,
    response: { 200: shows("SearchResultList", "What was found."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/search", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const hits = await found(deps, actorOf(request), request.query.q ?? "");
    const data = hits.slice(0, SHOWN_MAX).map(searchResultShown.render);
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: hits.length > SHOWN_MAX }));
  });
}

async function found(deps: ApiDeps, caller: Actor, text: string): Promise<readonly SearchHit[]> {
  const wish = readSearch(text);
  if (wish === null) return [];
  const isRequest = wish.id?.startsWith("req_") ?? false;
  const request = isRequest ? await deps.requests.find(caller, wish.id!) : null;
  const hits = await deps.search.find(caller, wish, SHOWN_MAX);
  return [...(request === null ? [] : [hitOfRequest(request)]), ...hits.filter((hit) => mayRead(caller, hit))];
}

function mayRead(caller: Actor, { kind, status }: SearchHit): boolean {
  const needed = alsoNeeds[kind];
  return kind === "event" ? mayReadEvent(caller, status!) : needed === undefined || isPermitted(caller, needed);
}

function hitOfRequest({ id, method, route, paymentId, at, status }: FoundRequest): SearchHit {
  const money = { amount: null, currency: null };
  return {
    kind: "request",
    id,
    matched: "id",
    paymentId,
    createdAt: at,
    status: String(status ?? "no answer"),
    ...money,
    detail: `${method} ${route}`,
  };
}
