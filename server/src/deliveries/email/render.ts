/** A message to a shopper, as text and as HTML: no images, no links, no style but what all mail programs know. */
import { localeOf, outcomeOf, type EmailOutcome } from "../../core/email.ts";
import { formatMoney } from "../../core/money.ts";
import type { EmailLocale, Payment } from "../../core/model.ts";
import type { MailMessage } from "../../core/ports/mail.ts";
import { words } from "./words/index.ts";
import type { Label, Reason, Words } from "./words/form.ts";

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** @returns what the shopper reads; the same for the same delivery, as long as the merchant changes nothing */
export function render(message: MailMessage): Rendered {
  const page = pageOf(message);
  return { subject: page.subject, text: textOf(page), html: htmlOf(page) };
}

interface Page {
  readonly locale: EmailLocale;
  readonly subject: string;
  readonly merchant: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly rows: readonly (readonly [label: string, value: string])[];
  /** The merchant's own words. */
  readonly line: string | null;
  readonly test: string | null;
  readonly why: string;
}

function pageOf({ event, payment, settings, merchantName }: MailMessage): Page {
  const outcome = outcomeOf(event.type) ?? "succeeded";
  const locale = localeOf(payment, settings);
  const said = words[locale];
  const merchant = oneLine(settings.fromName ?? merchantName);
  const amount = money(amountOf(outcome, payment, event.body), payment, locale);
  // With a function, since `$&` in a name would mean something.
  const fill = (text: string) => text.replace(/\{(merchant|amount)\}/g, (_, name) => (name === "merchant" ? merchant : amount));
  const { subject, title, body } = said[outcome];
  const reason = outcome === "failed" ? [said.reasons[reasonOf(payment.error?.decline_code)]] : [];
  return {
    locale,
    subject: fill(subject),
    merchant,
    title,
    paragraphs: [fill(body), ...reason],
    rows: rowsOf(outcome, { payment, said, locale, amount, at: event.createdAt }),
    line: settings.line,
    test: payment.mode === "test" ? said.test : null,
    why: fill(said.why),
  };
}

/** Of a refund its own, of which the event tells. */
function amountOf(outcome: EmailOutcome, payment: Payment, body: string): number {
  if (outcome === "refunded") return (JSON.parse(body) as { readonly amount: number }).amount;
  return outcome === "succeeded" ? payment.amountCaptured : payment.amount;
}

function money(amount: number, { currency }: Payment, locale: EmailLocale): string {
  return formatMoney(amount, currency, locale);
}

interface Told {
  readonly payment: Payment;
  readonly said: Words;
  readonly locale: EmailLocale;
  readonly amount: string;
  readonly at: number;
}

function rowsOf(outcome: EmailOutcome, { payment, said, locale, amount, at }: Told): Page["rows"] {
  const label = outcome === "refunded" ? "refunded" : "amount";
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(at);
  const all: readonly (readonly [Label, string | null])[] = [
    [label, amount],
    ["date", `${date} UTC`],
    ["method", methodOf(payment, said)],
    ["description", payment.description],
    ["order", payment.orderId],
    ["payment", payment.id],
  ];
  return all.flatMap(([name, value]) => (value === null ? [] : [[said.labels[name], oneLine(value)] as const]));
}

/** As the shopper knows it: the card's network and last digits, or the kind. */
function methodOf({ method }: Payment, { labels }: Words): string | null {
  const shown = method as { readonly type?: string; readonly network?: string | null; readonly last4?: string | null } | null;
  if (shown?.type === "card" && shown.last4) {
    const network = shown.network ?? "card";
    return `${network.charAt(0).toUpperCase()}${network.slice(1)} •••• ${shown.last4}`;
  }
  return shown?.type === "upi" ? "UPI" : shown?.type === "netbanking" ? labels.bankTransfer : null;
}

/** Whoever has stolen a card is not told that it is known: `declined` says no more than the bank's no. */
const reasons: Readonly<Record<string, Reason>> = {
  insufficient_funds: "funds",
  expired_card: "expired",
  incorrect_cvc: "cvc",
  limit_exceeded: "limit",
  authentication_failed: "authentication",
  upi_expired: "tooLate",
  technical_decline: "technical",
};

/** Without a decline code nobody said no: something did not work. */
function reasonOf(declineCode: string | undefined): Reason {
  return declineCode === undefined ? "technical" : (reasons[declineCode] ?? "declined");
}

/** Also without what turns the direction of all that follows: a name would write the amount behind it backwards. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
    .trim();
}

function textOf({ merchant, title, paragraphs, rows, line, test, why }: Page): string {
  const table = rows.map(([label, value]) => `${label}: ${value}`).join("\n");
  const parts = [test, merchant, title, ...paragraphs, table, line, `-- \n${why}`];
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
}

function htmlOf({ locale, subject, merchant, title, paragraphs, rows, line, test, why }: Page): string {
  const isRtl = locale === "ar";
  const direction = isRtl ? "rtl" : "ltr";
  const side = isRtl ? "right" : "left";
  const other = isRtl ? "left" : "right";
  const text = (content: string, style: string, dir = direction) =>
    `<p dir="${dir}" style="${FONT};margin:0;padding:0 0 16px 0;${style}">${escaped(content)}</p>`;
  const cell = (content: string, align: string, style: string) =>
    `<td align="${align}" valign="top" style="${FONT};padding:8px ${align === "right" ? "0 8px 12px" : "12px 8px 0"};border-top:1px solid #e3e6ea;font-size:14px;line-height:20px;${style}">${content}</td>`;
  const table = rows
    .map(
      ([label, value]) =>
        `<tr>${cell(escaped(label), side, "color:#5b6470")}${cell(escaped(value), other, "color:#1b2430;word-break:break-word")}</tr>`,
    )
    .join("\n");
  return `<!DOCTYPE html>
<html lang="${locale}" dir="${direction}">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(subject)}</title>
</head>
<body bgcolor="#f3f4f6" style="margin:0;padding:0">
<table width="100%" border="0" cellpadding="0" cellspacing="0" bgcolor="#f3f4f6" role="presentation"><tr><td align="center" style="padding:16px 8px">
<table width="100%" border="0" cellpadding="0" cellspacing="0" bgcolor="#ffffff" role="presentation" style="max-width:560px"><tr><td align="${side}" dir="${direction}" style="padding:24px">
${test === null ? "" : text(test, "font-size:14px;line-height:20px;color:#8a4b00;font-weight:bold")}
${text(merchant, "font-size:14px;line-height:20px;color:#5b6470")}
<h1 dir="${direction}" style="${FONT};margin:0;padding:0 0 16px 0;font-size:22px;line-height:28px;color:#1b2430">${escaped(title)}</h1>
${paragraphs.map((each) => text(each, "font-size:16px;line-height:24px;color:#1b2430")).join("\n")}
<table width="100%" border="0" cellpadding="0" cellspacing="0" dir="${direction}">
${table}
</table>
${line === null ? "" : text(line, "font-size:14px;line-height:20px;color:#1b2430;padding-top:16px", "auto")}
${text(why, "font-size:12px;line-height:18px;color:#5b6470;padding-top:16px")}
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

export const FONT = "font-family:Arial,Helvetica,sans-serif";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}
