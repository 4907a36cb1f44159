/** The test cards that Stripe publishes, by token and number, and tokens of this far side's own (`pm_sim_…`) for what no real token does. */
import { isStripeFault, type StripeFaultName } from "./faults.ts";

export interface CardFace {
  readonly brand: string;
  readonly last4: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly country: string;
  readonly funding: string;
}

export type DeclineName = keyof typeof declines;

export interface Behaviour {
  readonly confirm: "approve" | "decline" | "challenge" | "process";
  /** Of the decline, of what follows a challenge that was passed, or of what follows the processing; none: approved. */
  readonly decline?: DeclineName;
  readonly refund?: "pending" | "fails_later" | "refused";
  /** The first confirm with it meets this. */
  readonly fault?: StripeFaultName;
  readonly quirk?: "wrong_amount" | "unknown_status" | "capture_refused" | "cancel_refused";
}

interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
  readonly adviceCode: string | null;
  readonly networkCode: string | null;
  /** Stripe's own rules refused it: no bank was asked. */
  readonly blocked?: true;
}

const declined = "Your card was declined.";
/** A word of the bank's, which is its own `code` too unless the card is declined as such. */
const decline = (declineCode: string, adviceCode: string | null, networkCode: string, message = declined): Decline => ({
  code: message === declined || declineCode === "insufficient_funds" ? "card_declined" : declineCode,
  declineCode,
  message,
  adviceCode,
  networkCode,
});
const AUTHENTICATE = "Your card was declined. This transaction requires authentication.";

/** `code`, `decline_code` and the advice that comes with it. */
export const declines = {
  generic_decline: decline("generic_decline", "try_again_later", "05"),
  insufficient_funds: decline("insufficient_funds", "try_again_later", "51", "Your card has insufficient funds."),
  lost_card: decline("lost_card", "do_not_try_again", "41"),
  stolen_card: decline("stolen_card", "do_not_try_again", "43"),
  card_velocity_exceeded: decline("card_velocity_exceeded", "try_again_later", "61"),
  expired_card: decline("expired_card", "do_not_try_again", "54", "Your card has expired."),
  incorrect_cvc: decline("incorrect_cvc", "confirm_card_data", "N7", "Your card's security code is incorrect."),
  processing_error: decline(
    "processing_error",
    "try_again_later",
    "96",
    "An error occurred while processing your card. Try again in a little bit.",
  ),
  fraudulent: {
    code: "card_declined",
    declineCode: "fraudulent",
    message: declined,
    adviceCode: "do_not_try_again",
    networkCode: null,
    blocked: true,
  },
  authentication_required: decline("authentication_required", null, "65", AUTHENTICATE),
} as const satisfies Record<string, Decline>;

interface TestCard {
  readonly number: string;
  readonly tokens: readonly string[];
  readonly behaviour: Behaviour;
  readonly brand?: string;
  readonly country?: string;
  readonly funding?: string;
}

const approve: Behaviour = { confirm: "approve" };
const declining = (name: DeclineName): Behaviour => ({ confirm: "decline", decline: name });
const card = (number: string, tokens: string, behaviour: Behaviour, face: Partial<TestCard> = {}): TestCard => ({
  number,
  tokens: tokens.split(" "),
  behaviour,
  ...face,
});

