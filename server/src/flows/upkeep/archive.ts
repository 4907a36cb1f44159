/** Moves exchanges from the database of the money to an archive: they leave the one only after the other has acknowledged them. */
import { newId } from "../../core/ids.ts";
import type { Exchange, Ms } from "../../core/model.ts";
import type { Archive, Archiving } from "../../core/ports/archive.ts";
import type { Deps } from "../deps.ts";

/** Exchanges of one write to an audit store of their own: at most some 8 MB. */
const ARCHIVE_BATCH = 500;
/** Batches of one go. */
const ARCHIVE_ROUNDS_MAX = 20;
/** Between two goes, where little waits. */
export const ARCHIVE_EVERY_MS = 1_000;
/** Longer than a batch takes whose write is acknowledged late; two that move the same rows do no harm. */
const ARCHIVE_LEASE_MS = 30_000;
/** A row that the store refuses is sent again: it may have been changed meanwhile. */
const ARCHIVE_REFUSED_AGAIN_MS = 600_000;

/** Of one process. */
export interface Mover {
  /** Moves what waits, if no other process does. Answers whether there is more. Throws if our own database is away. */
  move(signal: AbortSignal): Promise<boolean>;
}

export function createMover(deps: Pick<Deps, "clock" | "random" | "log">, { outbox, archive }: Archiving): Mover {
  const { clock, random } = deps;
  const token = newId("req", clock.now(), random.bytes(16));
  const archived = noting(deps, archive);
  const refused = new Map<string, Ms>();

  async function move(signal: AbortSignal): Promise<boolean> {
    let after = "";
    for (let round = 0; round < ARCHIVE_ROUNDS_MAX && !signal.aborted; round++) {
      const now = clock.now();
      if (!(await outbox.lease(token, now, now + ARCHIVE_LEASE_MS))) return false;
      const rows = await outbox.next(after, ARCHIVE_BATCH);
      const sent = rows.filter(({ id }) => (refused.get(id) ?? 0) <= now);
      if (sent.length > 0 && !(await send(sent))) return false;
      if (rows.length < ARCHIVE_BATCH) return false;
      after = rows.at(-1)!.id;
    }
    return !signal.aborted;
  }

  /** False: the archive is away. One that it refuses stays where it is, and holds up no other. */
  async function send(rows: readonly Exchange[]): Promise<boolean> {
    const answer = await archived.write(rows);
    if (answer === null) return false;
    const [first] = answer;
    if (first)
      deps.log.warn(
        { count: answer.length, exchange: first.id, reason: first.reason },
        "the audit store refused exchanges; they stay in the database",
      );
    if (refused.size > ARCHIVE_BATCH * ARCHIVE_ROUNDS_MAX) refused.clear();
    for (const { id } of answer) refused.set(id, clock.now() + ARCHIVE_REFUSED_AGAIN_MS);
    const kept = new Set(answer.map(({ id }) => id));
    const written = rows.map(({ id }) => id).filter((id) => !kept.has(id));
    for (const id of written) refused.delete(id);
    if (written.length > 0) await outbox.remove(written);
    return true;
  }

  return { move };
}

/** Writes, and says once that the archive is away and once that it is back. Null: it is away. */
function noting(
  { clock, log }: Pick<Deps, "clock" | "log">,
  archive: Archive,
): { write(rows: readonly Exchange[]): Promise<Awaited<ReturnType<Archive["write"]>> | null> } {
  let awaySince: Ms | null = null;
  return {
    write: async (rows) => {
      try {
        const refused = await archive.write(rows);
        if (awaySince !== null) log.info({ away_ms: clock.now() - awaySince }, "the audit store is back: exchanges are moved again");
        awaySince = null;
        return refused;
      } catch (error) {
        if (awaySince === null)
          log.warn({ error: String(error) }, "the audit store is away: exchanges stay in the database until it is back");
        awaySince ??= clock.now();
        return null;
      }
    },
  };
}
