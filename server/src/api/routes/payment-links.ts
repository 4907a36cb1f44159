/** Payment links: an address that a merchant sends to shoppers. */
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import type { Ms } from "../../core/model.ts";
import { currencies } from "../../core/money.ts";
import { linkStatus, linkStatuses, type UsedLink } from "../../core/payment-links.ts";
import { iso } from "../../core/represent.ts";
import { createPaymentLink, deactivatePaymentLink, type CreateLinkInput } from "../../flows/checkout/links.ts";
import type { App } from "../../http/app.ts";
import { callerOf, flowsBy, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { linkQr, sendQr } from "../link-qr.ts";
import { listText } from "../lists.ts";
import { readLocale, readWebUrl, refuseCardsIn } from "../payment-input.ts";
import { emptyBody, errorAnswers, idempotencyHeader, idParams, pageQuery, shows } from "../schemas/common.ts";
import { parseTime } from "../times.ts";
import { createLinkBody, type CreateLinkBody } from "../schemas/payment-link.ts";

export function paymentLinkRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  getRoute(api, {
    noun: "PaymentLink",
    tag,
    path: "/v1/payment-links/:id",
    prefix: "plink",
    permission: "payments.read",
    description: "As it is now. What was paid by it: `GET /v1/orders?payment_link_id=…`.",
    read: ({ merchantId, mode }, id) => deps.flows.settings.paymentLink({ merchantId, mode }, id),
    text: (row) => JSON.stringify(shown(deps)(row, deps.flows.clock.now())),
  });
  listRoute(api, deps);
  deactivateRoute(api, deps);
  qrRoute(api, deps);
}

const tag = "Payment links";

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createPaymentLink",
    summary: "Create a payment link",
    description:
      "An address to send, print or show as a QR code. Whoever opens it pays an order of its own on the checkout's page; opening it alone writes " +
      "nothing. At most `uses` of its orders can be paid, however many shoppers try at once. Each payment has the link's description and metadata.",
    tags: [tag],
    headers: idempotencyHeader,
    body: createLinkBody,
    response: {
      201: shows("PaymentLink", "The link."),
      ...errorAnswers("write", ["invalid_amount", "invalid_currency", "invalid_url"]),
    },
  };
  api.post("/v1/payment-links", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const input = readInput(request.body, deps.flows.clock.now());
    return sendAnswer(reply, await createPaymentLink(flowsBy(deps, request), caller, input, shown(deps)));
  });
}

/** What the schema cannot say. Throws `TillwayError`. */
function readInput(body: CreateLinkBody, now: Ms): CreateLinkInput {
  const { amount: fixed, open_amount: open, currency, description, uses = null, methods, locale, metadata } = body;
  if (fixed === undefined && open === undefined)
    throw new TillwayError("missing_field", {
      param: "amount",
      message: "amount is required, or open_amount if the shopper says how much.",
    });
  if (fixed !== undefined && open !== undefined)
    throw refused("open_amount", "does not go with amount: send amount, or open_amount if the shopper says how much");
  if (!currencies.has(currency)) throw new TillwayError("invalid_currency", { param: "currency" });
  const { minimum = null, maximum = null, suggested = null } = open ?? {};
  if (minimum !== null && maximum !== null && minimum > maximum)
    throw refused("open_amount.maximum", "must not be below open_amount.minimum");
  if (suggested !== null && (suggested < (minimum ?? suggested) || suggested > (maximum ?? suggested)))
    throw refused("open_amount.suggested", "must lie within open_amount.minimum and open_amount.maximum");
  refuseCardsIn({ description }, { metadata });
  return {
    amount: fixed ?? null,
    currency,
    minAmount: minimum,
    maxAmount: maximum,
    suggestedAmount: suggested,
    description: description ?? null,
    uses,
    methods: methods === undefined ? null : [...new Set(methods)],
    returnUrl: readWebUrl(body.return_url, "return_url"),
    locale: readLocale(locale, "locale"),
    metadata: metadata ?? {},
    expiresAt: readExpiry(body.expires_at, now),
  };
}

