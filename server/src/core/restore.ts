/**
 * Restore mode: a database that was set back has forgotten what was charged since. From its first session on no money moves, until every
 * gateway account was swept over the span that it lost. See docs/decisions/0075.
 */
import type { ConnectorAccount, Ms } from "./model.ts";

export const restoreReasons = ["by_hand", "other_server", "other_timeline", "behind"] as const;
export type RestoreReason = (typeof restoreReasons)[number];

export interface Restore {
  readonly id: string;
  readonly reason: RestoreReason;
  /** In words: what was seen, or what the person gave. */
  readonly detail: string;
  /** The database is sure of everything before this. */
  readonly lostFrom: Ms;
  readonly begunAt: Ms;
  readonly finishedAt: Ms | null;
  /** Why it was finished with sweeps missing. */
  readonly forcedReason: string | null;
}

/** What one moment of a database is known by, from outside of it. */
export interface Mark {
  readonly systemIdentifier: string;
  readonly timeline: string;
  /** Bytes of its log that were flushed, as a decimal. */
  readonly position: string;
  /** The newest restore that it knew of; null: none. */
  readonly restoreId: string | null;
  /** The database's time. */
  readonly at: Ms;
}

/** What a session finds. */
export interface Found extends Mark {
  /** Of the data, wherever it lies. */
  readonly installation: string;
  /** The server that it says it was last used on. */
  readonly last: Pick<Mark, "systemIdentifier" | "timeline">;
  /** When its newest restore began; null: it had none. */
  readonly restoreBegunAt: Ms | null;
  readonly isOpen: boolean;
  /** The newest sign of life from before its server started; null: none. */
  readonly livedUntil: Ms | null;
}

/** A person may look this far back where the database says nothing of it. */
export const LOST_AT_MOST_MS: Ms = 86_400_000;
/** Before the newest sign of life: what was written about it may have been under way. */
export const LOST_SLACK_MS: Ms = 300_000;
/** What was on its way to a gateway when the old database went may arrive after it: the bound of a call that moves money. */
export const LATE_ARRIVAL_MS: Ms = 30_000;
/** How often a job that would send looks whether it may. */
export const RESTORE_LOOK_MS: Ms = 15_000;
/** Accounts that one answer names. */
export const UNSWEPT_SHOWN_MAX = 1_000;

/**
 * Why this database must be one that was restored, or null. What is behind the mark was set back, even if its server and timeline are the same,
 * as those of a snapshot are.
 * @param mark of this installation, as last noted outside of the database; null: none
 * @param keepsCommits a standby takes over only with all that was acknowledged, so that another timeline alone says nothing
 */
export function whyRestored(
  found: Found,
  mark: Mark | null,
  keepsCommits: boolean,
): { readonly reason: RestoreReason; readonly detail: string } | null {
  if (found.isOpen) return null;
  const { systemIdentifier, timeline, last } = found;
  if (last.systemIdentifier !== systemIdentifier)
    return { reason: "other_server", detail: `the server's identifier is ${systemIdentifier}, and was ${last.systemIdentifier}` };
  if (mark !== null && isBehind(found, mark))
    return { reason: "behind", detail: `its log ends at ${found.position}, and was noted at ${mark.position} before` };
  if (last.timeline !== timeline && !keepsCommits)
    return { reason: "other_timeline", detail: `its timeline is ${timeline}, and was ${last.timeline}` };
  return null;
}

/** A mark from before the newest restore says nothing: that restore answers for what it noted. */
function isBehind(found: Found, mark: Mark): boolean {
  const isOther = found.restoreId !== mark.restoreId;
  if (isOther && found.restoreBegunAt !== null && found.restoreBegunAt >= mark.at) return false;
  // It has forgotten that it was restored once.
  if (isOther && mark.restoreId !== null) return true;
  return mark.systemIdentifier === found.systemIdentifier && BigInt(found.position) < BigInt(mark.position);
}

/** From when on the database may have lost something. */
export function lostFrom(livedUntil: Ms | null, now: Ms): Ms {
  return Math.min(now, livedUntil ?? now - LOST_AT_MOST_MS) - LOST_SLACK_MS;
}

/** Until when each account must have been swept. */
export function sweptUntilNeeded({ begunAt }: Pick<Restore, "begunAt">): Ms {
  return begunAt + LATE_ARRIVAL_MS;
}

/** An account that still has to be swept, and what is in the way. */
export interface Unswept {
  readonly account: Pick<ConnectorAccount, "merchantId" | "mode" | "id" | "connector">;
  /** Of its last sweep; null: nothing went wrong. */
  readonly failure: string | null;
}

/** When a caller whose payment is refused may come again. */
export const RESTORE_AGAIN_MS: Ms = 60_000;
/** Of a read that finds nothing: clients that wait by themselves hold their own caller meanwhile. */
export const FORGOTTEN_AGAIN_MS = 5_000;
