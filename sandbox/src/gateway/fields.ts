/** The sandbox's card fields, for a frame in any shop's page. Its script has the published test cards: no number leaves the browser. */
import { cardPage, cardScript, type FrameForm } from "../card-form.ts";
import type { FarReply } from "../far-side.ts";

/** Published test cards and their tokens. */
const testCards: readonly (readonly [number: string, token: string])[] = [
  ["4242424242424242", "tok_success"],
  ["4111111111111111", "tok_plain_visa"],
  ["5555555555554444", "tok_plain_mastercard"],
  ["378282246310005", "tok_plain_amex"],
  ["6074849200004917", "tok_plain_rupay"],
  ["4000000000000002", "tok_card_declined"],
  ["4000000000009995", "tok_insufficient_funds"],
  ["4000000000009987", "tok_lost_card"],
  ["4000000000009979", "tok_stolen_card"],
  ["4000000000000069", "tok_expired_card"],
  ["4000000000000127", "tok_incorrect_cvc"],
  ["4000000000000119", "tok_technical_decline"],
  ["4000000000006975", "tok_limit_exceeded"],
  ["4100000000000019", "tok_fraud_suspected"],
  ["4000002500003155", "tok_challenge"],
  ["4000008400001629", "tok_challenge_declined"],
  ["4000000000000341", "tok_refund_failure"],
  ["4000000000007726", "tok_refund_pending"],
  ["4000000000005126", "tok_refund_fails_later"],
];

/** `GET /fields/` and its script; null: there is nothing else. */
export function cardFields(name: string): FarReply | null {
  if (name === "") return cardPage("script.js", "Card (sandbox)");
  return name === "script.js" ? cardScript(script, testCards) : null;
}

/** Sent as text: it may use nothing of this file. */
function script(form: FrameForm, cards: readonly (readonly [number: string, token: string])[]): void {
  const problemOf = (): readonly [code: string, message: string] | null => {
    const { number, month, year, cvc } = form.read();
    if (!cards.some(([known]) => known === number))
      return ["test_card_required", "This is no published test card. The sandbox takes no other number, and sends none anywhere."];
    if (!/^(0?[1-9]|1[0-2])$/.test(month) || !/^\d{4}$/.test(year)) return ["invalid_expiry", "The expiry date has the form MM / YY."];
    if (new Date(Number(year), Number(month)).getTime() <= Date.now()) return ["expired_card", "The card has expired."];
    const digits = number.startsWith("3") ? 4 : 3;
    return new RegExp(`^\\d{${digits}}$`).test(cvc) ? null : ["invalid_cvc", `The security code has ${digits} digits.`];
  };
  form.start((port) => {
    port.onmessage = ({ data }) => {
      if (data["type"] !== "tokenize") return;
      const problem = problemOf();
      form.say(problem?.[1] ?? "");
      const { number } = form.read();
      const token = cards.find(([known]) => known === number)?.[1];
      port.postMessage(problem === null ? { type: "token", token } : { type: "refused", code: problem[0], message: problem[1] });
    };
  });
}
