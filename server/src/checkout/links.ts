/** Payment links, as whoever has the address meets them: what it is for, and the checkout of an order of their own. See decision 0057. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { sendText, visitorIn } from "../api/caller.ts";
import { withMembers } from "../api/client-secrets.ts";
import { linkQr, sendQr } from "../api/link-qr.ts";
import { amountIn, strict } from "../api/schemas/common.ts";
import { addressOf, buckets } from "../api/wrong-tries.ts";
import { checkoutStatus, noCheckoutSettings } from "../core/checkout.ts";
import { TillwayError } from "../core/errors.ts";
import type { Clock } from "../core/ports/world.ts";
import { isLinkToken, linkStatus, type UsedLink } from "../core/payment-links.ts";
import { iso } from "../core/represent.ts";
import { checkoutOf } from "../flows/checkout/sessions.ts";
import { openLinkCheckout } from "../flows/checkout/links.ts";
import type { App } from "../http/app.ts";
import type { Door } from "./authenticator.ts";
import type { CheckoutDeps } from "./deps.ts";
import { keptApart } from "./opened.ts";

/**
 * Orders that visitors without any key may make, by one process: of an address, and of a link, at once and each second. An address may be
 * that of a proxy before us, so its bound is not narrow.
 */
const BY_ADDRESS = { atOnce: 60, perSecond: 1 };
const BY_LINK = { atOnce: 300, perSecond: 5 };
/** Addresses of links that somebody has opened. */
const KNOWN_MAX = 10_000;

export function linkRoutes(app: App, deps: CheckoutDeps, { tries }: Pick<Door, "tries">): void {
  const { clock, settings } = deps.flows;
  const bound = orderBound(clock);
  const known = new Set<string>();

  /** Throws `TillwayError` not_found. Whoever guesses is stopped as one who guesses keys is; whoever knows an address waits for nobody's guesses. */
  async function linkOf(request: FastifyRequest): Promise<UsedLink> {
    const { token } = request.params as { readonly token: string };
    const find = () => (isLinkToken(token) ? settings.paymentLinkAt(token) : Promise.resolve(null));
    const link = known.has(token) ? await find() : await tries.guess(addressOf(request), token.slice(0, 40), find);
    if (link === null)
      throw new TillwayError("not_found", { message: "There is no such payment link. Check the address, or ask the shop for a new one." });
    if (known.size >= KNOWN_MAX) known.delete(known.values().next().value!);
    known.add(token);
    return link;
  }

  const nothing = Type.Object({});
  app.get("/v1/checkout/links/:token", { schema: { querystring: nothing } }, async (request, reply) =>
    sendText(reply, 200, await linkText(deps, await linkOf(request))),
  );

  const body = strict({ amount: Type.Optional(amountIn("What the shopper wants to pay, where the link leaves it open.")) });
  app.post("/v1/checkout/links/:token", { schema: { body } }, async (request, reply) => {
    const link = await linkOf(request);
    const key = await settings.publicKeyOf(link, clock.now());
    // Nothing can be paid then, whoever tries.
    if (key === null) throw new TillwayError("invalid_state", { message: "This shop takes no payments at the moment." });
    bound.take(addressOf(request), link.id);
    const caller = keptApart(visitorIn(deps, request, { merchantId: link.merchantId, mode: link.mode }), link.id);
    const cancelUrl = `${deps.checkoutUrl}/l/${link.token}`;
    const answer = await openLinkCheckout(deps.flows, caller, link, { amount: request.body.amount ?? null, cancelUrl });
    const { session_id: id, expires_at } = JSON.parse(answer.body) as { readonly session_id: string; readonly expires_at: string };
    if (answer.replayed) reply.header("idempotent-replayed", "true");
    const status = answer.replayed ? await statusOf(deps, link, id) : "open";
    const url = `${deps.checkoutUrl}/c/${id}#${deps.secrets.of(link, id)}&key=${key}`;
    return sendText(reply, answer.status, withMembers(`{"object":"payment_link_checkout"}`, { status, url, expires_at }));
  });

  app.get("/l/:token/qr.svg", { schema: { hide: true } }, async (request, reply) => {
    const { token } = await linkOf(request);
    return sendQr(reply.header("cache-control", "public, max-age=86400"), linkQr(deps.checkoutUrl, token));
  });
}

/** Of what the same press made before: the page begins anew if that is over. */
async function statusOf(deps: CheckoutDeps, link: UsedLink, id: string): Promise<string> {
  const found = await checkoutOf(deps.flows, link, id);
  return found === null ? "expired" : checkoutStatus(found.order, found.session, { now: deps.flows.clock.now(), link: found.link });
}

async function linkText(deps: CheckoutDeps, link: UsedLink): Promise<string> {
  const { settings, clock } = deps.flows;
  const [merchant, look] = await Promise.all([deps.reads.merchant(link.merchantId), settings.checkoutSettings(link)]);
  const { name, color, logo } = look ?? noCheckoutSettings;
  return JSON.stringify({
    object: "payment_link",
    status: linkStatus(link, clock.now()),
    mode: link.mode,
    merchant: { name: name ?? merchant?.name ?? "", color, logo },
    description: link.description,
    amount: link.amount,
    currency: link.currency,
    minimum: link.minAmount,
    maximum: link.maxAmount,
    suggested: link.suggestedAmount,
    locale: link.locale,
    expires_at: link.expiresAt === null ? null : iso(link.expiresAt),
  });
}

function orderBound(clock: Pick<Clock, "now">) {
  const bounds = [BY_ADDRESS, BY_LINK].map(({ atOnce, perSecond }) => buckets(atOnce, perSecond / 1_000));
  return {
    /** Throws `TillwayError` rate_limited. */
    take(...names: readonly [address: string, link: string]): void {
      const now = clock.now();
      bounds.forEach((bound, at) => {
        if (bound.take(names[at]!, now)) return;
        const message = "Too many orders are being made here. Wait a moment, and try again.";
        throw new TillwayError("rate_limited", { message, retryAfterMs: bound.waitMs(names[at]!, now) });
      });
    },
  };
}
