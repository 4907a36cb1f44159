import type { Payment } from "@tillway/sdk";
import { wordsOf } from "../../kit/badge.tsx";
import { cx } from "../../kit/cx.ts";
import { Money } from "../../kit/money.tsx";
import type { Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { PaymentStatus } from "./status.tsx";

/** With what it is paid, as people know it. */
export function methodOf({ method, card, upi, netbanking }: Payment): string {
  if (method === "card") return `${wordsOf(card?.network ?? "card")} •••• ${card?.last4 ?? "????"}`;
  if (method === "upi") return upi?.vpa ?? "UPI";
  return method === "netbanking" ? `Netbanking, ${netbanking?.bank ?? ""}` : "–";
}

export const paymentColumns: readonly Column<Payment>[] = [
  { id: "amount", header: "Amount", cell: (payment) => <Amount payment={payment} /> },
  { id: "status", header: "Status", cell: (payment) => <PaymentStatus payment={payment} /> },
  { id: "method", header: "Method", wide: true, cell: (payment) => <Cut text={methodOf(payment)} most="max-w-44" /> },
  { id: "customer", header: "Customer", wide: true, fluid: true, cell: (payment) => <Cut text={customerOf(payment) ?? "–"} /> },
  { id: "reason", header: "Reason", wide: true, fluid: true, cell: ({ error }) => <Cut text={error?.message ?? ""} /> },
  { id: "created", header: "Created", cell: ({ created_at: at }) => <Created at={at} /> },
  {
    id: "description",
    header: "Description",
    wide: true,
    hidden: true,
    fluid: true,
    cell: ({ description }) => <Cut text={description ?? "–"} />,
  },
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

function customerOf({ customer }: Payment): string | null {
  return customer?.email ?? customer?.name ?? null;
}

/** Where the screen is narrow, whose it is stands below: that column has no room there. */
function Amount({ payment }: { payment: Payment }) {
  const customer = customerOf(payment);
  return (
    <>
      <Money amount={payment.amount} currency={payment.currency} />
      {customer !== null && <span className="block max-w-[5.5rem] truncate text-muted min-[400px]:max-w-40 md:hidden">{customer}</span>}
    </>
  );
}

/** In two lines where the screen is narrow. */
function Created({ at }: { at: string }) {
  return (
    <span className="block w-16 max-md:[&>time]:whitespace-normal md:w-auto">
      <Time at={at} />
    </span>
  );
}

function Cut({ text, most }: { text: string; most?: string }) {
  return (
    <span className={cx("block truncate", most)} title={text}>
      {text}
    </span>
  );
}
