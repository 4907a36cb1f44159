/** E-mail to shoppers: which outcomes a merchant may have told, and what the merchant sets. Pure. */
import type { EventType } from "./events.ts";
import type { EmailLocale, EmailSettings, Payment, Scope } from "./model.ts";

/** What a shopper may be told, by the event that says so. */
export const emailOutcomes = {
  succeeded: "payment.succeeded",
  failed: "payment.failed",
  refunded: "refund.succeeded",
  action_needed: "payment.requires_action",
} as const satisfies Readonly<Record<string, EventType>>;

export type EmailOutcome = keyof typeof emailOutcomes;

/** What is told unless the merchant chooses: a challenge is mostly passed before its e-mail is read. */
export const usualOutcomes: readonly EmailOutcome[] = ["succeeded", "failed", "refunded"];

export const emailLocales: readonly EmailLocale[] = ["en", "hi", "ar", "de", "es", "fr", "ja", "pt", "zh"];

/** Undefined: nobody is told this by e-mail. */
export function outcomeOf(type: EventType): EmailOutcome | undefined {
  return (Object.keys(emailOutcomes) as EmailOutcome[]).find((outcome) => emailOutcomes[outcome] === type);
}

/** What stands before the merchant has set anything. */
export function noEmailSettings({ merchantId, mode }: Scope, id: string): EmailSettings {
  const events = usualOutcomes.map((outcome) => emailOutcomes[outcome]);
  return { merchantId, mode, id, enabled: false, fromName: null, replyTo: null, line: null, events, locale: "en", updatedAt: 0 };
}

/** True for the id of a merchant's e-mail settings: deliveries name it in the place of an endpoint. */
export function isEmailId(id: string): boolean {
  return id.startsWith("eml_");
}

/**
 * The language of a shopper: what the payment's customer or its metadata says, by `de` or `de-AT`, the first that we speak; else what the
 * merchant has set.
 */
export function localeOf(
  { customer, metadata }: Pick<Payment, "customer" | "metadata">,
  { locale }: Pick<EmailSettings, "locale">,
): EmailLocale {
  const wanted = [customer?.locale, metadata["locale"], metadata["language"]];
  return wanted.map(spoken).find((each) => each !== undefined) ?? locale;
}

function spoken(tag = ""): EmailLocale | undefined {
  const [language] = tag.toLowerCase().split(/[-_]/, 1);
  return emailLocales.find((each) => each === language);
}

/** The same at every try, so that a mail program shows one message even where two arrived. @param sender the address that it comes from */
export function messageIdOf(deliveryId: string, sender: string): string {
  return `<${deliveryId}@${sender.slice(sender.lastIndexOf("@") + 1)}>`;
}

/** An address as it is shown beside a delivery: enough to know it again. */
export function masked(address: string): string {
  const at = address.lastIndexOf("@");
  const [first = ""] = address;
  return `${first}***${address.slice(at)}`;
}
