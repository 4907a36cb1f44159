import { tally } from "./counts.ts";
import type { Machinery } from "./process.ts";
import type { Swarm } from "./swarm.ts";

export interface Outages {
  readonly store: () => boolean;
  readonly gateway: () => boolean;
  readonly receiver: () => boolean;
  /** The receiver is there and answers 410. */
  readonly gone: () => boolean;
  /** Ends them all, for good. */
  end(): void;
}

/** Money is safe from one clock step while a "not found" is being checked, not from two; nobody sets a server's clock twice within minutes. */
const STEPS_APART_MS = 600_000;

/** The database's clock steps, forward or back. */
export function clockSteps({ kernel, draw, counts }: Machinery, steps: { count: number; maxMs: number }, untilMs: number): void {
  for (let i = 0; i < steps.count; i++) {
    const byMs = draw.pick([-1, 1]) * draw.int(4_000, steps.maxMs);
    kernel.after(draw.int(0, untilMs), () => {
      if (kernel.now < kernel.databaseSteppedAt + STEPS_APART_MS) return;
      tally(counts.faults, byMs < 0 ? "clock:back" : "clock:forward");
      kernel.trace.add(kernel.now, `the database's clock steps by ${byMs} ms`);
      kernel.databaseAheadMs += byMs;
      kernel.databaseSteppedAt = kernel.now;
    });
  }
}

const HOUR_MS = 3_600_000;

/** Stretches of time in which the database, the gateway or the merchant's receiver cannot be reached at all. */
export function outages(machinery: Machinery, { healAfterMs: untilMs, goneSpells, spreadMs }: Swarm): Outages {
  const { kernel, draw, counts } = machinery;
  const { perHour, maxMs } = machinery.rates().outages;
  const until = { store: 0, gateway: 0, receiver: 0, gone: 0 };
  const planned = Math.round((perHour * untilMs) / HOUR_MS);
  for (let i = 0; i < Math.min(planned, 12); i++) {
    const which = draw.pick(["store", "gateway", "receiver"] as const);
    const lastsMs = draw.int(1_000, which === "store" ? Math.min(maxMs, 120_000) : maxMs);
    kernel.after(draw.int(0, untilMs), () => {
      tally(counts.faults, `outage:${which}`);
      until[which] = Math.max(until[which], kernel.now + lastsMs);
    });
  }
  // While payments come in, or soon after: later there is nothing to be sent.
  for (let i = 0; i < goneSpells; i++) {
    const lastsMs = draw.pick([2_000, 70_000, 600_000, 7_200_000]);
    kernel.after(draw.int(0, Math.min(untilMs, 2 * spreadMs)), () => {
      tally(counts.faults, "outage:gone");
      until.gone = Math.max(until.gone, kernel.now + lastsMs);
    });
  }
  return {
    store: () => kernel.now < until.store,
    gateway: () => kernel.now < until.gateway,
    receiver: () => kernel.now < until.receiver,
    gone: () => kernel.now < until.gone,
    end: () => void Object.assign(until, { store: 0, gateway: 0, receiver: 0, gone: 0 }),
  };
}
