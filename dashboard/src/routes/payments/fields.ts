/** What payments are picked by: names of the API, so that the address, the list, the CSV and a saved view mean the same. */
import type { EventObject, Payment } from "@tillway/sdk";
import type { Filter } from "../../kit/filters.tsx";
import type { Query } from "../../kit/api.ts";

const choice = (...values: readonly (readonly [value: string, label: string])[]) => values.map(([value, label]) => ({ value, label }));

export const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "status",
    label: "Status",
    choices: choice(
      ["succeeded", "Succeeded"],
      ["failed", "Failed"],
      ["processing", "Processing"],
      ["requires_action", "Requires action"],
      ["authorized", "Authorized"],
      ["canceled", "Canceled"],
      ["pending", "Pending"],
      ["created", "Created"],
    ),
  },
  { kind: "choice", name: "method", label: "Method", choices: choice(["card", "Card"], ["upi", "UPI"], ["netbanking", "Netbanking"]) },
  { kind: "text", name: "customer_email", label: "Customer's e-mail", placeholder: "asha@example.com" },
  { kind: "text", name: "last4", label: "Card's last 4", placeholder: "4242" },
  { kind: "text", name: "order_id", label: "Order", placeholder: "ord_…" },
  { kind: "text", name: "currency", label: "Currency", placeholder: "INR", upper: true },
  { kind: "amount", name: "amount_min", label: "Amount from", of: "currency" },
  { kind: "amount", name: "amount_max", label: "Amount to", of: "currency" },
  { kind: "day", name: "created_from", label: "From day", edge: "from" },
  { kind: "day", name: "created_before", label: "To day", edge: "before" },
  { kind: "text", name: "connector_account", label: "Connector account", placeholder: "acc_…" },
];

export const fieldNames = filters.map(({ name }) => name);

/** Those of the address, without the page. */
export function picked(text: Readonly<Record<string, string>>): Query {
  return Object.fromEntries(fieldNames.flatMap((name) => (text[name] === undefined ? [] : [[name, text[name]]])));
}

/** The payment as an event has it; null: it is about none. */
export function paymentIn(event: EventObject): Payment | null {
  if (event.type.startsWith("payment.")) return event.data as Payment;
  return event.type.startsWith("refund.") ? ((event.data as { payment?: Payment }).payment ?? null) : null;
}

export function paymentIdIn(event: EventObject): string | null {
  const data = event.data as { payment_id?: string | null };
  return paymentIn(event)?.id ?? data.payment_id ?? null;
}
