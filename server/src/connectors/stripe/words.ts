/** What the merchant says of a payment, as Stripe keeps it beside the intent. Nothing in it may make Stripe refuse the charge. */
import type { Call } from "../../core/ports/connector.ts";
import type { Form } from "./client.ts";
import { ACCOUNT_FIELD, KEY_FIELD } from "./read.ts";

/** https://docs.stripe.com/metadata, "Data": 50 names of 40 characters, texts of 500. Our own names are two of them. */
const NAMES_MAX = 48;
const NAME_LENGTH_MAX = 40;
const TEXT_LENGTH_MAX = 500;
const DESCRIPTION_MAX = 1_000;

/** Names with these would be taken for a deeper object; with ours they would say that the charge is another one's. */
const UNFIT_NAME = /[[\]]|^tillway_/;

/** An address that nobody refuses: ours may be stranger. */
const PLAIN_EMAIL = /^[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}$/;

/**
 * Too long a text is cut. A text with a name that Stripe does not take is left out, and so is what comes after the 48th. Stripe mails its receipt to
 * `receipt_email`, so that is sent only if the account asks for it; of the customer nothing else belongs to an intent.
 */
export function wordsOf({ description, metadata = {}, customer, account }: Call): Form {
  const texts = Object.entries(metadata).filter(([name, text]) => name.length <= NAME_LENGTH_MAX && !UNFIT_NAME.test(name) && text !== "");
  return {
    description: description ? cut(description, DESCRIPTION_MAX) : undefined,
    receipt_email: account.credentials["receipts"] === "stripe" && PLAIN_EMAIL.test(customer?.email ?? "") ? customer?.email : undefined,
    ...Object.fromEntries(texts.slice(0, NAMES_MAX).map(([name, text]) => [`metadata[${whole(name)}]`, cut(text, TEXT_LENGTH_MAX)])),
  };
}

/** Whose it is. On refunds too. */
export function ours({ attempt }: Pick<Call, "attempt">): Form {
  return { [`metadata[${KEY_FIELD}]`]: attempt.gatewayKey, [`metadata[${ACCOUNT_FIELD}]`]: attempt.accountId };
}

/** By UTF-16 units, which no way of counting characters exceeds. */
function cut(text: string, lengthMax: number): string {
  return whole(text.slice(0, lengthMax));
}

/** Half of a character can't be written into a form. */
function whole(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "");
}
