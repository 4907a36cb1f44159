import type { Exchange, Ms, Scope } from "../model.ts";

/** The audit store for exchanges where it is another database than that of the money (docs/decisions/0067). */
export interface Archive {
  /**
   * Resolves once a majority has all rows but those that it returns, which it will not take; what it had already counts as written.
   * Throws if it is away, or cannot say so.
   */
  write(rows: readonly Exchange[]): Promise<readonly RefusedExchange[]>;
  /** Those of a payment, in the order of their ids. Throws if it is away. */
  ofPayment(scope: Scope, paymentId: string, limit: number): Promise<readonly Exchange[]>;
  /** Removes some that are older. Throws if it is away. @returns how many */
  purge(before: Ms, limit: number): Promise<number>;
  /** Throws if it is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface RefusedExchange {
  readonly id: string;
  /** In the words of the store, without anything of the exchange. */
  readonly reason: string;
}

/** Exchanges that were written with the money and wait to be moved. Throws `StoreUnavailable`. */
export interface Outbox {
  /** True: this process moves them until then. */
  lease(token: string, now: Ms, until: Ms): Promise<boolean>;
  /** The oldest of those whose ids come after this one. */
  next(after: string, limit: number): Promise<readonly Exchange[]>;
  /** Only what an archive has acknowledged. */
  remove(ids: readonly string[]): Promise<void>;
  /** Counted up to a bound. `oldestAt` null: none waits. */
  waiting(): Promise<{ readonly count: number; readonly oldestAt: Ms | null }>;
}

/** From where to where. */
export interface Archiving {
  readonly outbox: Outbox;
  readonly archive: Archive;
}
