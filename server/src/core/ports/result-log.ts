import type { MoneyEvent, Ms, Scope } from "../model.ts";

/** The events of the database in the order of their commits, as far as they were announced to other programs. */
export interface ResultLog {
  /** What is committed from now on is to be announced. Does nothing where it has begun before. */
  begin(): Promise<void>;
  /** True: this process announces until then. */
  lease(token: string, now: Ms, until: Ms): Promise<boolean>;
  /** Those that have events beyond their mark, the ones furthest behind first. */
  scopes(limit: number): Promise<readonly Scope[]>;
  /** When the oldest event was made that is beyond its mark; null: there is none, or it has not begun. As costly as `scopes`. */
  oldestWaitingAt(): Promise<Ms | null>;
  /** What follows the mark. Events that may still get others before them are left out. */
  next(scope: Scope, limit: number): Promise<NextResults>;
  /** All up to this mark was announced. */
  passed(scope: Scope, mark: ResultMark): Promise<void>;
}

/** A place in the order of commits. */
export interface ResultMark {
  readonly committed: string;
  readonly id: string;
}

export interface NextResults {
  readonly results: readonly Omit<MoneyEvent, "closes" | "apiVersion">[];
  /** Null: there is nothing new. */
  readonly mark: ResultMark | null;
  readonly hasMore: boolean;
}
