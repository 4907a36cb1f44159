import type { By } from "../admin-actions.ts";
import type { Ms } from "../model.ts";
import type { Restore, Unswept } from "../restore.ts";

/** Whether this database was restored, and what is done about it. Throws `StoreUnavailable`. */
export interface Restores {
  /** As this process has last heard. The database itself refuses what is sent in between. */
  isOpen(): boolean;
  /** Looks now: whether the database was set back, and whether a restore is open. Notes outside of it how far it is. */
  look(): Promise<Restore | null>;
  /** The restore that is open, or the last one. */
  latest(): Promise<Restore | null>;
  /** Null: one is open already. */
  begin(restore: Restore, by: By): Promise<Restore | null>;
  finish(restore: Pick<Restore, "id" | "finishedAt" | "forcedReason">, by: By): Promise<void>;
  /** Accounts, disabled ones too, that no sweep has compared up to this time. */
  unswept(until: Ms, limit: number): Promise<readonly Unswept[]>;
}
