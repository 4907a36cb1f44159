/** Payment links: an address that a merchant sends to shoppers. */
import { Type } from "typebox";
import { TillwayError } from "../../core/errors.ts";
import { methodTypes } from "../../core/methods/method.ts";
import type { Ms } from "../../core/model.ts";
import { currencies } from "../../core/money.ts";
import { LINK_USES_MAX, linkStatus, linkStatuses, type UsedLink } from "../../core/payment-links.ts";
import { iso } from "../../core/represent.ts";
import { createPaymentLink, deactivatePaymentLink, type CreateLinkInput } from "../../flows/checkout/links.ts";
import type { App } from "../../http/app.ts";
import { callerOf, pathId, scopeOf, sendAnswer, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { getRoute } from "../get-route.ts";
import { linkQr, sendQr } from "../link-qr.ts";
import { listText } from "../lists.ts";
import { readWebUrl, refuseCardsIn } from "../payment-input.ts";
import {
  amount,
  amountIn,
  component,
  currencyIn,
  emptyBody,
  errorAnswers,
  idempotencyHeader,
  idParams,
  listOf,
  nullable,
  pageQuery,
  shows,
  strict,
  TIME,
  timestamp,
  WEB_URL,
} from "../schemas/common.ts";
import { metadataIn } from "../schemas/payment.ts";

export function paymentLinkRoutes(api: App, deps: ApiDeps): void {
  createRoute(api, deps);
  getRoute(api, {
    noun: "PaymentLink",
    tag,
    path: "/v1/payment-links/:id",
    prefix: "plink",
    scope: "payments.read",
    description: "As it is now. What was paid by it: `GET /v1/orders?payment_link_id=…`.",
    read: ({ merchantId, mode }, id) => deps.flows.settings.paymentLink({ merchantId, mode }, id),
    text: (row) => JSON.stringify(shown(deps)(row, deps.flows.clock.now())),
  });
  listRoute(api, deps);
  deactivateRoute(api, deps);
  qrRoute(api, deps);
}

const tag = "Payment links";

const openAmountIn = strict({
  minimum: Type.Optional(amountIn("The least that a shopper may pay, in minor units.")),
  maximum: Type.Optional(amountIn("The most that a shopper may pay. Not below `minimum`.")),
  suggested: Type.Optional(amountIn("What the page shows at first. Within the bounds.")),
});

const createBody = Type.Object(
  {
    amount: Type.Optional(amountIn("In minor units: 50000 is 500.00 INR. Left out with `open_amount`.")),
    open_amount: Type.Optional({
      ...openAmountIn,
      description: "In the place of `amount`: the shopper says how much. All bounds may be left out.",
    }),
    currency: currencyIn(),
    description: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: "What it is for. Shoppers see it, and each payment has it. No card numbers.",
      }),
    ),
    uses: Type.Optional(
      nullable(
        Type.Integer({
          minimum: 1,
          maximum: LINK_USES_MAX,
          description: "How many shoppers may pay by it. Only payments that succeed count. null or left out: any number.",
        }),
      ),
    ),
    expires_at: Type.Optional(
      Type.String({
        maxLength: 40,
        pattern: TIME,
        description: "Until when it can be paid. A payment under way then goes on. Left out: until you deactivate it. ISO 8601, UTC.",
        examples: ["2027-01-31T12:00:00Z"],
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.Enum([...methodTypes]), {
        minItems: 1,
        maxItems: methodTypes.length,
        description: "What the shopper may choose of. Left out: all that your accounts take.",
      }),
    ),
    locale: Type.Optional(
      Type.String({
        maxLength: 35,
        pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        description: "The page's language, as a tag of BCP 47. Left out: the browser's.",
        examples: ["hi"],
      }),
    ),
    return_url: Type.Optional(
      Type.String({
        maxLength: 2_048,
        pattern: WEB_URL,
        description: "Where the shopper goes on after the payment. http or https. Left out: the page stays and says that it is paid.",
      }),
    ),
    metadata: Type.Optional(metadataIn),
  },
  {
    additionalProperties: false,
    if: { required: ["amount"], properties: { amount: {}, open_amount: false }, additionalProperties: true },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, and nobody awaits a schema
    then: { properties: { amount: {}, open_amount: false }, additionalProperties: true },
    else: { required: ["open_amount"], properties: { amount: false, open_amount: {} }, additionalProperties: true },
    examples: [
      { amount: 50_000, currency: "INR", description: "Pottery class, 12 December", uses: 1 },
      { open_amount: { minimum: 10_000, suggested: 50_000 }, currency: "INR", description: "Donation" },
    ],
  },
);

