/** Payment links: made and ended by merchants, opened by whoever has the address. */
import { LINK_CHECKOUT_LASTS_MS, LINK_TOKEN_CHARS, linkStatus, linkToken, whyNotAmount } from "../../core/payment-links.ts";
import type { PaymentLink, UsedLink } from "../../core/payment-links.ts";
import { TillwayError } from "../../core/errors.ts";
import type { Ms, Order } from "../../core/model.ts";
import type { CheckoutSession } from "../../core/checkout.ts";
import { formatMoney } from "../../core/money.ts";
import { iso } from "../../core/represent.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export type CreateLinkInput = Omit<PaymentLink, "merchantId" | "mode" | "id" | "token" | "deactivatedAt" | "createdAt">;

/** As merchants see one. */
export type RenderLink = (link: UsedLink, now: Ms) => Record<string, unknown>;

/** A payment link, once per idempotency key. */
export async function createPaymentLink(deps: Deps, caller: Caller, input: CreateLinkInput, render: RenderLink): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const { now, id } = contextOf(deps);
  const token = linkToken(deps.random.bytes(LINK_TOKEN_CHARS));
  const link: PaymentLink = { ...caller.scope, id: id("plink"), token, ...input, deactivatedAt: null, createdAt: now };
  const body = JSON.stringify(render({ ...link, timesPaid: 0 }, now));
  const key = rowFor(deps, caller, { subject: link.id, status: 201, answerBody: body });
  if ((await deps.settings.createPaymentLink(link, key)) === "applied") return { status: 201, body, replayed: false };
  return (await storedAnswer(deps, caller))?.answer ?? inProgress();
}

/** Nobody can begin to pay by it from now on. One that was deactivated before stays as it is. Throws `TillwayError` not_found. */
export async function deactivatePaymentLink(deps: Deps, caller: Caller, id: string, render: RenderLink): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const link = await deps.settings.paymentLink(caller.scope, id);
  if (link === null) throw new TillwayError("not_found");
  const now = deps.clock.now();
  const body = JSON.stringify(render({ ...link, deactivatedAt: link.deactivatedAt ?? now }, now));
  if (link.deactivatedAt !== null) return { status: 200, body, replayed: false };
  const key = rowFor(deps, caller, { subject: id, status: 200, answerBody: body });
  const result = await deps.settings.deactivatePaymentLink(caller.scope, id, { now, key });
  if (result === "applied") return { status: 200, body, replayed: false };
  if (result === "duplicate") return (await storedAnswer(deps, caller))?.answer ?? inProgress();
  // Somebody else was faster.
  return { status: 200, body: JSON.stringify(render((await deps.settings.paymentLink(caller.scope, id))!, now)), replayed: false };
}

export interface LinkCheckoutInput {
  /** Null: the shopper said none. */
  readonly amount: number | null;
  /** Of the link's own page: there the shopper goes who leaves. */
  readonly cancelUrl: string;
}

/** An order of a link and a session of it, once per idempotency key. Throws `TillwayError`: the link is over, or the amount is none of it. */
export async function openLinkCheckout(deps: Deps, caller: Caller, link: UsedLink, input: LinkCheckoutInput): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const { now, id } = contextOf(deps);
  refuseUnlessActive(link, now);
  const order: Order = {
    ...caller.scope,
    id: id("ord"),
    status: "created",
    amount: readAmount(link, input.amount),
    currency: link.currency,
    amountPaid: 0,
    receipt: null,
    notes: link.metadata,
    paymentLinkId: link.id,
    requestId: caller.requestId,
    createdAt: now,
  };
  const session: CheckoutSession = {
    ...caller.scope,
    id: id("cs"),
    orderId: order.id,
    methods: link.methods,
    returnUrl: link.returnUrl,
    cancelUrl: input.cancelUrl,
    locale: link.locale,
    customer: null,
    expiresAt: Math.min(now + LINK_CHECKOUT_LASTS_MS, link.expiresAt ?? Infinity),
    canceledAt: null,
    createdAt: now,
  };
  const body = JSON.stringify({ session_id: session.id, order_id: order.id, expires_at: iso(session.expiresAt) });
  const key = rowFor(deps, caller, { subject: session.id, status: 201, answerBody: body });
  if ((await deps.settings.createLinkCheckout({ order, session }, key)) === "applied") return { status: 201, body, replayed: false };
  return (await storedAnswer(deps, caller))?.answer ?? inProgress();
}

function refuseUnlessActive(link: UsedLink, now: Ms): void {
  const status = linkStatus(link, now);
  if (status === "used_up") throw new TillwayError("payment_link_used_up");
  if (status === "expired")
    throw new TillwayError("invalid_state", { message: "This payment link has expired. Ask the shop for a new one." });
  if (status === "deactivated")
    throw new TillwayError("invalid_state", { message: "This payment link was deactivated. Ask the shop for a new one." });
}

/** The page has checked it, and whoever asks without the page is asked here. */
function readAmount(link: PaymentLink, wanted: number | null): number {
  const amount = wanted ?? link.amount;
  if (amount === null)
    throw new TillwayError("missing_field", { param: "amount", message: "amount is required: this link leaves it to the shopper." });
  const why = whyNotAmount(link, amount);
  if (why === null) return amount;
  const bound = { fixed: link.amount, too_small: link.minAmount, too_large: link.maxAmount }[why]!;
  const what = { fixed: "is for", too_small: "takes at least", too_large: "takes at most" }[why];
  throw new TillwayError("invalid_amount", { param: "amount", message: `This link ${what} ${formatMoney(bound, link.currency)}.` });
}
