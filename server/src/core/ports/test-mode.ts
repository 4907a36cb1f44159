import type { Ms } from "../model.ts";
import type { QueueName } from "../queues.ts";

/** The jobs of a queue, over all merchants. Counts end at a bound. */
export interface JobCounts {
  /** Due, or planned for later. */
  readonly pending: number;
  /** Under way, under a lease. */
  readonly processing: number;
  readonly completed: number;
  /** Given up, or failed again and again. */
  readonly failed: number;
}

/** Throws `StoreUnavailable`. */
export interface TestStorage {
  jobs(now: Ms): Promise<Readonly<Record<QueueName, JobCounts>>>;
  /** How far all processes in test mode are ahead of the database's own time. */
  ahead(): Promise<Ms>;
  /** @returns how far they are ahead from now on; null: that would be further than `most`, and nothing has changed */
  advance(ms: Ms, most: Ms): Promise<Ms | null>;
  /** A key or an account that could charge real cards: test mode and those do not go together. */
  hasLiveKeys(): Promise<boolean>;
}

/** How the sandbox fails from now on. */
export interface Faults {
  /** This share of all requests meets this fault; null: none. */
  readonly flaky: { readonly kind: string; readonly rate: number; readonly seed: string } | null;
  /** Plain payments follow this scenario; null: they follow the bank. */
  readonly mock: string | null;
}
