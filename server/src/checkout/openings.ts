/**
 * The way in without a secret: a shop's page that knows the id of an order opens it in our frame. A browser lets only our own page ask here,
 * and shows that page only to origins that the merchant listed. Whoever asks without a browser learns what decision 0058 weighs as harmless.
 */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { sendText } from "../api/caller.ts";
import { openingOf } from "../api/client-secrets.ts";
import { strict } from "../api/schemas/common.ts";
import { addressOf, buckets } from "../api/wrong-tries.ts";
import { TillwayError } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { App } from "../http/app.ts";
import { rateLimit } from "../http/rate-limit.ts";
import type { Answer } from "../flows/idempotency.ts";
import { PUBLIC_KEY, REQUESTS_PER_SECOND, type Door } from "./authenticator.ts";
import type { CheckoutDeps } from "./deps.ts";
import { refuseUnlessListed } from "./listed.ts";
import type { Opened } from "./opened.ts";

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
      return (await deps.flows.store.order(found, id)) !== null ? found : null;
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

/**
 * What strangers began at one order, at once, and within which time it comes back one by one. Charges: cards are tried out where nobody counts.
 * Payments that only wait for a card: each time that a gateway's card fields are shown makes one.
 */
export const STRANGERS_CHARGES_MAX = 10;
const STRANGERS_WAITING_MAX = 60;
/** By the client secret: more than any shopper tries. Whoever typed another's address into a basket must not fill that mailbox by declines. */
export const SHOPPERS_CHARGES_MAX = 30;
const WINDOW_MS = 1_800_000;

type Found = Pick<Opened, "by" | "order" | "link">;

/**
 * Counts the payments that are begun. Strangers came without the shop: by an opening, and by a payment link, which gives an order's secret to
 * anybody. They are counted apart, so that they slow no shopper down. By order and not by address: of addresses whoever tries cards out has many.
 */
export function begunPayments({ flows: { clock } }: { readonly flows: Pick<CheckoutDeps["flows"], "clock"> }) {
  const within = (most: number) => buckets(most, most / WINDOW_MS);
  const [strangers, waiting, shoppers] = [within(STRANGERS_CHARGES_MAX), within(STRANGERS_WAITING_MAX), within(SHOPPERS_CHARGES_MAX)];
  /** Throws `TillwayError` rate_limited. What was refused, or is a repeat, does not count. */
  return async ({ by, order: { id }, link }: Found, isCharge: boolean, act: () => Promise<Answer>): Promise<Answer> => {
    const isShopper = by === "secret" && link === null;
    if (isShopper && !isCharge) return act();
    const begun = isShopper ? shoppers : isCharge ? strangers : waiting;
    if (!begun.take(id, clock.now())) {
      const message =
        by !== "secret" && link === null
          ? "This order was tried often without its client secret. Wait as Retry-After says, or pass the client secret."
          : "This order was tried often. Wait as Retry-After says.";
      throw new TillwayError("rate_limited", { message, retryAfterMs: begun.waitMs(id, clock.now()) });
    }
    let isRepeat = true;
    try {
      const answer = await act();
      isRepeat = answer.replayed;
      return answer;
    } catch (error) {
      // The bank's no is the end of a charge, and what whoever tries cards out wants to hear.
      isRepeat = !(error instanceof TillwayError && error.status === 402);
      throw error;
    } finally {
      if (isRepeat) begun.giveBack(id);
    }
  };
}

/** Somebody else's payment has the order: whoever has not its secret is not told which. */
export async function namingNoOther<Done>({ by }: Found, act: () => Promise<Done>): Promise<Done> {
  try {
    return await act();
  } catch (error) {
    if (by !== "secret" && error instanceof TillwayError && error.code === "order_busy")
      throw new TillwayError("order_busy", { param: "order_id" });
    throw error;
  }
}
