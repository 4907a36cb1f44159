/**
 * The published test cards this sandbox knows, and nothing else. Numbers are those that the major processors print in their own
 * documentation, so that they mean what people expect; RuPay's are from the Mastercard Gateway's NPCI emulator.
 */
import type { HostedFields } from "../../core/ports/hosted-fields.ts";
import type { TokenizeResult, Tokenizer } from "../../core/ports/connector.ts";

export interface TestCard {
  readonly number: string;
  readonly network: "visa" | "mastercard" | "amex" | "rupay";
  /** Of the far side; a test card has one. */
  readonly token: string;
  /** Name of the far side's scenario; `plain` behaves like a bank. */
  readonly scenario: string;
}

export const testCards: readonly TestCard[] = [
  card("4242424242424242", "visa", "success"),
  card("4111111111111111", "visa", "plain"),
  card("5555555555554444", "mastercard", "plain"),
  card("378282246310005", "amex", "plain"),
  card("6074849200004917", "rupay", "plain"),
  card("4000000000000002", "visa", "card-declined"),
  card("4000000000009995", "visa", "insufficient-funds"),
  card("4000000000009987", "visa", "lost-card"),
  card("4000000000009979", "visa", "stolen-card"),
  card("4000000000000069", "visa", "expired-card"),
  card("4000000000000127", "visa", "incorrect-cvc"),
  card("4000000000000119", "visa", "technical-decline"),
  card("4000000000006975", "visa", "limit-exceeded"),
  card("4100000000000019", "visa", "fraud-suspected"),
  card("4000002500003155", "visa", "challenge"),
  card("4000008400001629", "visa", "challenge-declined"),
  card("4000000000000341", "visa", "refund-failure"),
  card("4000000000007726", "visa", "refund-pending"),
  card("4000000000005126", "visa", "refund-fails-later"),
];

/** Of the published test cards only. The result holds no part of a number but the last four digits. */
export const testCardTokenizer = {
  async tokenize(fields): Promise<TokenizeResult> {
    const number = fields.number.replaceAll(/[ -]/g, "");
    const known = testCards.find((one) => one.number === number);
    if (known === undefined) return { ok: false, code: "not_a_test_card" };
    return { ok: true, token: known.token, network: known.network, last4: number.slice(-4) };
  },
  async describe(token) {
    const known = testCards.find((one) => one.token === token);
    return known === undefined ? null : { network: known.network, last4: known.number.slice(-4) };
  },
} satisfies Tokenizer;

/** A frame of the sandbox's own, which knows the published test cards: their numbers leave the browser for nowhere. */
export function sandboxFields(browserUrl: string): HostedFields {
  return {
    adapter: "sandbox",
    scriptUrl: null,
    csp: { script: [], frame: [new URL(browserUrl).origin], connect: [] },
    trustedTypes: true,
    credentials: [],
    values: { frame_url: `${browserUrl}/fields/` },
    tokens: "connector",
  };
}

function card(number: string, network: TestCard["network"], scenario: string): TestCard {
  const token = scenario === "plain" ? `tok_plain_${network}` : `tok_${scenario.replaceAll("-", "_")}`;
  return { number, network, token, scenario };
}
