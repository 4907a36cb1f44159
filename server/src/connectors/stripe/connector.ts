/** Our side of Stripe: PaymentIntents with cards that are tokens, their captures, cancels and refunds. */
import { GATEWAY_MAX_LIST_BYTES } from "../../core/constants.ts";
import type { Operation } from "../../core/model.ts";
import { toWire } from "../../core/money.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Call, Capabilities, Connector, Reply } from "../../core/ports/connector.ts";
import { amountRules } from "../amounts.ts";
import { onBase } from "../base.ts";
import { refusalProvesNothing, unknown, type Shown } from "../exchange.ts";
import { checkAccount, stripeAccounts } from "./account.ts";
import { cancelIntent, EXPAND, intentPath, listIn, locateIntent, retrieveCharge, sendCharge } from "./charge.ts";
import { talkAbout, type Answer, type Form, type StripeDeps, type Talk } from "./client.ts";
import { listObjects } from "./list.ts";
import { declined, idIn, keyIn, readCapture, readRefund, readVoid } from "./read.ts";
import { currencies } from "./tables.ts";
import { readEvent, verify } from "./webhooks.ts";
import { ours } from "./words.ts";

const NAME = "stripe";
const REFUNDS = "/v1/refunds";

export const stripeCapabilities: Capabilities = {
  // An intent that was declined is charged again only if somebody confirms it again. With 3-D Secure Stripe puts its client secret into the addresses
  // of its page and of the return: a shopper who confirms with it pays with a card of their own, which is noticed and given back.
  declineIsFinal: true,
  // "Keys can be removed after they are at least 24 hours old": https://docs.stripe.com/api/idempotent_requests.
  idempotencyHorizonMs: 86_400_000,
  canResend: true,
  canFind: true,
  cancels: "by_reference",
  // The list shows an intent as soon as it is there; this much for a create that is still running.
  settleTimeMs: 30_000,
  // Most card networks; the charge itself says when, if it is expanded (`capture_before`).
  authorizationLifetimeMs: 604_800_000,
  operations: ["charge", "capture", "void", "refund"],
  // Several captures of one hold (`final_capture=false`) need a card that allows it and, by Stripe's pricing, an account that does: neither is
  // known when the hold is made. https://docs.stripe.com/payments/multicapture, "Availability".
  captures: "once",
  // "Succeeded" and "canceled" are final, and after a decline nothing happens unless somebody confirms again. What changes by itself is a hold, which
  // lapses within its lifetime: the week of above, and a day more.
  lateTruthMs: 691_200_000,
  // A bank may send back a refund that Stripe called done: "This process can take up to 30 days from the post date", https://docs.stripe.com/refunds,
  // "Failed refunds". And a day more.
  lateRefundMs: 2_678_400_000,
  methods: ["card"],
  currencies,
  // https://docs.stripe.com/rate-limits: the global limits of an account.
  rateLimit: { requestsPerSecond: { test: 25, live: 100 } },
  amounts: amountRules.stripe,
};

export function createStripeConnector(deps: StripeDeps): Connector {
  const about =
    (does: (talk: Talk) => Promise<Outcome>) =>
    async (call: Call): Promise<Reply> => {
      const talk = talkAbout(deps, call);
      return { outcome: await does(talk), exchanges: talk.exchanges };
    };
  return onBase({
    name: NAME,
    capabilities: stripeCapabilities,
    accounts: stripeAccounts,
    check: (account) => checkAccount(deps, account),
    send: about(send),
    retrieve: (call, reference) => about((talk) => retrieve(talk, reference))(call),
    find: about(find),
    cancel: about(cancel),
    list: (account, query) => listObjects(deps, account, query),
    verifyWebhook: verify,
    readWebhook: readEvent,
  });
}

async function send(talk: Talk): Promise<Outcome> {
  const { attempt, method } = talk.call;
  if (attempt.operation === "charge") {
    if (method?.type === "card" && method.connector === NAME) return sendCharge(talk);
    return rejected("not_for_this_gateway", "Stripe takes cards as tokens of its own: create the payment with card.token.");
  }
  const charge = attempt.parentReference;
  if (charge === null) return rejected("not_for_this_gateway", "The attempt names no charge to act on.");
  const amount = toWire(attempt.amount, attempt.currency, amountRules.stripe, attempt.operation);
  if (!amount.ok) return rejected(`invalid_${amount.field}`, amount.message);
  const { path, form } = requests[attempt.operation](charge, amount.wire, talk);
  const answer = await talk.say({
    kind: attempt.sends > 1 ? "resend" : "send",
    method: "POST",
    path,
    form,
    idempotencyKey: attempt.gatewayKey,
    notAfter: talk.call.sendBefore,
  });
  return readSent(talk, answer);
}

function rejected(code: string, message: string): Outcome {
  return { kind: "rejected", code, message };
}