function readExpiry(text: string | undefined, now: Ms): Ms | null {
  if (text === undefined) return null;
  const at = parseTime(text);
  if (at === null) throw refused("expires_at", "must be a time such as 2027-01-31T12:00:00Z");
  if (at <= now) throw refused("expires_at", "must be in the future");
  return at;
}

function refused(param: string, cure: string): TillwayError {
  return new TillwayError("invalid_field", { param, message: `${param} ${cure}.` });
}

const listQuery = Type.Object({
  ...pageQuery("plink"),
  status: Type.Optional(Type.Enum([...linkStatuses])),
});

function listRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listPaymentLinks",
    summary: "List payment links, newest first",
    description: "By time of creation; with one status.",
    tags: [tag],
    querystring: listQuery,
    response: { 200: shows("PaymentLinkList", "A page."), ...errorAnswers("get", ["invalid_field"]) },
  };
  api.get("/v1/payment-links", { onRequest: api.guard("payments.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const { status } = request.query;
    const now = deps.flows.clock.now();
    const read = (page: Parameters<typeof deps.reads.paymentLinks>[1]) =>
      deps.reads.paymentLinks(scopeOf(request), { ...page, status }, now);
    const render = (row: UsedLink) => shown(deps)(row, now);
    return sendText(reply, 200, await listText(request.query, { prefix: "plink", read, render }));
  });
}

function deactivateRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "deactivatePaymentLink",
    summary: "Deactivate a payment link",
    description:
      "For good. Nobody can begin to pay by it from then on, also who has its page open; a payment under way goes on. Doing it again changes nothing.",
    tags: [tag],
    headers: idempotencyHeader,
    params: idParams,
    body: emptyBody,
    response: { 200: shows("PaymentLink", "The link."), ...errorAnswers("write", ["not_found"]) },
  };
  api.post("/v1/payment-links/:id/deactivate", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    return sendAnswer(reply, await deactivatePaymentLink(flowsBy(deps, request), caller, pathId(request, "plink"), shown(deps)));
  });
}

function qrRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "getPaymentLinkQr",
    summary: "Get the QR code of a payment link",
    description: "As SVG, with its quiet zone. `qr_url` of the link has the same picture for pages and e-mails, which can't send a key.",
    tags: [tag],
    params: idParams,
    querystring: Type.Object({}),
    response: {
      200: { description: "The picture.", content: { "image/svg+xml": { schema: Type.String() } } },
      ...errorAnswers("get", ["not_found"]),
    },
  };
  api.get("/v1/payment-links/:id/qr", { onRequest: api.guard("payments.read"), schema }, async (request, reply) => {
    const link = await deps.flows.settings.paymentLink(scopeOf(request), pathId(request, "plink"));
    if (link === null) throw new TillwayError("not_found");
    return sendQr(reply, linkQr(deps.checkoutUrl, link.token));
  });
}

/** As merchants see it. */
function shown({ checkoutUrl }: Pick<ApiDeps, "checkoutUrl">) {
  return (link: UsedLink, now: Ms): Record<string, unknown> => ({
    id: link.id,
    object: "payment_link",
    status: linkStatus(link, now),
    url: `${checkoutUrl}/l/${link.token}`,
    qr_url: `${checkoutUrl}/l/${link.token}/qr.svg`,
    amount: link.amount,
    open_amount: link.amount === null ? { minimum: link.minAmount, maximum: link.maxAmount, suggested: link.suggestedAmount } : null,
    currency: link.currency,
    description: link.description,
    uses: link.uses,
    times_paid: link.timesPaid,
    methods: link.methods,
    return_url: link.returnUrl,
    locale: link.locale,
    metadata: link.metadata,
    expires_at: link.expiresAt === null ? null : iso(link.expiresAt),
    deactivated_at: link.deactivatedAt === null ? null : iso(link.deactivatedAt),
    created_at: iso(link.createdAt),
  });
}
