/** What a shopper and a merchant read of a decline, whichever gateway it came from. Gateways' own words are for developers, and may name the payer. */
import { methodEntries, methodTypes } from "../core/methods/method.ts";
import type { DeclineCode } from "../core/outcome.ts";

/** A refusal without a reason of its own, by the method; a card's if the method is not known. */
export function plainDecline(method: unknown): DeclineCode {
  const known = methodTypes.find((type) => type === method);
  return known === undefined ? "card_declined" : methodEntries[known].declined;
}

export const declineMessages: Readonly<Record<DeclineCode, string>> = {
  card_declined: "The bank declined the payment.",
  insufficient_funds: "The account does not hold enough.",
  fraud_suspected: "The payment was blocked as risky.",
  expired_card: "The card has expired.",
  incorrect_cvc: "The card's CVC is wrong.",
  lost_card: "The card was reported lost.",
  stolen_card: "The card was reported stolen.",
  limit_exceeded: "The limit of the card or account is reached.",
  authentication_failed: "The authentication failed or was not completed.",
  upi_declined: "The payer or the payer's bank refused.",
  upi_expired: "The payer did not answer in time.",
  bank_declined: "The shopper's bank declined the payment.",
  operation_refused: "The gateway refused the operation.",
  technical_decline: "The bank could not be reached.",
};
