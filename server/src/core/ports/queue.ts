import type { QueueName } from "../queues.ts";

/** A queue engine carries hints, never the truth: the rows are claimed from the store. */
export interface Queue {
  /** Says that jobs of these queues may be due. Never throws, never waits for a network. */
  hint(queues: readonly QueueName[]): void;
  /** Calls back for each hint, from this process or another. */
  onHint(callback: (queue: QueueName) => void): void;
  close(): Promise<void>;
}