/** Stripe's page "Testing". */
export const testCards: readonly TestCard[] = [
  card("4242424242424242", "pm_card_visa pm_card_us", approve),
  card("4000056655665556", "pm_card_visa_debit", approve, { funding: "debit" }),
  card("5555555555554444", "pm_card_mastercard", approve, { brand: "mastercard" }),
  card("5200828282828210", "pm_card_mastercard_debit", approve, { brand: "mastercard", funding: "debit" }),
  card("378282246310005", "pm_card_amex", approve, { brand: "amex" }),
  card("6011111111111117", "pm_card_discover", approve, { brand: "discover" }),
  card("3056930009020004", "pm_card_diners", approve, { brand: "diners" }),
  card("3566002020360505", "pm_card_jcb", approve, { brand: "jcb" }),
  card("6200000000000005", "pm_card_unionpay", approve, { brand: "unionpay" }),
  card("4000003560000008", "pm_card_in", approve, { country: "IN" }),
  card("4000008260000000", "pm_card_gb", approve, { country: "GB" }),
  card("4000002760000016", "pm_card_de", approve, { country: "DE" }),
  card("4000000000000077", "pm_card_bypassPending", approve),
  card("4000000000000259", "pm_card_createDispute", approve),
  card("4000000000009235", "pm_card_riskLevelElevated", approve),
  card("4000000000000002", "pm_card_visa_chargeDeclined pm_card_chargeDeclined", declining("generic_decline")),
  card("4000000000000341", "pm_card_chargeCustomerFail", declining("generic_decline")),
  card(
    "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds pm_card_chargeDeclinedInsufficientFunds",
    declining("insufficient_funds"),
  ),
  card("4000000000009987", "pm_card_visa_chargeDeclinedLostCard pm_card_chargeDeclinedLostCard", declining("lost_card")),
  card("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard pm_card_chargeDeclinedStolenCard", declining("stolen_card")),
  card("4000000000006975", "pm_card_visa_chargeDeclinedVelocityLimitExceeded", declining("card_velocity_exceeded")),
  card("4000000000000069", "pm_card_chargeDeclinedExpiredCard", declining("expired_card")),
  card("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", declining("incorrect_cvc")),
  card("4000000000000119", "pm_card_chargeDeclinedProcessingError", declining("processing_error")),
  card("4100000000000019", "pm_card_radarBlock pm_card_chargeDeclinedFraudulent", declining("fraudulent")),
  card("4000000000004954", "pm_card_riskLevelHighest", declining("fraudulent")),
  card("4000002500003155", "pm_card_authenticationRequiredOnSetup", { confirm: "challenge" }),
  card("4000002760003184", "pm_card_authenticationRequired", { confirm: "challenge" }),
  card("4000000000003220", "pm_card_threeDSecure2Required", { confirm: "challenge" }),
  card("4000000000003063", "pm_card_threeDSecureRequired", { confirm: "challenge" }),
  card("4000000000003055", "pm_card_threeDSecureOptional", approve),
  card("4000008260003178", "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", {
    confirm: "challenge",
    decline: "insufficient_funds",
  }),
  card("4000008400001629", "pm_card_threeDSecureRequiredChargeDeclined", { confirm: "challenge", decline: "generic_decline" }),
  card("4000000000007726", "pm_card_pendingRefund", { confirm: "approve", refund: "pending" }),
  card("4000000000005126", "pm_card_refundFail", { confirm: "approve", refund: "fails_later" }),
];

/** Not Stripe's: for what its gateway may do and no token of Stripe's asks for. */
const simulated: Readonly<Record<string, Behaviour>> = {
  pm_sim_processing: { confirm: "process" },
  pm_sim_processing_declined: { confirm: "process", decline: "generic_decline" },
  pm_sim_refund_refused: { confirm: "approve", refund: "refused" },
  pm_sim_capture_refused: { confirm: "approve", quirk: "capture_refused" },
  pm_sim_cancel_refused: { confirm: "approve", quirk: "cancel_refused" },
  pm_sim_wrong_amount: { confirm: "approve", quirk: "wrong_amount" },
  pm_sim_unknown_status: { confirm: "process", quirk: "unknown_status" },
};
const FAULT_TOKEN = /^pm_sim_fault_([a-z_]+)$/;

/** What a token stands for; null: there is no such payment method. `pm_sim_fault_timeout_after` meets the fault `timeout-after`. */
export function cardOfToken(token: string): { readonly face: CardFace; readonly behaviour: Behaviour } | null {
  const known = testCards.find(({ tokens }) => tokens.includes(token));
  if (known !== undefined) return { face: faceOf(known), behaviour: known.behaviour };
  if (Object.hasOwn(simulated, token)) return { face: faceOf(testCards[0]!), behaviour: simulated[token]! };
  const fault = FAULT_TOKEN.exec(token)?.[1]?.replaceAll("_", "-");
  return fault === undefined || !isStripeFault(fault) ? null : { face: faceOf(testCards[0]!), behaviour: { ...approve, fault } };
}

/** A published test number; null: any other, which goes nowhere and is kept nowhere. */
export function cardOfNumber(number: string): { readonly face: CardFace; readonly behaviour: Behaviour } | null {
  const known = testCards.find((one) => one.number === number);
  return known === undefined ? null : { face: faceOf(known), behaviour: known.behaviour };
}

function faceOf({ number, brand = "visa", country = "US", funding = "credit" }: TestCard): CardFace {
  return { brand, country, funding, last4: number.slice(-4), expMonth: 12, expYear: 2034 };
}
