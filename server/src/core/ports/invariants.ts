import type { Break, InvariantId, InvariantState } from "../invariants.ts";
import type { Ms, Scope } from "../model.ts";

/** Looks at rows for what must not be. PostgreSQL alone fills it: docs/decisions/0062. Throws `StoreUnavailable`. */
export interface Invariants {
  /** Scopes that were not looked at since `before`, longest ago first; each is given to one process. */
  turns(now: Ms, before: Ms, limit: number): Promise<readonly Scope[]>;
  /** Looks at what was committed since the last time, at a piece of the slow walk, and at what was broken. Writes nothing. */
  look(scope: Scope, options: LookOptions): Promise<Look>;
  /** Writes down how far it has come and what is broken by now. Nothing if another process was faster. */
  keep(scope: Scope, look: Look): Promise<void>;
  /** Null: the scope was never looked at. */
  state(scope: Scope): Promise<InvariantState | null>;
  /** What is broken in this scope, by invariant: what the sweeps found among it. At most `limit` rows of each. */
  broken(scope: Scope, limit: number): Promise<readonly Broken[]>;
}

export interface LookOptions {
  readonly now: Ms;
  /** Deliveries of older events may have been removed. */
  readonly toldSince: Ms;
}

export interface Look {
  readonly breaks: readonly Break[];
  /** Breaks of before that hold again. */
  readonly mended: readonly Pick<Break, "invariant" | "paymentId">[];
  /** What only the adapter reads. */
  readonly mark: unknown;
}

export interface Broken {
  readonly invariant: InvariantId;
  readonly rows: readonly string[];
}
