import { noCounts } from "./counts.ts";
import { Kernel, Trace } from "./kernel.ts";
import type { Machinery } from "./process.ts";
import { chance } from "./random.ts";
import { calm, type Rates } from "./swarm.ts";

/** A kernel without faults but those named. */
export function machine(rates: Partial<Rates> = {}, seed = 1): Machinery {
  return { kernel: new Kernel(new Trace(true)), draw: chance(seed, "test"), counts: noCounts(), rates: () => ({ ...calm, ...rates }) };
}

/** Lets everything happen that is planned. Throws if that has no end. */
export async function runAll({ kernel }: Pick<Machinery, "kernel">, untilMs = Infinity): Promise<void> {
  for (let steps = 0; kernel.next() <= untilMs && kernel.next() !== Infinity; steps++) {
    if (steps > 10_000) throw new Error("the simulation does not come to rest");
    await kernel.step();
  }
}
