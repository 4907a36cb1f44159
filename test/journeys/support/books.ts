/** One operation as the gateway's own books show it (GET /journal). */
export interface Entry {
  readonly operation: "charge" | "capture" | "void" | "refund";
  readonly key: string;
  readonly payment_id: string;
  readonly amount: number;
  readonly status: string;
  /** Of charges only. */
  readonly captured?: number;
  readonly refunded?: number;
}

/** The far side's books, with which everything else is compared. */
export async function journalOf(sandboxUrl: string): Promise<readonly Entry[]> {
  const answer = await fetch(`${sandboxUrl}/journal`);
  return ((await answer.json()) as { data: Entry[] }).data;
}

/** One payment there: its charges that took money, and the sum that is left after refunds. */
export async function moneyOf(sandboxUrl: string, paymentId: string): Promise<{ charges: number; net: number; operations: string[] }> {
  const entries = (await journalOf(sandboxUrl)).filter((entry) => entry.payment_id === paymentId);
  const taken = entries.filter((entry) => (entry.captured ?? 0) > 0);
  return {
    charges: taken.length,
    net: taken.reduce((sum, entry) => sum + entry.captured! - entry.refunded!, 0),
    operations: entries.map((entry) => `${entry.operation} ${entry.status}`),
  };
}
