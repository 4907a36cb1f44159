/** Our side of Razorpay: orders and payments server to server, captures, refunds, questions and webhooks. */
import type { Call, Capabilities, Connector, Reply } from "../../core/ports/connector.ts";
import type { Outcome } from "../../core/outcome.ts";
import { amountRules } from "../amounts.ts";
import { onBase } from "../base.ts";
import { refusalProvesNothing, unknown, type Shown } from "../exchange.ts";
import { checkAccount, razorpayAccounts } from "./account.ts";
import { chargeOf, decisivePayment, findCharge, sendCharge } from "./charge.ts";
import { bodyOf, converse, type Conversation, type RazorpayDeps } from "./conversation.ts";
import { listEntities } from "./list.ts";
import { captureOutcome, itemsOf, notesOf, receiptOf, refundOutcome } from "./map.ts";
import { CONNECTOR, takenMethods } from "./methods.ts";
import { refundBody } from "./requests.ts";
import { currencies, HOLD_MINUTES, LATE_TRUTH_MS } from "./tables.ts";
import { isCheckoutSignature, readWebhookBody, verifyWebhook } from "./webhooks.ts";

export const razorpayCapabilities: Capabilities = {
  // A payment that failed may be authorized up to five days later.
  declineIsFinal: false,
  // No keys for payments. But an order is kept under its receipt for good, and takes one success; refunds keep theirs for a day at least.
  idempotencyHorizonMs: 86_400_000,
  // Never blindly: `sendCharge` looks at the order's payments first.
  canResend: true,
  canFind: true,
  // Neither orders nor payments can be canceled.
  cancels: "never",
  // The time in which a request that we gave up may still arrive.
  settleTimeMs: 20_000,
  authorizationLifetimeMs: HOLD_MINUTES * 60_000,
  operations: ["charge", "capture", "refund"],
  captures: "full",
  lateTruthMs: LATE_TRUTH_MS,
  ...takenMethods({ upiCollect: false }),
  currencies,
  amounts: amountRules.razorpay,
};

/** Credentials of an account: `key_id`, `key_secret`, `webhook_secret`, and if wanted `previous_webhook_secret`, `refund_speed`. */
export function createRazorpayConnector(deps: RazorpayDeps): Connector {
  const answer = async (call: Call, ask: (talk: Conversation) => Promise<Outcome>): Promise<Reply> => {
    const talk = converse(deps, call);
    return talk.end(await ask(talk));
  };
  return onBase({
    name: CONNECTOR,
    capabilities: { ...razorpayCapabilities, ...takenMethods({ upiCollect: deps.upiCollect ?? false }) },
    send: (call) => {
      switch (call.attempt.operation) {
        case "charge":
          return sendCharge(deps, call);
        case "capture":
          return answer(call, sendCapture);
        case "refund":
          return answer(call, sendRefund);
        case "void":
          return answer(call, () => Promise.resolve(refused("Razorpay can't release a hold: it lapses by itself.")));
      }
    },
    retrieve: (call, reference) => answer(call, (talk) => retrieve(talk, reference)),
    find: (call) => answer(call, find),
    accounts: razorpayAccounts,
    check: (account) => checkAccount(deps, account),
    list: (account, query) => listEntities(deps, account, query),
    verifyWebhook,
    readWebhook: readWebhookBody,
    verifyReturn: (proof, { gatewayReference: orderId }, { credentials }) => {
      const { razorpay_payment_id: paymentId = "", razorpay_signature: signature = "" } = proof;
      return orderId !== null && isCheckoutSignature({ orderId, paymentId, signature }, credentials["key_secret"] ?? "");
    },
  });
}

function refused(message: string): Outcome {
  return { kind: "rejected", code: "not_for_this_gateway", message };
}

