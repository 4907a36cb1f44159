/** One press of the dashboard of a fresh install: payments to look at. Of the page, and in no document. */
import { makeSampleData } from "../../flows/test/sample-data.ts";
import type { App } from "../../http/app.ts";
import { callerOf, flowsBy, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { idempotencyHeader, strict } from "../schemas/common.ts";

/** Without a key of the caller's there is one set of them. */
const ONCE = { key: "sample data", requestHash: "sample data" };

export function sampleDataRoutes(api: App, deps: ApiDeps): void {
  const schema = { hide: true, headers: idempotencyHeader, body: strict({}) };
  const options = { onRequest: api.guard("payments.write"), schema };
  api.post("/v1/sample-data", options, async (request, reply) => {
    const { idempotency, ...caller } = callerOf(deps, request);
    const made = await makeSampleData(flowsBy(deps, request), { ...caller, idempotency: idempotency ?? ONCE }, deps.firstAccount.connector);
    const { payments, refunds, orderId, endpointId } = made;
    return sendText(reply, 201, JSON.stringify({ object: "sample_data", payments, refunds, order_id: orderId, endpoint_id: endpointId }));
  });
}
