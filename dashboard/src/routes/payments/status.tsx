import type { Payment } from "@tillway/sdk";
import { Badge, StatusBadge } from "../../kit/badge.tsx";

/** One that was given back says so: that it succeeded says too little to somebody who looks for a refund. */
export function PaymentStatus({ payment }: { payment: Pick<Payment, "status" | "amount_refunded" | "amount_captured"> }) {
  const { status, amount_refunded: refunded, amount_captured: captured } = payment;
  if (status !== "succeeded" || refunded === 0) return <StatusBadge status={status} />;
  return (
    <Badge tone="neutral" title="Succeeded, and was given back">
      {refunded >= captured ? "Refunded" : "Partly refunded"}
    </Badge>
  );
}
