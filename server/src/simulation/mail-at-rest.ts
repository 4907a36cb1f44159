/** I10 for e-mail: each outcome that is told has one message, which reached the shopper or whose log says why not, and nothing else was sent. */
import { isEmailId, messageIdOf } from "../core/email.ts";
import { wants } from "../core/events.ts";
import type { Delivery, MoneyEvent, Payment } from "../core/model.ts";
import { scopeKey, type Tables } from "../storage/memory/index.ts";
import type { Oracle } from "./oracle.ts";
import { SENDER, type PostOffice } from "./post-office.ts";

interface MailAtRest {
  readonly tables: Tables;
  readonly office: PostOffice;
  readonly blame: Oracle["blame"];
}

export function lookAtMail(rest: MailAtRest): void {
  const { tables, office, blame } = rest;
  const owed = [...tables.deliveries.values()].filter(({ channel }) => channel === "email");
  lookAtOwed(rest, owed);
  const known = new Set<string>();
  for (const row of owed) {
    const id = messageIdOf(row.id, SENDER);
    known.add(id);
    lookAtEnd(rest, row, office.has(id));
  }
  for (const [id, letters] of office) {
    if (!known.has(id)) blame("I10", `a shopper got the message ${id}, which was never committed`);
    const [first] = letters;
    // A mail program shows the last of equal ids, or the first: it must not matter.
    if (letters.some(({ to, content }) => to !== first!.to || content !== first!.content))
      blame("I10", `the message ${id} was sent again with other words, or to somebody else`);
  }
}

/** Each event that the merchant has told is owed once to a shopper whose address is known, and no other is. */
function lookAtOwed({ tables, blame }: MailAtRest, owed: readonly Delivery[]): void {
  for (const payment of tables.payments.values()) {
    const settings = tables.emailSettings.get(scopeKey(payment));
    if (!settings?.enabled) continue;
    for (const event of eventsOf(tables, payment)) {
      const isTold = payment.customer?.email !== undefined && wants(settings.events, event.type);
      const times = owed.filter(({ eventId }) => eventId === event.id).length;
      if (times !== (isTold ? 1 : 0)) blame("I10", `${event.type} of ${payment.id} is owed to its shopper ${times} times`);
    }
  }
}

function eventsOf(tables: Tables, payment: Payment): MoneyEvent[] {
  return [...tables.events.values()].filter(({ paymentId }) => paymentId === payment.id);
}

function lookAtEnd({ tables, blame }: MailAtRest, row: Delivery, wasTaken: boolean): void {
  const what = `the e-mail ${row.id} about ${row.eventType}`;
  const tries = tables.tries.filter(({ deliveryId }) => deliveryId === row.id).length;
  if (!isEmailId(row.endpointId)) blame("I10", `${what} is owed to ${row.endpointId}`);
  if (row.status === "pending") blame("I10", `${what} was never sent and never given up`);
  if (row.status === "succeeded" && !wasTaken) blame("I10", `${what} counts as sent, the mail server never took it`);
  if (row.status === "failed" && tries === 0) blame("I10", `${what} was given up without a try in its log`);
  // A shopper is not told to act when that is over.
  if (row.status === "canceled" && row.eventType !== "payment.requires_action") blame("I10", `${what} was called off`);
}
