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
  read(scope: Scope, wish: AnalyticsWish): Promise<{ readonly times: readonly Ms[]; readonly rows: readonly Counted[] }>;
  /** Forgets all that was counted, so that it is counted again from the first event on. Returns of how many scopes. */
  rebuild(): Promise<number>;
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
