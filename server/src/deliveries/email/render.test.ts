import { describe, expect, it } from "vitest";
import { emailLocales, emailOutcomes, type EmailOutcome } from "../../core/email.ts";
import { aMail } from "./message.testing.ts";
import { compose } from "./message.ts";
import { render } from "./render.ts";
import { words } from "./words/index.ts";

const outcomes = Object.keys(emailOutcomes) as EmailOutcome[];
const each = emailLocales.flatMap((locale) => outcomes.map((outcome) => [locale, outcome] as const));

/** Digits of any script as ASCII, so that one expectation fits all. */
const digits = (text: string) => text.replace(/[\u0660-\u0669\u0966-\u096f]/g, (digit) => String(digit.codePointAt(0)! & 15));

describe("a message", () => {
  it("has no sign that writes what follows backwards, such as the amount behind a name", () => {
    const mail = aMail({ merchantName: "\u202eiahC\u2067", payment: { description: "Two\u202d teas" } });
    const { subject, text, html } = render(mail);
    for (const part of [subject, text, html]) expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(text).toContain("iahC has received your payment of ₹1,234.50");
    expect(compose(mail, "shop@example.com").from.name).toBe("iahC");
  });

  it.each(each)("in %s says %s with merchant, amount and payment, and leaves no gap", (locale, outcome) => {
    const type = emailOutcomes[outcome];
    const error = { code: "payment_declined", message: "no", decline_code: "insufficient_funds", source: "bank", step: "charge" } as const;
    const mail = aMail({ type, body: '{"amount":5000}', settings: { locale }, payment: { error: outcome === "failed" ? error : null } });
    const { subject, text, html } = render(mail);
    for (const part of [subject, text, html]) expect(part).not.toMatch(/[{}]|undefined|null/);
    expect(subject).toContain("Chai");
    expect(digits(text)).toMatch(outcome === "refunded" ? /50[.,٫]00/ : /1[.,٬\s]?234[.,٫]50/);
    for (const part of [text, html]) {
      expect(part).toContain(mail.payment.id);
      expect(part).toContain("Visa •••• 1111");
      expect(part.includes(words[locale].reasons.funds)).toBe(outcome === "failed");
    }
    expect(html).not.toMatch(/<img|<a[ >]|href|src=|https?:|url\(|@import|<script|<style/i);
    expect(html).toContain(`<html lang="${locale}" dir="${locale === "ar" ? "rtl" : "ltr"}">`);
    // A language that was forgotten would speak English.
    if (locale !== "en") expect(words[locale][outcome].body).not.toBe(words.en[outcome].body);
  });

  it.each([
    ["INR", 123_450, "₹1,234.50"],
    ["USD", 123_450, "$1,234.50"],
    ["JPY", 1_234, "¥1,234"],
    ["KWD", 1_234_500, "KWD 1,234.500"],
    ["ISK", 1_234, "ISK 1,234"],
    ["HUF", 123_450, "HUF 1,234.50"],
  ])("shows %s with the decimals of ISO 4217", (currency, amount, shown) => {
    const { text } = render(aMail({ payment: { currency, amount, amountCaptured: amount } }));
    expect(text.replaceAll("\u00a0", " ")).toContain(`Amount: ${shown}\n`);
  });

  it.each([
    [{ locale: "de-AT" }, "de"],
    [{ locale: "pt_BR" }, "pt"],
    [{ language: "ja" }, "ja"],
    [{ locale: "tlh" }, "fr"],
    [{}, "fr"],
  ] as const)("with the metadata %j is in %s", (metadata, locale) => {
    expect(render(aMail({ payment: { metadata }, settings: { locale: "fr" } })).html).toContain(`lang="${locale}"`);
  });

  it.each([
    ["ja", { locale: "pt" }, "ja"],
    ["de-AT", {}, "de"],
    ["tlh", { locale: "pt" }, "pt"],
    ["en-XA", { locale: "pt" }, "en"],
  ] as const)("to a customer who reads %s, with the metadata %j, is in %s", (locale, metadata, spoken) => {
    const payment = { customer: { email: "a@shopper.example", locale }, metadata };
    expect(render(aMail({ payment, settings: { locale: "fr" } })).html).toContain(`lang="${spoken}"`);
  });

  it("shows what others wrote as text and nothing else", () => {
    const said = `<img src=x onerror=alert(1)> & "quotes" 'too'`;
    const mail = aMail({ merchantName: said, settings: { line: said }, payment: { description: said, orderId: "$& $1" } });
    const { subject, text, html } = render(mail);
    expect(html).not.toContain("<img");
    expect(html).toContain("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quotes&quot; &#39;too&#39;");
    expect([subject.includes(said), text.includes(said), text.includes("$& $1")]).toEqual([true, true, true]);
  });

  it.each([
    ["fraud_suspected", "declined"],
    ["stolen_card", "declined"],
    ["lost_card", "declined"],
    ["incorrect_cvc", "cvc"],
    ["expired_card", "expired"],
    ["limit_exceeded", "limit"],
    ["upi_expired", "tooLate"],
    [undefined, "technical"],
  ] as const)("about a decline for %s gives the reason %s", (decline_code, reason) => {
    const error = { code: "payment_declined", message: "secret words of a bank", decline_code, source: "bank", step: "charge" } as const;
    const { text } = render(aMail({ type: "payment.failed", payment: { error } }));
    expect(text).toContain(words.en.reasons[reason]);
    expect(text).not.toContain("secret words");
  });

  it("says in test mode, and only there, that no money moved", () => {
    expect(render(aMail({ payment: { mode: "test" } })).text).toContain("This is a test.");
    expect(render(aMail({ payment: { mode: "live" } })).text).not.toContain("This is a test.");
  });
});
