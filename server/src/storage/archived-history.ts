/** The history of a payment with those of its exchanges that were moved to an archive. */
import { HISTORY_ROWS_MAX } from "../core/constants.ts";
import type { Exchange, Scope } from "../core/model.ts";
import type { Archive } from "../core/ports/archive.ts";
import type { Reads } from "../core/ports/reads.ts";
import { withinOrNull } from "../net/within.ts";

/** Nobody who looks at a payment waits longer for it … */
export const ARCHIVE_WAIT_MS = 1_000;
/** … and after one did so in vain, nobody does for a while. */
const ARCHIVE_DOUBT_MS = 3_000;

/**
 * The database is asked first: a row that has left it by then is in the archive already, so that none is missed between the two. One that is
 * in both is shown once.
 */
export function withArchived(reads: Reads, archive: Pick<Archive, "ofPayment">, waitMs = ARCHIVE_WAIT_MS): Reads {
  let doubtedUntilMs = 0;
  const ask = async (scope: Scope, id: string): Promise<readonly Exchange[] | null> => {
    if (performance.now() < doubtedUntilMs) return null;
    const moved = await withinOrNull(waitMs, () => archive.ofPayment(scope, id, HISTORY_ROWS_MAX));
    if (moved === null) doubtedUntilMs = performance.now() + ARCHIVE_DOUBT_MS;
    return moved;
  };
  return {
    ...reads,
    history: async (scope, id) => {
      const history = await reads.history(scope, id);
      if (history === null) return null;
      const moved = await ask(scope, id);
      if (moved === null) return { ...history, lacksExchanges: true };
      const byId = new Map([...moved, ...history.exchanges].map((row) => [row.id, row]));
      const all = [...byId.values()].toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
      const exchanges = all.slice(0, HISTORY_ROWS_MAX);
      return { ...history, exchanges, isCut: history.isCut || exchanges.length === HISTORY_ROWS_MAX };
    },
  };
}
