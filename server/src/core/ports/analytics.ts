import type { AnalyticsGroup, AnalyticsStep, Counted } from "../analytics.ts";
import type { Ms, Scope } from "../model.ts";

/** Rolls events up, and reads what was rolled up. PostgreSQL alone fills it. Throws `StoreUnavailable`. */
export interface Analytics {
  /** Scopes that were not rolled up since `before`, longest ago first; each is given to one process. */
  turns(now: Ms, before: Ms, limit: number): Promise<readonly Scope[]>;
  /** Counts what was committed since the last time, and says so, in one statement. True: there is more. */
  rollUp(scope: Scope, now: Ms): Promise<boolean>;
  /** Up to when all is counted; null: nothing is yet. */
  upTo(scope: Scope): Promise<Ms | null>;
  /** Sums by hour or day of the zone, and the begins of all hours or days asked for. */
  read(scope: Scope, wish: AnalyticsWish): Promise<AnalyticsRows>;
  /** The day of the zone that `now` is in, as it stands: what was rolled up of it, and what was not yet, as of one moment. */
  today(scope: Scope, now: Ms, zone: string): Promise<Today>;
  /** How charges of each account ended, and how long they took, since the hour that has this time in it. */
  ofAccounts(scope: Scope, from: Ms): Promise<readonly AccountCount[]>;
  /** The scopes that were rolled up: of one merchant, or of all. */
  scopes(merchantId: string | null): Promise<readonly Scope[]>;
  /**
   * Counts a piece of time anew, from `from` on and up to where the rollup has come: what was counted of it before is replaced in one
   * statement. `moved`: the rollup has counted meanwhile, and nothing was changed; ask again.
   */
  rebuild(scope: Scope, piece: RebuildPiece): Promise<Rebuilt | "moved">;
}

export interface RebuildPiece {
  /** Rounded down to a quarter of an hour. */
  readonly from: Ms;
  /** Webhooks that were owed before this may have been removed as old: what was counted of them stays. */
  readonly webhooksFrom: Ms;
  readonly now: Ms;
}

export interface Rebuilt {
  /** Where the next piece begins; null: there is none. */
  readonly next: Ms | null;
  readonly events: number;
}

export interface AnalyticsRows {
  readonly times: readonly Ms[];
  readonly rows: readonly Counted[];
  /** There are more than one answer is made of: the latest times lack some. */
  readonly isCut: boolean;
}

export interface AnalyticsWish {
  readonly what: readonly Counted["what"][];
  readonly from: Ms;
  readonly to: Ms;
  readonly by: AnalyticsStep;
  /** A name of the tz database. */
  readonly zone: string;
  readonly group: AnalyticsGroup | null;
}

/** Every count of rows has a bound. */
export interface Today {
  readonly from: Ms;
  readonly to: Ms;
  /** Without a time and a group. */
  readonly rows: readonly Omit<Counted, "at" | "group" | "reason">[];
  /** Of those that were owed today, how they ended; of all that have not, how many wait, and how many of them after a try that failed. */
  readonly webhooks: { readonly succeeded: number; readonly failed: number; readonly pending: number; readonly retrying: number };
  readonly unknownAttempts: number;
  readonly openCases: number;
  /** The rollup is so far behind that not all rows were counted. */
  readonly isBehind: boolean;
}

export interface AccountCount extends Pick<Counted, "outcome" | "count"> {
  readonly what: "attempt" | "latency";
  readonly accountId: string;
}
