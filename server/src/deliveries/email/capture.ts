import type { CapturedEmail, EmailCapture, Mail } from "../../core/ports/mail.ts";
import { compose, composeLetter, type Composed } from "./message.ts";
import { noResult } from "./result.ts";

/** Keeps messages in the place of sending them, for people to look at. */
export function createCapture(emails: EmailCapture, sender: string): Mail {
  const keep = async (
    { from, to, replyTo, subject, text, html }: Composed,
    of: Pick<CapturedEmail, "merchantId" | "mode" | "deliveryId" | "capturedAt">,
  ) => {
    const [shownFrom, answersTo] = [`${from.name} <${from.address}>`, replyTo?.address ?? null];
    await emails.keep({ ...of, from: shownFrom, to: to.address, replyTo: answersTo, subject, text, html });
    return { ...noResult, ok: true, response: "Kept here and not sent: see GET /v1/test/emails." };
  };
  return {
    by: "captured",
    send: (message) => {
      const { id: deliveryId, merchantId, mode } = message.delivery;
      return keep(compose(message, sender), { merchantId, mode, deliveryId, capturedAt: message.now });
    },
    sendLetter: (letter) => {
      const { id: deliveryId, merchantId, mode } = letter;
      return keep(composeLetter(letter, sender), { merchantId, mode, deliveryId, capturedAt: letter.now });
    },
  };
}
