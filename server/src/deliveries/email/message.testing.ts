import { noEmailSettings } from "../../core/email.ts";
import type { EmailSettings, Payment } from "../../core/model.ts";
import type { MailMessage } from "../../core/ports/mail.ts";
import { aDelivery, aPayment, START } from "../../core/rows.testing.ts";

export interface Given {
  readonly type?: MailMessage["event"]["type"];
  readonly payment?: Partial<Payment>;
  readonly settings?: Partial<EmailSettings>;
  readonly body?: string;
  readonly to?: string;
  readonly merchantName?: string;
}

/** A message to send: by default the receipt of a payment of 1,234.50 INR by card. */
export function aMail({
  type = "payment.succeeded",
  payment,
  settings,
  body = "{}",
  to = "a@shopper.example",
  merchantName = "Chai",
}: Given = {}): MailMessage {
  const method = { type: "card", connector: "sandbox", token: "tok_visa", network: "visa", last4: "1111" } as const;
  const paid = aPayment({ amount: 123_450, amountCaptured: 123_450, currency: "INR", method, description: "Two teas", ...payment });
  const delivery = aDelivery({ channel: "email", endpointId: "eml_1", eventType: type });
  const event = { id: delivery.eventId, type, apiVersion: "2027-01-15", body, createdAt: START };
  const set = { ...noEmailSettings(paid, "eml_1"), enabled: true, ...settings };
  return { delivery, event, payment: paid, settings: set, merchantName, to, now: START };
}
