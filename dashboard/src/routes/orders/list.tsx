import type { Order } from "@tillway/sdk";
import { StatusBadge } from "../../kit/badge.tsx";
import { ApiCommand } from "../../kit/api-command.tsx";
import { useList } from "../../kit/data.ts";
import type { Filter } from "../../kit/filters.tsx";
import { PageHeader, Section } from "../../kit/layout.tsx";
import { Money } from "../../kit/money.tsx";
import { Empty } from "../../kit/states.tsx";
import { DataTable, type Column } from "../../kit/table.tsx";
import { Time } from "../../kit/time.tsx";

const filters: readonly Filter[] = [
  {
    kind: "choice",
    name: "status",
    label: "Status",
    choices: [
      { value: "created", label: "Created" },
      { value: "attempted", label: "Attempted" },
      { value: "paid", label: "Paid" },
    ],
  },
  { kind: "text", name: "receipt", label: "Receipt", placeholder: "R-1001" },
  { kind: "text", name: "currency", label: "Currency", placeholder: "INR", upper: true },
  { kind: "amount", name: "amount_min", label: "Amount from", of: "currency" },
  { kind: "amount", name: "amount_max", label: "Amount to", of: "currency" },
  { kind: "day", name: "created_from", label: "From day", edge: "from" },
  { kind: "day", name: "created_before", label: "To day", edge: "before" },
  { kind: "text", name: "payment_link_id", label: "Payment link", placeholder: "plink_…" },
];

const columns: readonly Column<Order>[] = [
  { id: "amount", header: "Amount", cell: ({ amount, currency }) => <Money amount={amount} currency={currency} /> },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "receipt", header: "Receipt", cell: ({ receipt }) => <span className="block max-w-40 truncate">{receipt ?? "–"}</span> },
  { id: "due", header: "Due", wide: true, right: true, cell: (row) => <Money amount={row.amount_due} currency={row.currency} /> },
  { id: "id", header: "Order", wide: true, cell: ({ id }) => <span className="font-mono text-xs">{id}</span> },
  { id: "created", header: "Created", wide: true, cell: ({ created_at: at }) => <Time at={at} /> },
];

const command = `curl "$TILLWAY_URL/v1/orders" \\
  -H "X-Api-Key: $TILLWAY_KEY" -H "X-Api-Secret: $TILLWAY_SECRET" -H "Idempotency-Key: $(uuidgen)" \\
  -H "Content-Type: application/json" \\
  -d '{"amount":49900,"currency":"INR","receipt":"R-1001"}'`;

export function Page() {
  const list = useList<Order>(
    "/v1/orders",
    {},
    filters.map(({ name }) => name),
  );
  return (
    <>
      <PageHeader title="Orders" />
      <Section flush>
        <DataTable
          name="Orders"
          columns={columns}
          list={list}
          filters={filters}
          linkOf={({ id }) => `orders/${id}`}
          empty={
            <Empty title="No orders yet">
              <p className="mb-3">An order is what a shopper is to pay, by as many payments as it takes. This makes one:</p>
              <div className="text-left">
                <ApiCommand label="A command that makes an order" text={command} />
              </div>
            </Empty>
          }
        />
      </Section>
    </>
  );
}
