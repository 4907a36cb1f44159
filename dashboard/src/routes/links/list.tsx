import type { PaymentLink } from "@tillway/sdk";
import { useState } from "react";
import { StatusBadge } from "../../kit/badge.tsx";
import { Button } from "../../kit/button.tsx";
import { useList } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { Money } from "../../kit/money.tsx";
import { useMay } from "../../kit/session.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";
import { CreateDialog } from "./create.tsx";

const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "status",
    label: "Status",
    choices: [
      { value: "active", label: "Active" },
      { value: "used_up", label: "Used up" },
      { value: "expired", label: "Expired" },
      { value: "deactivated", label: "Deactivated" },
    ],
  },
  { kind: "day", name: "created_from", label: "From day", edge: "from" },
  { kind: "day", name: "created_before", label: "To day", edge: "before" },
];

const columns: readonly Column<PaymentLink>[] = [
  {
    id: "amount",
    header: "Amount",
    cell: ({ amount, currency }) => (amount === null ? `Any, in ${currency}` : <Money amount={amount} currency={currency} />),
  },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: "for",
    header: "For",
    wide: true,
    cell: ({ description }) => <span className="block max-w-56 truncate">{description ?? "–"}</span>,
  },
  { id: "paid", header: "Paid", right: true, cell: ({ times_paid: paid, uses }) => (uses === null ? paid : `${paid} of ${uses}`) },
  { id: "url", header: "Address", wide: true, hidden: true, cell: ({ url }) => <span className="font-mono text-xs">{url}</span> },
  { id: "created", header: "Created", wide: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

export function Page() {
  const list = useList<PaymentLink>(
    "/v1/payment-links",
    {},
    filters.map(({ name }) => name),
  );
  const [isOpen, setOpen] = useState(false);
  const { why } = useMay("payments.write");
  const create = (
    <Button kind="primary" why={why} onClick={() => setOpen(true)}>
      New payment link
    </Button>
  );
  return (
    <>
      <PageHeader title="Payment links" actions={create} />
      <Section flush>
        <DataTable
          name="Payment links"
          columns={columns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `payment-links/${id}`}
          empty={<Empty title="No payment links">An address to send, print or show as a QR code. Whoever opens it can pay.</Empty>}
        />
      </Section>
      {isOpen && <CreateDialog onClose={() => setOpen(false)} />}
    </>
  );
}
