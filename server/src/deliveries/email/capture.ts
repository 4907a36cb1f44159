import type { EmailCapture, Mail } from "../../core/ports/mail.ts";
import { compose } from "./message.ts";
import { noResult } from "./result.ts";

/** Keeps messages in the place of sending them, for people to look at. */
export function createCapture(emails: EmailCapture, sender: string): Mail {
  return {
    by: "captured",
    async send(message) {
      const { from, to, replyTo, subject, text, html } = compose(message, sender);
      const { id: deliveryId, merchantId, mode } = message.delivery;
      const [shownFrom, answersTo] = [`${from.name} <${from.address}>`, replyTo?.address ?? null];
      const kept = { merchantId, mode, deliveryId, from: shownFrom, to: to.address, replyTo: answersTo, subject, text, html };
      await emails.keep({ ...kept, capturedAt: message.now });
      const response = "Kept here and not sent: see GET /v1/test/emails.";
      return { ...noResult, ok: true, response };
    },
  };
}
