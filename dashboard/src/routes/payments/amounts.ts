import type { Payment } from "@tillway/sdk";

/** What the API would take as a refund: captured, neither given back nor about to be. A reversal is of money outside the payment. */
export function refundable({ amount_captured: captured, refunds = [] }: Payment): number {
  const reserved = refunds.filter(({ status, kind }) => status !== "failed" && kind !== "reversal");
  return Math.max(0, captured - reserved.reduce((sum, { amount }) => sum + amount, 0));
}

export function capturable({ status, amount_authorized: held, amount_captured: captured }: Payment): number {
  return status === "authorized" ? Math.max(0, held - captured) : 0;
}
