/** Planted bugs about e-mail to shoppers. */
import type { Change } from "../core/change.ts";
import { noEmailSettings } from "../core/email.ts";
import type { MailMessage } from "../core/ports/mail.ts";
import type { Deps } from "../flows/deps.ts";
import type { Plant } from "./plant.ts";

export const mailPlants: readonly Plant[] = [
  {
    name: "mail-before-commit",
    why: "The receipt sent where the outcome is decided, before it is written: what is then decided otherwise, or dies, was told to the shopper.",
    deps: (deps) => ({
      ...deps,
      store: {
        ...deps.store,
        commit: async (change) => {
          for (const message of messagesOf(deps, change)) await deps.mail?.send(message);
          return deps.store.commit(change);
        },
      },
    }),
  },
  {
    name: "mail-sent-when-handed-over",
    why: "An e-mail that was handed over counted as sent, whatever the server says: when it is away or busy, the shopper never hears of it.",
    mail: (mail) => ({ ...mail, send: async (message) => ({ ...(await mail.send(message)), ok: true }) }),
  },
  {
    name: "message-id-per-try",
    why: "A Message-ID that is made with each try: where an answer was lost, the shopper finds two receipts and thinks that it was paid twice.",
    mail: (mail) => ({
      ...mail,
      send: (message) => {
        const { delivery } = message;
        return mail.send(
          delivery.tries === 0 ? message : { ...message, delivery: { ...delivery, id: `${delivery.id}x${delivery.tries}` } },
        );
      },
    }),
  },
];

/** The e-mails that a change will owe. */
function messagesOf({ clock }: Deps, { payment, events = [], deliveries }: Change): MailMessage[] {
  const to = payment?.after.customer?.email;
  if (!payment || to === undefined) return [];
  const settings = { ...noEmailSettings(payment.after, "eml_1"), enabled: true, fromName: "Shop" };
  return (deliveries?.insert ?? []).flatMap((delivery) => {
    const event = events.find(({ id }) => id === delivery.eventId);
    if (delivery.channel !== "email" || !event) return [];
    return [{ delivery, event, settings, payment: payment.after, merchantName: "", to, now: clock.now() }];
  });
}
