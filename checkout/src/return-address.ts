/** The shop's page after a payment, with the hints that it also gets from a bank's page. They are for showing, and no proof. */
import type { Payment } from "./contract.ts";

export function returnAddress(returnUrl: string, { id, status }: Payment): string {
  try {
    const url = new URL(returnUrl);
    url.searchParams.set("payment_id", id);
    url.searchParams.set("status", status);
    return url.href;
  } catch {
    return returnUrl;
  }
}
