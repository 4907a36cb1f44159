import type { Log } from "../core/ports/log.ts";
import type { Queue } from "../core/ports/queue.ts";
import { HintHub } from "./hints.ts";

/** Hints that reach this process only: for the all-in-one process and for tests. */
export function createMemoryQueue(options: { readonly log: Log }): Queue {
  const hub = new HintHub(options.log);
  return {
    hint: (queues) => hub.hint(queues),
    onHint: (callback) => hub.onHint(callback),
    close: async () => hub.close(),
  };
}
