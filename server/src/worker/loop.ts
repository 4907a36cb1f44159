import type { QueueName } from "../core/queues.ts";

/** The work on one queue. */
export interface QueueLoop {
  readonly queue: QueueName;
  /** Goes on until the signal; what is under way goes on after it. */
  run(): Promise<void>;
  /** Ends the current sleep, or the next one before it starts. */
  wake(): void;
  /** Jobs under way. */
  busy(): number;
  /** Resolves when those have ended. */
  idle(): Promise<unknown>;
}
