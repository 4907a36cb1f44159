import type { QueueName } from "../core/queues.ts";
import type { Queue } from "../core/ports/world.ts";
import { tally } from "./counts.ts";
import { resume, type Life, type Machinery } from "./process.ts";

/** Hints between processes: late, sometimes lost, never the truth. */
export function hints(machinery: Machinery): { portOf(life: Life): Queue } {
  const listeners = new Map<Life, ((queue: QueueName) => void)[]>();
  const { kernel, draw, counts } = machinery;

  function send(queue: QueueName): void {
    for (const [life, callbacks] of listeners) {
      if (!life.alive) listeners.delete(life);
      else if (draw.hit(machinery.rates().hintLost)) tally(counts.faults, "queue:hint lost");
      else
        kernel.after(draw.skewed(0, 300), () =>
          resume(machinery, life, { name: "queue.hint", run: () => callbacks.forEach((callback) => callback(queue)) }),
        );
    }
  }

  return {
    portOf: (life) => ({
      hint: (queues) => queues.forEach(send),
      onHint: (callback) => void listeners.set(life, [...(listeners.get(life) ?? []), callback]),
      close: async () => void listeners.delete(life),
    }),
  };
}
