import type { Seal } from "../audit/seals.ts";
import type { Ms } from "../model.ts";

/** Seals over events and admin actions, and their rows as an export has them. */
export interface AuditStore {
  /** True: this process seals until then. */
  lease(token: string, now: Ms, until: Ms): Promise<boolean>;
  /** Merchants that have rows beyond their newest seal, and when the first of them was made; at most `limit`. */
  unsealed(limit: number): Promise<readonly { readonly merchantId: string; readonly oldestAt: Ms }[]>;
  /** The newest seal, and the leaves that follow it in the order of commits: at most `limit`. Rows that may still get others before them are left out. */
  next(merchantId: string, limit: number): Promise<{ readonly last: Seal | null; readonly leaves: readonly Leaf[] }>;
  /** False: another process has this seal. */
  append(seal: Seal): Promise<boolean>;
  head(merchantId: string): Promise<Seal | null>;
  /** After this number, whose rows lie in this time: at most `limit`. */
  seals(merchantId: string, span: TimeSpan & { readonly after: number }, limit: number): Promise<readonly Seal[]>;
  /** The rows that a seal should have, as they are now. */
  rowsOf(seal: Seal): Promise<readonly AuditRow[]>;
  /** What follows the newest seal. */
  rowsAfter(seal: Seal | null, merchantId: string, limit: number): Promise<readonly AuditRow[]>;
}

export interface TimeSpan {
  readonly from: Ms | null;
  readonly until: Ms | null;
}

/** A row as its hash. */
export interface Leaf {
  readonly committed: string;
  readonly id: string;
  readonly at: Ms;
  /** As `leafOf`. */
  readonly hash: Buffer;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Ms;
  /** The exact text that was hashed. */
  readonly line: string;
}
