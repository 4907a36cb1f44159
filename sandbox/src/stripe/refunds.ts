/** Refunds: at once, after a while, or taken back later. */
import { ofItself } from "./bank.ts";
import { refusalOfEnd, shown } from "./currencies.ts";
import { type Answer, conflict, invalid, missing, ok } from "./errors.ts";
import { announce, type Desk } from "./events.ts";
import type { Given } from "./params.ts";
import { type Charge, type Metadata, newId, type Refund } from "./state.ts";
import { chargeView, type Expand, refundView } from "./views.ts";

export function createRefund(desk: Desk, given: Given, expand: Expand): Answer {
  const charge = chargeOf(desk, given);
  if ("stored" in charge) return charge;
  const { currency } = charge.intent;
  const left = charge.intent.amount - charge.amountRefunded;
  if (charge.status === "succeeded" && left <= 0)
    return conflict("charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  if (!charge.captured || charge.status !== "succeeded")
    return conflict(
      "charge_not_refundable",
      `Charge ${charge.id} has not been captured, so it cannot be refunded. Cancel its PaymentIntent instead.`,
    );
  const amount = (given["amount"] as number | undefined) ?? left;
  if (amount < 1) return invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer");
  const end = refusalOfEnd(amount, currency, "amount");
  if (end !== null) return end;
  if (amount > left) {
    const message = `Refund amount (${shown(amount, currency)}) is greater than unrefunded amount on charge (${shown(left, currency)})`;
    return conflict(undefined, message, { param: "amount" });
  }
  const refund = newRefund(desk, charge, { amount, given });
  announce(desk, "refund.created", refundView(refund, desk.settings));
  if (refund.status !== "failed") {
    charge.amountRefunded += amount;
    announce(desk, "charge.refunded", chargeView(charge, desk.settings));
  } else {
    announce(desk, "refund.failed", refundView(refund, desk.settings));
  }
  plan(desk, refund);
  return ok(refundView(refund, desk.settings, expand));
}

function newRefund({ state, now }: Desk, charge: Charge, { amount, given }: { amount: number; given: Given }): Refund {
  const kind = charge.method.behaviour.refund;
  const refund: Refund = {
    id: newId(state, "re_"),
    createdAt: now,
    charge,
    amount,
    reason: (given["reason"] as string | undefined) ?? null,
    metadata: (given["metadata"] as Metadata | undefined) ?? {},
    status: kind === "pending" ? "pending" : kind === "refused" ? "failed" : "succeeded",
    failureReason: kind === "refused" ? "declined" : null,
  };
  state.refunds.set(refund.id, refund);
  return refund;
}

/** What the bank does with it later. */
function plan(desk: Desk, refund: Refund): void {
  const { refund: kind } = refund.charge.method.behaviour;
  if (kind !== "pending" && kind !== "fails_later") return;
  const happen = (now: number): void => {
    const later = { ...ofItself(desk), now };
    refund.status = kind === "pending" ? "succeeded" : "failed";
    if (kind === "fails_later") {
      refund.failureReason = "expired_or_canceled_card";
      refund.charge.amountRefunded -= refund.amount;
      announce(later, "refund.failed", refundView(refund, desk.settings));
    }
    for (const type of ["refund.updated", "charge.refund.updated"]) announce(later, type, refundView(refund, desk.settings));
  };
  desk.state.later.push({ at: desk.now + desk.settings.laterMs, happen });
}

function chargeOf({ state }: Desk, given: Given): Charge | Answer {
  const { payment_intent: intentId, charge: chargeId } = given as { payment_intent?: string; charge?: string };
  if ((intentId === undefined) === (chargeId === undefined))
    return invalid(
      "One of the following params should be provided for this request: payment_intent or charge.",
      undefined,
      "parameter_missing",
    );
  if (chargeId !== undefined) return state.charges.get(chargeId) ?? missing("charge", chargeId, "charge");
  const intent = state.intents.get(intentId!);
  if (intent === undefined) return missing("payment_intent", intentId!, "payment_intent");
  const message = `This PaymentIntent (${intentId}) does not have a successful charge to refund.`;
  return intent.latestCharge ?? conflict("payment_intent_unexpected_state", message);
}
