import type { Ledger } from "./ledger.ts";
import { positions } from "./status.ts";

/** Captured less refunded over all charges under this gateway key, or of this payment of ours; minor units. */
export function net(ledger: Ledger, keyOrPayment: string, now: number): number {
  let sum = 0;
  for (const one of positions(ledger, now)) {
    if (one.key === keyOrPayment || one.payment === keyOrPayment) sum += one.captured - one.refunded;
  }
  return sum;
}
