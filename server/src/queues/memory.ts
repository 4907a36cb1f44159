import type { QueueName } from "../core/queues.ts";
import type { Log, Queue } from "../core/ports/world.ts";

/**
 * Hints within this process. Many hints of one turn of the event loop become one call per queue: a batch of 200 commits wakes the
 * worker once. The calls come after the turn, so a hint never runs somebody else's code in the middle of the caller's own.
 */
export function createMemoryQueue({ log }: { readonly log: Log }): Queue {
  const callbacks: ((queue: QueueName) => void)[] = [];
  const waiting = new Set<QueueName>();

  function deliver(): void {
    const queues = [...waiting];
    waiting.clear();
    for (const queue of queues) for (const callback of callbacks) call(callback, queue);
  }

  function call(callback: (queue: QueueName) => void, queue: QueueName): void {
    try {
      callback(queue);
    } catch (error) {
      log.error({ error, queue }, "a hint's receiver threw; its poll finds the work");
    }
  }

  return {
    hint: (queues) => {
      if (waiting.size === 0 && queues.length > 0) setImmediate(deliver);
      for (const queue of queues) waiting.add(queue);
    },
    onHint: (callback) => void callbacks.push(callback),
    close: async () => void callbacks.splice(0),
  };
}