type CreateBody = Type.Static<typeof createBody>;

function createRoute(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "createPaymentLink",
    summary: "Create a payment link",
    description:
      "An address to send, print or show as a QR code. Whoever opens it pays an order of its own on the checkout's page; opening it alone writes " +
      "nothing. At most `uses` of its orders can be paid, however many shoppers try at once. Each payment has the link's description and metadata.",
    tags: [tag],
    headers: idempotencyHeader,
    body: createBody,
    response: {
      201: shows("PaymentLink", "The link."),
      ...errorAnswers("write", ["invalid_amount", "invalid_currency", "invalid_url"]),
    },
  };
  api.post("/v1/payment-links", { onRequest: api.guard("payments.write"), schema }, async (request, reply) => {
    const caller = callerOf(deps, request);
    const input = readInput(request.body, deps.flows.clock.now());
    return sendAnswer(reply, await createPaymentLink(deps.flows, caller, input, shown(deps)));
  });
}

/** What the schema cannot say. Throws `TillwayError`. */
function readInput(body: CreateBody, now: Ms): CreateLinkInput {
  const { amount: fixed, open_amount: open, currency, description, uses = null, methods, locale = null, metadata } = body;
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
    locale,
    metadata: metadata ?? {},
    expiresAt: readExpiry(body.expires_at, now),
  };
}

function readExpiry(text: string | undefined, now: Ms): Ms | null {
  if (text === undefined) return null;
  const at = new RegExp(TIME).test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw refused("expires_at", "must be a time such as 2027-01-31T12:00:00Z");
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
    return sendAnswer(reply, await deactivatePaymentLink(deps.flows, caller, pathId(request, "plink"), shown(deps)));
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
    produces: ["image/svg+xml"],
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

export const paymentLinkSchema = component("PaymentLink", {
  id: Type.String({ examples: ["plink_01KAJ0000000000000000000AB"] }),
  object: Type.Literal("payment_link"),
  status: Type.Enum([...linkStatuses], {
    description: "`used_up`: as many orders of it are paid as may be. `expired`: its time is over. Only an `active` one can be paid.",
  }),
  url: Type.String({ description: "What to send to shoppers.", examples: ["https://pay.example.com/l/7k3m9q2x5v8w1t4r6y0z"] }),
  qr_url: Type.String({
    description: "The same address as a picture of a QR code (SVG), for pages and e-mails.",
    examples: ["https://pay.example.com/l/7k3m9q2x5v8w1t4r6y0z/qr.svg"],
  }),
  amount: nullable(amount()),
  open_amount: nullable(
    Type.Object(
      { minimum: nullable(amount()), maximum: nullable(amount()), suggested: nullable(amount()) },
      { additionalProperties: false, description: "The shopper says how much, within these. null: `amount` is fixed." },
    ),
  ),
  currency: Type.String(),
  description: nullable(Type.String()),
  uses: nullable(Type.Integer({ description: "How many shoppers may pay by it. null: any number." })),
  times_paid: Type.Integer({ description: "How many orders of it are paid. One that was refunded counts." }),
  methods: nullable(Type.Array(Type.Enum([...methodTypes]), { description: "null: all that your accounts take." })),
  return_url: nullable(Type.String()),
  locale: nullable(Type.String({ description: "null: the browser's." })),
  metadata: Type.Record(Type.String(), Type.String()),
  expires_at: nullable(timestamp("Until when it can be paid.")),
  deactivated_at: nullable(timestamp("When it was deactivated.")),
  created_at: timestamp("When it was created."),
});

export const paymentLinkListSchema = listOf("PaymentLinkList", "PaymentLink");
