/** `GET /v1/checkout`: all that a page needs to show an order to its shopper. And calling the session off. */
import { Type } from "typebox";
import { scopeOf, sendText } from "../api/caller.ts";
import { methodShown, offersFor } from "../api/routes/payment-methods.ts";
import { emptyBody } from "../api/schemas/common.ts";
import { checkoutStatus, noCheckoutSettings } from "../core/checkout.ts";
import type { MethodOffer } from "../core/methods/offers.ts";
import type { Order, Scope } from "../core/model.ts";
import { toWire } from "../core/money.ts";
import { iso } from "../core/represent.ts";
import { cancelCheckout } from "../flows/checkout/cancel.ts";
import type { FoundCheckout } from "../flows/checkout/sessions.ts";
import type { App } from "../http/app.ts";
import type { CheckoutDeps } from "./deps.ts";
import { opened, shopperOf, type Opened } from "./opened.ts";
import { checkoutPayment } from "./payment.ts";

export function viewRoutes(app: App, deps: CheckoutDeps): void {
  app.get("/v1/checkout", { onRequest: app.guard("payments.read"), schema: { querystring: Type.Object({}) } }, async (request, reply) =>
    sendText(reply, 200, await viewText(deps, scopeOf(request), await opened(deps, request, "opening"))),
  );
  app.post("/v1/checkout/cancel", { onRequest: app.guard("payments.write"), schema: { body: emptyBody } }, async (request, reply) => {
    const found = await opened(deps, request);
    await cancelCheckout(deps.flows, shopperOf(deps, request, found), found);
    return sendText(reply, 200, await viewText(deps, scopeOf(request), await opened(deps, request)));
  });
}

/** By an opening: of the order its amount, currency and status, and none of its payments. What can be chosen is the merchant's, not the order's. */
async function viewText(deps: CheckoutDeps, scope: Scope, found: Opened): Promise<string> {
  const { order, session, link } = found;
  const { settings, store, clock } = deps.flows;
  const now = clock.now();
  const [merchant, look, offers, paymentId] = await Promise.all([
    deps.reads.merchant(scope.merchantId),
    settings.checkoutSettings(scope),
    offersOf(deps, scope, found),
    found.by === "secret" ? store.liveOrder(scope, order.id) : null,
  ]);
  const { name, color, logo } = look ?? noCheckoutSettings;
  const payment = paymentId === null ? null : await store.load(scope, paymentId);
  const card = cardBy(deps, offers);
  const shown = offers.filter(({ type }) => type !== "card" || card !== null);
  return JSON.stringify({
    object: "checkout",
    status: checkoutStatus(order, session, { now, link }),
    mode: scope.mode,
    merchant: { name: name ?? merchant?.name ?? "", color, logo },
    order: { id: order.id, amount: order.amount, currency: order.currency, status: order.status },
    description: link?.description ?? null,
    locale: session?.locale ?? null,
    methods: shown.map(shownMethod),
    card,
    payment: payment && checkoutPayment(payment),
    return_url: session?.returnUrl ?? null,
    cancel_url: session?.cancelUrl ?? null,
    expires_at: session && iso(session.expiresAt),
    server_time: iso(now),
    test: testInputs(deps, scope, shown),
  });
}

/** What the merchant's accounts take of this order's amount and currency, and what its session leaves. */
async function offersOf(deps: CheckoutDeps, scope: Scope, { order, session }: FoundCheckout): Promise<readonly MethodOffer[]> {
  const offers = await offersFor(deps, scope, (gateway) => takes(gateway, order));
  return offers.filter(({ type }) => session?.methods?.includes(type) ?? true);
}

type Gateway = Parameters<NonNullable<Parameters<typeof offersFor>[2]>>[0];

function takes({ currencies, amounts }: Gateway, { amount, currency }: Order): boolean {
  return (currencies === "all" || currencies.includes(currency)) && toWire(amount, currency, amounts).ok;
}

/** Who takes it is the merchant's own affair. The ways to fill it in are kept together. */
function shownMethod(offer: MethodOffer): Record<string, unknown> {
  const { accounts: _, ...shown } = methodShown.render(offer);
  const forms = offer.accounts.flatMap((account) => account.forms.map((form) => JSON.stringify(form)));
  return { ...shown, forms: [...new Set(forms)].map((form) => JSON.parse(form) as unknown) };
}

/** How a card is typed: into our page for a token, or into the fields of a gateway. By the first account that can do either. */
function cardBy({ tokenizers }: CheckoutDeps, offers: readonly MethodOffer[]): "tokens" | "fields" | null {
  for (const { connector } of offers.find(({ type }) => type === "card")?.accounts ?? []) {
    const tokenizer = tokenizers.get(connector);
    if (tokenizer?.tokenize) return "tokens";
    if (tokenizer?.fields) return "fields";
  }
  return null;
}

function testInputs({ testInputs: { connector, cards, vpas } }: CheckoutDeps, { mode }: Scope, offers: readonly MethodOffer[]) {
  const isOffered = offers.some(({ accounts }) => accounts.some((account) => account.connector === connector));
  return mode === "test" && isOffered ? { cards, vpas } : null;
}