/** The payment of the charge that is acted on; an outcome if it can't be seen. To ask for it moves nothing. */
async function parentPayment(talk: Conversation): Promise<{ readonly payment: Shown; readonly path: string } | Outcome> {
  const { attempt } = talk.call;
  if (attempt.parentReference === null) return refused("The attempt names no charge to act on.");
  const found = await decisivePayment(talk, attempt.parentReference);
  if (!("kind" in found)) return { payment: found.payment, path: `/payments/${encodeURIComponent(String(found.payment["id"]))}` };
  if (found.kind === "unknown" && found.mismatch === undefined && !refusalProvesNothing(attempt, "money"))
    return { kind: "not_sent", reason: `nothing was sent: ${found.reason}` };
  return found.kind === "not_found" ? unknown("the order shows no payment") : found;
}

async function sendCapture(talk: Conversation): Promise<Outcome> {
  const { amount, currency } = talk.call.attempt;
  const parent = await parentPayment(talk);
  if ("kind" in parent) return parent;
  if (parent.payment["amount"] !== amount || parent.payment["currency"] !== currency)
    return refused(`Razorpay captures the whole of a payment, which is ${String(parent.payment["amount"])}.`);
  const result = await talk.ask({ path: `${parent.path}/capture`, money: { amount, currency } });
  return talk.read(result, "money", (body) => {
    const outcome = captureOutcome(body);
    // It was accepted, and is shown as not done yet.
    return outcome.kind === "not_found" ? { kind: "pending", reference: null } : outcome;
  });
}

async function sendRefund(talk: Conversation): Promise<Outcome> {
  const parent = await parentPayment(talk);
  if ("kind" in parent) return parent;
  const headers = { "x-refund-idempotency": receiptOf(talk.call.attempt.gatewayKey) };
  const result = await talk.ask({ path: `${parent.path}/refund`, money: refundBody(talk.call), headers });
  return talk.read(result, "money", (body) => talk.readEntity(body, refundOutcome));
}

async function retrieve(talk: Conversation, reference: string): Promise<Outcome> {
  const { operation } = talk.call.attempt;
  if (operation === "charge") return chargeOf(talk, reference);
  const isRefund = operation === "refund";
  const result = await talk.ask({ path: `/${isRefund ? "refunds" : "payments"}/${encodeURIComponent(reference)}` });
  return talk.read(result, "question", (body) => {
    if (body["id"] !== reference) return { ...unknown("the answer is about something else"), mismatch: `another entity than ${reference}` };
    return isRefund ? talk.readEntity(body, refundOutcome) : captureOutcome(body);
  });
}

async function find(talk: Conversation): Promise<Outcome> {
  const { operation, parentReference } = talk.call.attempt;
  if (operation === "charge") return findCharge(talk);
  if (parentReference === null) return { kind: "not_found" };
  const found = await decisivePayment(talk, parentReference);
  if ("kind" in found) return found;
  return operation === "refund" ? findRefund(talk, String(found.payment["id"])) : captureOutcome(found.payment);
}

const REFUNDS_PER_PAGE = 100;
/** We make 100 refunds of a payment at most; others may make some at Razorpay itself. */
const REFUND_PAGES_MAX = 5;

async function findRefund(talk: Conversation, paymentId: string): Promise<Outcome> {
  const { gatewayKey } = talk.call.attempt;
  const isOurs = (refund: Shown): boolean => notesOf(refund)["tillway_key"] === gatewayKey || refund["receipt"] === receiptOf(gatewayKey);
  for (let page = 0; page < REFUND_PAGES_MAX; page++) {
    const query = `count=${REFUNDS_PER_PAGE}&skip=${page * REFUNDS_PER_PAGE}`;
    const result = await talk.ask({ path: `/payments/${encodeURIComponent(paymentId)}/refunds?${query}` });
    const body = bodyOf(result);
    const items = body && itemsOf(body);
    if (items === null) return talk.read(result, "question", () => unknown("the answer is no list of refunds"));
    const ours = items.find(isOurs);
    if (ours !== undefined) return talk.readEntity(ours, refundOutcome);
    if (items.length < REFUNDS_PER_PAGE) return { kind: "not_found" };
  }
  return unknown("the payment has more refunds than were read");
}
