/**
 * The way in without a secret: a shop's page that knows the id of an order opens it in our frame. A browser lets only our own page ask here,
 * and shows that page only to origins that the merchant listed. Whoever asks without a browser learns what decision 0058 weighs as harmless.
 */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { sendText } from "../api/caller.ts";
import { openingOf } from "../api/client-secrets.ts";
import { strict } from "../api/schemas/common.ts";
import { addressOf } from "../api/wrong-tries.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import { refuseInRestore } from "../flows/restore/refuse.ts";
import type { App } from "../http/app.ts";
import { rateLimit } from "../http/rate-limit.ts";
import { PUBLIC_KEY, REQUESTS_PER_SECOND, type Door } from "./authenticator.ts";
import type { CheckoutDeps } from "./deps.ts";
import { refuseUnlessListed } from "./listed.ts";

/** Longer than any id: what it is worth is looked at with the key, and a wrong one is a wrong try. */
const ORDER_ID_CHARS_MAX = 64;
const schema = { body: strict({ order_id: Type.String({ minLength: 1, maxLength: ORDER_ID_CHARS_MAX }) }) };

export function openingRoute(app: App, deps: CheckoutDeps, { tries, keys }: Door): void {
  const limit = rateLimit(null, deps.flows.clock);
  app.post("/v1/checkout/openings", { schema }, async (request, reply) => {
    refuseForeignPages(request);
    const { order_id: id } = request.body;
    const { "x-api-key": key } = request.headers;
    const isPossible = isId("ord", id) && typeof key === "string" && PUBLIC_KEY.test(key);
    if (isPossible) {
      const refused = limit.take(reply, { keyId: id, rateLimitPerSecond: REQUESTS_PER_SECOND });
      if (refused) throw refused;
    }
    const address = addressOf(request);
    const scope = await tries.guess(address, isPossible ? id : "", async () => {
      if (!isPossible) return null;
      const found = keys.known(key) ?? (await keys.ask(key));
      if (found === null) return null;
      // Before the order: whether there is one is nobody's business here.
      await refuseUnlessListed(deps, found);
      if ((await deps.flows.store.order(found, id)) !== null) return found;
      // It may be one that a restored database has forgotten: no wrong try then.
      refuseInRestore(deps.flows);
      return null;
    });
    if (scope === null)
      throw new TillwayError("authentication_error", {
        message: "There is no such order of this key. Send X-Api-Key with the key that begins with pk_.",
      });
    return sendText(reply, 201, JSON.stringify({ object: "checkout_opening", client_secret: deps.secrets.of(scope, openingOf(id)) }));
  });
}

/** Said by the browser, and no page can say otherwise: a request of another origin's page, or of an address that somebody typed, is none of ours. */
function refuseForeignPages({ headers }: FastifyRequest): void {
  if (headers["sec-fetch-site"] === "same-origin") return;
  throw new TillwayError("permission_denied", {
    message:
      "Only the checkout's own page, in a browser and over https or on localhost, opens an order without its client secret. Pass the client secret.",
  });
}