const requests: Readonly<
  Record<Exclude<Operation, "charge">, (charge: string, wire: number, talk: Talk) => { readonly path: string; readonly form: Form }>
> = {
  capture: (charge, wire) => ({ path: intentPath(charge, "capture"), form: { amount_to_capture: wire } }),
  void: (charge) => ({ path: intentPath(charge, "cancel"), form: { cancellation_reason: "requested_by_customer" } }),
  refund: (charge, wire, talk) => ({ path: REFUNDS, form: { payment_intent: charge, amount: wire, ...ours(talk.call) } }),
};

async function readSent(talk: Talk, answer: Answer): Promise<Outcome> {
  const { attempt } = talk.call;
  if (answer.kind === "silence") return answer.outcome;
  if (answer.kind === "object") {
    const shown = read(talk, answer.body);
    // It was done, and the answer says that it was not: asked again, not believed.
    return shown.kind === "not_found" ? unknown("the answer shows nothing done") : shown;
  }
  if (answer.status === 402) return declinedOperation(answer.error);
  if (answer.error["code"] === "charge_already_refunded") return refundedBefore(talk, answer.outcome);
  const { outcome } = answer;
  if (attempt.operation === "refund") return outcome;
  // Something was done to this charge before, perhaps by a request of ours that was lost: the intent says what. Without its id, so that "still
  // held" counts as an answer.
  return outcome.kind === "pending" || outcome.kind === "unknown" ? unknown("refused, perhaps as it was done before") : outcome;
}

function declinedOperation(error: Shown): Outcome {
  const outcome = declined(error, null);
  return outcome.declineCode === "card_declined" ? { ...outcome, declineCode: "operation_refused" } : outcome;
}

/** All was given back, by whom? If the list of refunds, which is the truth at once, has none of ours, this request was refused. */
async function refundedBefore(talk: Talk, refusal: Outcome): Promise<Outcome> {
  const found = await findRefund(talk);
  if (found.kind !== "not_found") return found;
  const message = "The charge was refunded in full before, not by Tillway.";
  return refusalProvesNothing(talk.call.attempt, "money")
    ? unknown("refused: charge_already_refunded")
    : { ...refusal, ...rejected("charge_already_refunded", message) };
}

function read(talk: Talk, body: Shown): Outcome {
  const { attempt } = talk.call;
  if (attempt.operation === "refund") return readRefund(body, attempt);
  return attempt.operation === "capture" ? readCapture(body, attempt) : readVoid(body, attempt);
}

async function retrieve(talk: Talk, reference: string): Promise<Outcome> {
  const { operation } = talk.call.attempt;
  if (operation === "charge") return retrieveCharge(talk, reference);
  const path = operation === "refund" ? `${REFUNDS}/${encodeURIComponent(reference)}` : intentPath(reference);
  const answer = await talk.say({ kind: "question", method: "GET", path, form: operation === "refund" ? {} : EXPAND });
  return answer.kind === "object" ? read(talk, answer.body) : answer.outcome;
}

async function find(talk: Talk): Promise<Outcome> {
  const { operation, parentReference } = talk.call.attempt;
  if (operation === "charge") {
    const located = await locateIntent(talk);
    return "id" in located ? retrieveCharge(talk, located.id) : located.outcome;
  }
  if (parentReference === null) return unknown("the attempt names no charge");
  return operation === "refund" ? findRefund(talk) : retrieve(talk, parentReference);
}

/** A payment has at most a hundred refunds of ours; those of others come beside them. */
const REFUND_PAGES_MAX = 5;

async function findRefund(talk: Talk): Promise<Outcome> {
  const { attempt } = talk.call;
  const form = { payment_intent: attempt.parentReference ?? undefined, limit: 100 };
  let after: string | undefined;
  for (let pages = 0; pages < REFUND_PAGES_MAX; pages++) {
    const answer = await talk.say({
      kind: "question",
      method: "GET",
      path: REFUNDS,
      form: { ...form, starting_after: after },
      maxBytes: GATEWAY_MAX_LIST_BYTES,
    });
    if (answer.kind !== "object") return answer.outcome;
    const rows = listIn(answer.body);
    const ours = rows.find((row) => keyIn(row) === attempt.gatewayKey);
    if (ours) return readRefund(ours, attempt);
    if (answer.body["has_more"] === false) return { kind: "not_found" };
    after = (rows.length > 0 && idIn(rows.at(-1)!)) || undefined;
    if (after === undefined) return unknown("the list does not say how it goes on");
  }
  return unknown("too many refunds to look through");
}

async function cancel(talk: Talk): Promise<Outcome> {
  const reference = talk.call.attempt.gatewayReference;
  if (reference !== null) return cancelIntent(talk, reference);
  const located = await locateIntent(talk);
  return "id" in located ? cancelIntent(talk, located.id) : located.outcome;
}
