/** Deliveries in lists. */
import type { Delivery } from "@tillway/sdk";
import { StatusBadge } from "../../kit/badge.tsx";
import type { Column } from "../../kit/table.tsx";
import { Ago, Time } from "../../kit/time.tsx";

export const deliveryColumns: readonly Column<Delivery>[] = [
  { id: "type", header: "Event", cell: ({ event_type: type }) => type },
  { id: "status", header: "Status", cell: ({ status }) => <StatusBadge status={status} /> },
  { id: "code", header: "Answer", right: true, cell: ({ last_status_code: code }) => code ?? "–" },
  { id: "tries", header: "Tries", right: true, wide: true, cell: ({ tries_made: tries }) => tries },
  { id: "next", header: "Next try", wide: true, cell: ({ next_try_at: at }) => (at === null ? "–" : <Ago at={at} />) },
  {
    id: "endpoint",
    header: "Endpoint",
    wide: true,
    hidden: true,
    cell: ({ endpoint_id: id }) => <span className="font-mono text-xs">{id}</span>,
  },
  {
    id: "payment",
    header: "Payment",
    wide: true,
    hidden: true,
    cell: ({ payment_id: id }) => <span className="font-mono text-xs">{id ?? "–"}</span>,
  },
  { id: "created", header: "Owed", cell: ({ created_at: at }) => <Time at={at} /> },
];
