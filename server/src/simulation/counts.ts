/** What a simulation did, so that "no violation" says how much was tried. Sums over seeds. */
export interface Counts {
  seeds: number;
  payments: number;
  boundaries: number;
  crashes: number;
  pauses: number;
  virtualMs: number;
  gatewayCharges: number;
  gatewayWebhooks: number;
  merchantRequests: number;
  deliveries: number;
  /** Tries of them. */
  emails: number;
  /** Faults by kind. */
  faults: Record<string, number>;
  /** Crashes by point, e.g. `store.commit:after`. */
  crashPoints: Record<string, number>;
  /** Payments by how they ended. */
  ends: Record<string, number>;
}

export function noCounts(): Counts {
  return {
    seeds: 0,
    payments: 0,
    boundaries: 0,
    crashes: 0,
    pauses: 0,
    virtualMs: 0,
    gatewayCharges: 0,
    gatewayWebhooks: 0,
    merchantRequests: 0,
    deliveries: 0,
    emails: 0,
    faults: {},
    crashPoints: {},
    ends: {},
  };
}

export function tally(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/** Adds `more` to `sum`. */
export function addCounts(sum: Counts, more: Counts): void {
  const { faults, crashPoints, ends, ...numbers } = more;
  for (const [name, value] of Object.entries(numbers) as [keyof typeof numbers, number][]) sum[name] += value;
  for (const [name, value] of Object.entries(faults)) tally(sum.faults, name, value);
  for (const [name, value] of Object.entries(crashPoints)) tally(sum.crashPoints, name, value);
  for (const [name, value] of Object.entries(ends)) tally(sum.ends, name, value);
}
