/**
 * Test cards, VPAs and amounts. Those that Razorpay publishes do what its pages say; the others are this simulator's own, for what
 * Razorpay's test mode has no instrument for. A card comes as a number, or as the token of the same name.
 */
import type { Script } from "./books.ts";

const says = (reason: string | null, more: Partial<Script> = {}): Script => ({ reason, ...more });

interface TestCard {
  readonly number: string;
  readonly token: string;
  readonly network: "Visa" | "MasterCard";
  readonly script: Script;
  /** Cards of India: the bank asks for an OTP. */
  readonly hasOtp: boolean;
  /** In Razorpay's documentation; the others are ours. */
  readonly isPublished: boolean;
}

const card = (number: string, name: string, script: Script, more: Partial<TestCard> = {}): TestCard => ({
  number,
  token: `token_${name}`,
  network: "Visa",
  script,
  hasOtp: true,
  isPublished: true,
  ...more,
});
/** Not of India, so that no OTP is asked for: the bank answers at once. */
const abroad = (number: string, name: string, script: Script): TestCard =>
  card(number, name, script, { hasOtp: false, isPublished: false });

export const testCards: readonly TestCard[] = [
  card("4100280000001007", "VisaSuccess", says(null)),
  card("5500670000001002", "MasterSuccess", says(null), { network: "MasterCard" }),
  card("4100280000090000", "VisaTimedOut", says("payment_timed_out")),
  card("4100280000080001", "VisaInsufficient", says("insufficient_funds")),
  card("4100280000070002", "VisaCancelled", says("payment_cancelled")),
  card("4100280000060003", "VisaDeclined", says("card_declined")),
  card("4100280000030006", "VisaDisabledOnline", says("card_disabled_for_online_payments")),
  card("4100280000010008", "VisaInvalidNumber", says("card_number_invalid")),
  card("4100280000020007", "VisaGatewayError", says("gateway_technical_error")),
  card("4100280000000009", "VisaAuthenticationFailed", says("authentication_failed")),
  abroad("4012888888881881", "AbroadSuccess", says(null)),
  abroad("4000000000000002", "AbroadDeclined", says("card_declined")),
  abroad("4000000000009995", "AbroadInsufficient", says("insufficient_funds")),
  abroad("4100000000000019", "AbroadRisk", says("payment_risk_check_failed")),
  abroad("4000000000007726", "AbroadRefundFails", says(null, { refundFails: true })),
  abroad("4000000000009235", "AbroadCaptureFails", says(null, { captureFails: true })),
  abroad("4000000000000259", "AbroadLateSuccess", says("gateway_technical_error", { lateAfterMs: 30_000 })),
];

/** Own name of a VPA, before `@razorpay`, and what its payer does. */
const vpas: Readonly<Record<string, Script>> = {
  success: says(null),
  failure: says("payment_declined"),
  slow: says(null, { answersAfterMs: 30_000 }),
  silent: says("payment_collect_request_expired", { answersAfterMs: null }),
  "late-success": says("payment_timed_out", { lateAfterMs: 30_000 }),
  "unknown-status": says(null, { shownAs: "under_review", answersAfterMs: null }),
  "wrong-amount": says(null, { extraAmount: 100 }),
  "refund-failure": says(null, { refundFails: true }),
};
/** Of payments without an own script, in paise, as published for server-to-server UPI. */
const amounts: Readonly<Record<number, string>> = {
  201: "insufficient_funds",
  204: "incorrect_pin",
  302: "payment_cancelled",
  402: "payment_declined",
};

export function cardOf(given: { readonly number?: unknown; readonly token?: unknown }): TestCard | undefined {
  return testCards.find(({ number, token }) => number === given.number || token === given.token);
}

/** A VPA of any other bank pays, and a test amount decides before that. */
export function upiScript(vpa: string | null, amount: number): Script {
  const [name = "", bank] = (vpa ?? "").split("@");
  const own = bank === "razorpay" && Object.hasOwn(vpas, name) ? vpas[name] : undefined;
  return own ?? says(amounts[amount] ?? null);
}
