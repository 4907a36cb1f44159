import type { QueueName } from "../core/queues.ts";
import type { Log } from "../core/ports/log.ts";

/**
 * Hints within this process. Many hints of one turn of the event loop become one call per queue: a batch of 200 commits wakes the
 * worker once. The calls come after the turn, so that hinting never runs somebody else's code in the middle of one's own.
 */
export class HintHub {
  readonly #log: Log;
  readonly #callbacks: ((queue: QueueName) => void)[] = [];
  readonly #waiting = new Set<QueueName>();
  #turn: NodeJS.Immediate | null = null;
  #isClosed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  hint(queues: readonly QueueName[]): void {
    if (this.#isClosed) return;
    for (const queue of queues) this.#waiting.add(queue);
    if (this.#waiting.size > 0) this.#turn ??= setImmediate(() => this.#deliver());
  }

  onHint(callback: (queue: QueueName) => void): void {
    this.#callbacks.push(callback);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#waiting.clear();
  }

  #deliver(): void {
    this.#turn = null;
    const queues = [...this.#waiting];
    this.#waiting.clear();
    for (const queue of queues) for (const callback of this.#callbacks) this.#call(callback, queue);
  }

  #call(callback: (queue: QueueName) => void, queue: QueueName): void {
    try {
      callback(queue);
    } catch (error) {
      this.#log.error({ error, queue }, "a hint's receiver threw; its poll finds the work");
    }
  }
}
