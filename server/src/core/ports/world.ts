import type { Ms } from "../model.ts";
import type { QueueName } from "../queues.ts";

/** The one clock: database time. Only the simulator and tests put another in its place. */
export interface Clock {
  now(): Ms;
  /** Resolves after `ms`, or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness comes in from outside, so that the simulator can replay it. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  bytes(length: number): Uint8Array;
}

/** From the fewest lines to the most but for `silent`, which writes none. */
export const LOG_LEVELS = ["error", "warn", "info", "silent"] as const;
/** The least serious lines that are written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Structured log. Fields never carry card data or secrets; the adapter redacts again. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A queue engine carries hints, never the truth: the rows are claimed from the store. */
export interface Queue {
  /** Says that jobs of these queues may be due. Never throws, never waits for a network. */
  hint(queues: readonly QueueName[]): void;
  /** Calls back for each hint, from this process or another. */
  onHint(callback: (queue: QueueName) => void): void;
  close(): Promise<void>;
}
