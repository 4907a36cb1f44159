/** What becomes of a payment of each scenario of docs/test-scenarios.md, and the words with which its timeline explains it. */

const TAKEN = "500.00 INR was taken at sandbox. Ship it.";
const notTaken = (why: string): string => `Nothing was taken: ${why} The shopper may try again with a new payment.`;

/** The end that docs/test-scenarios.md promises; the decline code if it failed; and what its timeline says of it, and is to be done. */
export const ends: Readonly<Record<string, readonly [status: string, code: string | undefined, says: string | RegExp]>> = {
  success: ["succeeded", undefined, TAKEN],
  "card-declined": ["failed", "card_declined", notTaken("The bank declined the payment.")],
  "insufficient-funds": ["failed", "insufficient_funds", notTaken("The account does not hold enough.")],
  "fraud-suspected": ["failed", "fraud_suspected", notTaken("The payment was blocked as risky.")],
  "expired-card": ["failed", "expired_card", notTaken("The card has expired.")],
  "incorrect-cvc": ["failed", "incorrect_cvc", notTaken("The card's CVC is wrong.")],
  "lost-card": ["failed", "lost_card", notTaken("The card was reported lost.")],
  "stolen-card": ["failed", "stolen_card", notTaken("The card was reported stolen.")],
  "limit-exceeded": ["failed", "limit_exceeded", notTaken("The limit of the card or account is reached.")],
  "technical-decline": ["failed", "technical_decline", notTaken("The bank could not be reached.")],
  failure: ["failed", "upi_declined", notTaken("The payer or the payer's bank refused.")],
  pending: ["succeeded", undefined, TAKEN],
  processing: ["succeeded", undefined, TAKEN],
  "timeout-after": ["succeeded", undefined, TAKEN],
  "error-after": ["succeeded", undefined, TAKEN],
  "html-after": ["succeeded", undefined, TAKEN],
  "reset-after": ["succeeded", undefined, TAKEN],
  "cut-after": ["succeeded", undefined, TAKEN],
  throttled: ["succeeded", undefined, TAKEN],
  "error-before": ["succeeded", undefined, TAKEN],
  "reset-before": ["succeeded", undefined, TAKEN],
  unavailable: ["succeeded", undefined, TAKEN],
  "late-webhook": ["succeeded", undefined, TAKEN],
  "duplicate-webhook": ["succeeded", undefined, TAKEN],
  "reordered-webhooks": ["succeeded", undefined, TAKEN],
  "lost-webhook": ["succeeded", undefined, TAKEN],
  "captured-later": [
    "failed",
    "card_declined",
    "It failed: The bank declined the payment. sandbox took 500.00 INR later all the same, and gave it back. The shopper may try again with a new payment.",
  ],
  "wrong-amount": [
    "processing",
    undefined,
    /^Whether sandbox took the money is not known: its answer is about something else than was asked for, so nothing else is tried until it says\.( It was asked \d+ times so far\.)? Do not charge the shopper again\. Case case_\w+ \(mismatched_answer\): Compare the payment/,
  ],
};

/** What is said of those that need longer, as long as they do. */
export const meanwhile: Readonly<Record<string, RegExp>> = {
  challenge: /^The shopper must finish the challenge of sandbox until \d.*Z; send the shopper to next_action\.$/,
  timeout: /^sandbox works on the charge and will say when it is done\.( It was asked \d+ times so far\.)? Wait for the webhook\.$/,
  "unknown-status":
    /^sandbox works on the charge and will say when it is done\.( It was asked \d+ times so far\.)? Wait for the webhook\.$/,
  "timeout-before":
    /^Whether sandbox took the money is not known: it did not answer, so nothing else is tried until it says\.( It was asked \d+ times so far\.)? Do not charge the shopper again\.$/,
};
