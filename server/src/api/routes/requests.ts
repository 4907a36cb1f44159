import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import type { FoundRequest } from "../../core/ports/requests.ts";
import { iso } from "../../core/represent.ts";
import type { App } from "../../http/app.ts";
import { pathId, scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers, idParams, nullable, resource, shows, timestamp } from "../schemas/common.ts";

const text = (description: string) => nullable(Type.String({ description }));

export const requestShown = resource<FoundRequest>("Request", {
  id: [Type.String(), (row) => row.id],
  object: [Type.Literal("request"), () => "request"],
  method: [Type.String(), (row) => row.method],
  route: [Type.String({ examples: ["/v1/payments/:id/capture"] }), (row) => row.route],
  subject: [text("The id in its path."), (row) => row.subject],
  status: [nullable(Type.Integer({ description: "Of its answer; null: the caller hung up." })), (row) => row.status],
  error_code: [text("Why it was refused."), (row) => row.errorCode],
  body: [text("JSON text of its fields; values that may be private are hidden."), (row) => row.body],
  payment_id: [text("The payment that it made or was about."), (row) => row.paymentId],
  resource_id: [text("What else it made, such as a refund."), (row) => row.resourceId],
  event_id: [text("The event that the creation of a payment wrote."), (row) => row.eventId],
  key_id: [text("The key it was sent with; null if that was not kept."), (row) => row.keyId],
  duration_ms: [nullable(Type.Integer({ description: "Null if it was not kept." })), (row) => row.durationMs],
  created_at: [timestamp("When it was answered."), (row) => iso(row.at)],
});

/** What became of a request, by the id that its answer carried. */
export function requestRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getRequest",
    summary: "Look up a request by its Request-Id",
    description:
      "Requests that changed or refused something, for 30 days; requests that created a payment, as long as the payment. Reads that succeeded, and questions to this route, are not kept. A request is found within a second of its answer.",
    tags: ["Requests"],
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Request", "The request."), ...errorAnswers("get", ["not_found"]) },
  };
  const config = { asksForRequest: true };
  api.get("/v1/requests/:id", { onRequest: api.guard("payments.read"), schema, config }, async (request, reply) => {
    const found = await deps.requests.find(scopeOf(request), pathId(request, "req"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, JSON.stringify(requestShown.render(found)));
  });
}
