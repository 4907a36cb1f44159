import type { EventObject, Refund } from "@tillway/sdk";
import { StatusBadge } from "../../kit/badge.tsx";
import { useList } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { NewRows, useLiveRows } from "../../kit/live.tsx";
import { Money } from "../../kit/money.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";

const PATH = "/v1/refunds";

const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "status",
    label: "Status",
    choices: [
      { value: "pending", label: "Pending" },
      { value: "processing", label: "Processing" },
      { value: "succeeded", label: "Succeeded" },
      { value: "failed", label: "Failed" },
    ],
  },
  { kind: "text", name: "payment_id", label: "Payment", placeholder: "pay_…" },
  { kind: "text", name: "currency", label: "Currency", placeholder: "INR", upper: true },
  { kind: "day", name: "created_from", label: "From day", edge: "from" },
  { kind: "day", name: "created_before", label: "To day", edge: "before" },
];

const columns: readonly Column<Refund>[] = [
  { id: "amount", header: "Amount", cell: ({ amount, currency }) => <Money amount={amount} currency={currency} /> },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "payment", header: "Payment", wide: true, cell: ({ payment_id: id }) => <span className="font-mono text-xs">{id}</span> },
  {
    id: "reason",
    header: "Reason",
    wide: true,
    cell: ({ error, reason }) => (
      <span className="block max-w-56 truncate lg:max-w-md" title={error?.message ?? reason ?? undefined}>
        {error?.message ?? reason ?? "–"}
      </span>
    ),
  },
  { id: "created", header: "Created", cell: ({ created_at: at }) => <Time at={at} /> },
];

export function Page() {
  const list = useList<Refund>(
    PATH,
    {},
    filters.map(({ name }) => name),
  );
  useLiveRows<Refund>(PATH, refundIn);
  return (
    <>
      <PageHeader title="Refunds" />
      <Section flush>
        <DataTable
          name="Refunds"
          columns={columns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `refunds/${id}`}
          above={<NewRows path={PATH} noun={["refund", "refunds"]} type="refund.created" />}
          empty={<Empty title="No refunds">Open a payment that was taken, and press Refund.</Empty>}
        />
      </Section>
    </>
  );
}

function refundIn({ type, data }: EventObject): Refund | null {
  return type.startsWith("refund.") ? (data as Refund) : null;
}
