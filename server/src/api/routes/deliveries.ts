import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { madeAt } from "../../core/ids.ts";
import type { Delivery, Scope } from "../../core/model.ts";
import type { Page } from "../../core/ports/reads.ts";
import { retryDelivery } from "../../flows/deliveries/retry.ts";
import { callerOf, knownPage, pageOf, pathId, scopeOf, sendAnswer, sendText } from "../answers.ts";
import type { ApiDeps } from "../deps.ts";
import type { App } from "../../http/app.ts";
import { renderDelivery, renderList } from "../render.ts";
import { emptyBody, errorAnswers, idParams, idempotencyHeader, shows } from "../schemas/common.ts";
import { listDeliveriesQuery } from "../schemas/delivery.ts";

const tags = ["Deliveries"];

/** The log of what was sent to the merchant: list, get with tries, send again. */
export function deliveryRoutes(api: App, deps: ApiDeps): void {
  listRoute(api, deps);
  getRoute(api, deps);
  retryRoute(api, deps);
}

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listDeliveries",
    summary: "List deliveries, newest first",
    description: "What is or was owed to the webhook endpoint, without its tries.",
    tags,
    querystring: listDeliveriesQuery,
    response: { 200: shows("DeliveryList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/deliveries", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const { status, payment_id: paymentId } = request.query;
    const scope = scopeOf(request);
    const asked = pageOf(request.query, "dlv");
    const found = await deps.reads.deliveries(scope, { ...asked, mayBeRemoved: mayBeRemoved(deps, scope, asked), status, paymentId });
    const page = knownPage(found, request.query);
    return sendText(
      reply,
      200,
      renderList(page, (row) => renderDelivery(row)),
    );
  });
}

/** The cursor is older than the clean-up lets deliveries become, and not older than its merchant: then it may have named one of theirs. */
function mayBeRemoved({ flows }: ApiDeps, { merchantId }: Scope, { startingAfter, endingBefore }: Page): boolean {
  const cursor = startingAfter ?? endingBefore;
  if (cursor === undefined) return false;
  return madeAt(cursor) < flows.clock.now() - flows.options.retention.deliveriesMs && madeAt(cursor) >= madeAt(merchantId);
}

function getRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getDelivery",
    summary: "Get a delivery with its tries",
    description: "Each try with its status and the first bytes of the answer.",
    tags,
    params: idParams,
    querystring: Type.Object({}),
    response: { 200: shows("Delivery", "The delivery."), ...errorAnswers("get", ["not_found"]) },
  };
  api.get("/v1/deliveries/:id", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const found = await deps.reads.delivery(scopeOf(request), pathId(request, "dlv"));
    if (found === null) throw new TillwayError("not_found");
    return sendText(reply, 200, JSON.stringify(renderDelivery(found.delivery, found.tries)));
  });
}

function retryRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "retryDelivery",
    summary: "Send a delivery again",
    description: "With its whole schedule from the start. One that is still being tried is refused.",
    tags,
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: { 200: shows("Delivery", "The delivery."), ...errorAnswers("post", ["not_found", "invalid_state"]) },
  };
  api.post("/v1/deliveries/:id/retry", { onRequest: api.guard("webhooks"), schema }, async (request, reply) => {
    const caller = callerOf(deps.hashKey, request);
    const show = async (delivery: Delivery): Promise<string> =>
      JSON.stringify(renderDelivery(delivery, (await deps.reads.delivery(caller.scope, delivery.id))?.tries ?? []));
    return sendAnswer(reply, await retryDelivery(deps.flows, caller, pathId(request, "dlv"), show));
  });
}
