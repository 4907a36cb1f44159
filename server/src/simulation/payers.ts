/** What the simulated merchant asks for, and who pays: money and methods that fit the world's gateways, well-behaved and not. */
import type { Customer, PaymentMethod } from "../core/model.ts";
import { inputOfToken, type ScenarioName, scenarioTable, tokenOf } from "@tillway/sandbox";
import type { Chance } from "./random.ts";
import type { GatewayName, Swarm } from "./swarm.ts";

export interface Payer {
  readonly method: PaymentMethod;
  readonly customer: Customer | null;
  readonly returnUrl: string | null;
}

/** The gateway that a payment is meant for; its money may be another's too. Where there is one gateway, nothing is drawn. */
export function drawGateway(chance: Chance, { gateways }: Swarm): GatewayName {
  return gateways.length === 1 ? gateways[0]! : chance.pick(gateways);
}

/** A card is the token of one gateway; a VPA is paid by whichever takes it. */
function mayMove(gateways: readonly GatewayName[]): boolean {
  return gateways.includes("sandbox") && gateways.includes("razorpay");
}

/** Each of the two reads it in its own way. */
function anyVpa(chance: Chance, { scenarioShare }: Swarm): PaymentMethod {
  const name = chance.hit(scenarioShare) ? chance.pick(chance.hit(0.5) ? scenarios : razorpayVpas) : "somebody";
  return { type: "upi", vpa: `${name}@razorpay` };
}

const currenciesOf: Readonly<Record<GatewayName, readonly string[]>> = {
  sandbox: ["INR", "EUR", "JPY", "KWD"],
  stripe: ["INR", "EUR", "JPY", "KWD", "ISK"],
  // Its UPI is in rupees only.
  razorpay: ["INR", "INR", "INR", "EUR", "JPY", "KWD"],
};

export function drawMoney(
  chance: Chance,
  { gateways }: Swarm,
  gateway: GatewayName,
): { readonly amount: number; readonly currency: string } {
  const amount = chance.int(1, 100_000);
  const currency = chance.pick(currenciesOf[mayMove(gateways) ? "razorpay" : gateway]);
  if (gateway === "sandbox" || currency !== "KWD" || chance.hit(0.2)) return { amount, currency };
  // Most of them as the card networks take dinars.
  return { amount: Math.max(10, amount - (amount % 10)), currency };
}

export function drawPayer(chance: Chance, swarm: Swarm, gateway: GatewayName): Payer {
  if (gateway === "sandbox" && swarm.gateways.length === 1) {
    const customer = swarm.mail === null ? null : { email: "asha@example.com" };
    return { method: atSandbox(chance, swarm), customer, returnUrl: null };
  }
  const isShared = mayMove(swarm.gateways) && chance.hit(0.5);
  const method = isShared ? anyVpa(chance, swarm) : methodsOf[gateway](chance, swarm);
  // Without these Razorpay is never asked.
  const customer = chance.hit(0.97) ? { email: "asha@example.com", phone: "+919999999999" } : null;
  return { method, customer, returnUrl: chance.hit(0.6) ? "https://shop.invalid/back" : null };
}

const scenarios = Object.keys(scenarioTable) as ScenarioName[];

function atSandbox(chance: Chance, swarm: Swarm): PaymentMethod {
  const scenario = chance.hit(swarm.scenarioShare) ? chance.pick(scenarios) : null;
  if (chance.hit(0.2)) return { type: "upi", vpa: `${scenario ?? "somebody"}@sandbox` };
  const token = scenario === null ? "tok_plain_visa" : tokenOf(scenario);
  if (inputOfToken(token) === null) throw new Error(`the sandbox does not know ${token}`);
  return { type: "card", connector: "sandbox", token, network: "visa", last4: "4242" };
}

const methodsOf: Readonly<Record<GatewayName, (chance: Chance, swarm: Swarm) => PaymentMethod>> = {
  sandbox: atSandbox,
  stripe: (chance, { scenarioShare }) => tokenAt("stripe", chance.hit(scenarioShare) ? `pm_${chance.pick(stripeTokens)}` : "pm_card_visa"),
  razorpay(chance, { scenarioShare }) {
    const isOdd = chance.hit(scenarioShare);
    // A link, that any app pays.
    if (chance.hit(0.15)) return { type: "upi", vpa: null };
    if (chance.hit(0.4)) return { type: "upi", vpa: `${isOdd ? chance.pick(razorpayVpas) : "somebody"}@razorpay` };
    return tokenAt("razorpay", `token_${isOdd ? chance.pick(razorpayCards) : "AbroadSuccess"}`);
  },
};

function tokenAt(connector: GatewayName, token: string): PaymentMethod {
  return { type: "card", connector, token, network: "visa", last4: "4242" };
}

/** Test cards of Stripe's far side: those that Stripe publishes, and its own for what none of those does. */
const stripeTokens = [
  "card_visa_chargeDeclined",
  "card_visa_chargeDeclinedInsufficientFunds",
  "card_chargeDeclinedProcessingError",
  "card_radarBlock",
  "card_threeDSecure2Required",
  "card_threeDSecure2Required",
  "card_threeDSecureRequiredChargeDeclined",
  "card_pendingRefund",
  "card_refundFail",
  "sim_processing",
  "sim_processing_declined",
  "sim_refund_refused",
  "sim_capture_refused",
  "sim_cancel_refused",
  "sim_wrong_amount",
  "sim_unknown_status",
  "sim_fault_timeout_before",
  "sim_fault_timeout_after",
  "sim_fault_error_after",
  "sim_fault_html_after",
  "sim_fault_throttled",
  "sim_fault_delay",
];
const razorpayVpas = [
  ..."success failure slow silent late-success unknown-status wrong-amount refund-failure".split(" "),
  ..."timeout-before timeout-after error-after html-after throttled".split(" "),
];
const razorpayCards = [
  ..."VisaSuccess VisaSuccess VisaTimedOut VisaInsufficient VisaGatewayError AbroadDeclined AbroadInsufficient AbroadRisk".split(" "),
  ..."AbroadRefundFails AbroadCaptureFails AbroadLateSuccess AbroadLateSuccess".split(" "),
];
