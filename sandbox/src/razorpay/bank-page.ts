/**
 * The bank's page in the shopper's browser, as Razorpay's mock bank shows it: a card's asks for an OTP, of which four to ten digits are right;
 * any other asks whether the payment is to succeed.
 */
import { answer, type FarReply } from "../far-side.ts";
import type { Ms } from "../ports.ts";
import type { Payment } from "./books.ts";
import { decideAtBank, fail, type Life } from "./life.ts";

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function bankPage(payment: Payment): FarReply {
  if (payment.status !== "created") return page("This payment is over.", "<p>You may close this page.</p>");
  const question =
    payment.asks === "otp"
      ? '<label>One-time password (4 to 10 digits) <input name="otp" inputmode="numeric" autocomplete="off"></label> <button>Pay</button>'
      : '<button name="answer" value="success">Success</button> <button name="answer" value="failure">Failure</button>';
  return page(
    "Mock bank",
    `<p>${escape(payment.order.receipt ?? payment.order.id)}: ${payment.amount} minor units of ${payment.currency}</p>
<form method="post">${question}</form>`,
  );
}

/** Why the payer's answer is none to pay with; null: it is. */
function wrongAnswer({ asks }: Payment, given: URLSearchParams): string | null {
  if (asks === "otp") return /^\d{4,10}$/.test(given.get("otp") ?? "") ? null : "incorrect_otp";
  const answer = given.get("answer");
  return answer === "success" ? null : answer === "failure" ? "payment_declined" : "payment_cancelled";
}

/** @param result what the shop is handed if the bank said yes */
export function answerBankPage(
  life: Life,
  payment: Payment,
  body: string | null,
  { now, result }: { readonly now: Ms; readonly result: () => object },
): FarReply {
  if (payment.status === "created") {
    const wrong = wrongAnswer(payment, new URLSearchParams(body ?? ""));
    if (wrong === null) decideAtBank(life, payment, now);
    else fail(life, payment, wrong, now);
  }
  const { error, callbackUrl } = payment;
  const fields =
    error === null ? result() : { "error[code]": error.code, "error[description]": error.description, "error[reason]": error.reason };
  if (callbackUrl === null)
    return page(error === null ? "Paid" : "Not paid", `<p>${escape(error?.description ?? "You may close this page.")}</p>`);
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(String(value))}">`,
  );
  return page("Back to the shop", `<form method="post" action="${escape(callbackUrl)}">${inputs.join("")}<button>Continue</button></form>`);
}

function page(title: string, content: string): FarReply {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`;
  return { ...answer(200, html), headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" } };
}
