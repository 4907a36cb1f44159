import type { Payment } from "@tillway/sdk";
import { StatusBadge, wordsOf } from "../../kit/badge.tsx";
import { Money } from "../../kit/money.tsx";
import type { Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";

/** With what it is paid, as people know it. */
export function methodOf({ method, card, upi, netbanking }: Payment): string {
  if (method === "card") return `${wordsOf(card?.network ?? "card")} •••• ${card?.last4 ?? "????"}`;
  if (method === "upi") return upi?.vpa ?? "UPI";
  return method === "netbanking" ? `Netbanking, ${netbanking?.bank ?? ""}` : "–";
}

export const paymentColumns: readonly Column<Payment>[] = [
  { id: "amount", header: "Amount", cell: ({ amount, currency }) => <Money amount={amount} currency={currency} /> },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "method", header: "Method", wide: true, cell: methodOf },
  { id: "customer", header: "Customer", wide: true, cell: ({ customer }) => <Cut text={customer?.email ?? customer?.name ?? "–"} /> },
  { id: "reason", header: "Reason", wide: true, cell: ({ error }) => <Cut text={error?.message ?? ""} /> },
  { id: "created", header: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
  { id: "description", header: "Description", wide: true, hidden: true, cell: ({ description }) => <Cut text={description ?? "–"} /> },
  {
    id: "captured",
    header: "Captured",
    wide: true,
    hidden: true,
    right: true,
    cell: (row) => <Money amount={row.amount_captured} currency={row.currency} />,
  },
  {
    id: "refunded",
    header: "Refunded",
    wide: true,
    hidden: true,
    right: true,
    cell: (row) => <Money amount={row.amount_refunded} currency={row.currency} />,
  },
  {
    id: "order",
    header: "Order",
    wide: true,
    hidden: true,
    cell: ({ order_id: id }) => <span className="font-mono text-xs">{id ?? "–"}</span>,
  },
  { id: "id", header: "Payment", wide: true, hidden: true, cell: ({ id }) => <span className="font-mono text-xs">{id}</span> },
];

export function Cut({ text }: { text: string }) {
  return (
    <span className="block max-w-56 truncate" title={text}>
      {text}
    </span>
  );
}
