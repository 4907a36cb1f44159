import { IDEMPOTENCY_ANSWER_MS, PROCESSES_KEPT_MS, PURGE_BATCH, PURGE_ROUNDS_MAX, REQUESTS_KEPT_MS } from "../../core/constants.ts";
import type { Ms } from "../../core/model.ts";
import type { Archive } from "../../core/ports/archive.ts";
import type { Purged } from "../../core/ports/store.ts";
import type { Deps } from "../deps.ts";

/** Resets of passwords and invitations, after they were used, called off or over: what became of them, the admin actions say for good. */
const LINKS_KEPT_MS: Ms = 30 * 86_400_000;
/** People's sessions that are over, with the addresses that they came from. */
const SESSIONS_KEPT_MS: Ms = 86_400_000;

/**
 * Removes what explains but is not money, once it is old. Several processes may do so at once. Never throws: what cannot be removed
 * now is left to the next time. Answers whether there was more than one go may take.
 * @param signal asks to end after the statement under way
 */
export async function purge(deps: Deps, signal?: AbortSignal): Promise<boolean> {
  const { exchangesMs, deliveriesMs } = deps.options.retention;
  const keptMs: Readonly<Record<Purged, Ms>> = {
    processes: PROCESSES_KEPT_MS,
    keys: IDEMPOTENCY_ANSWER_MS,
    inbox: exchangesMs,
    exchanges: exchangesMs,
    deliveries: deliveriesMs,
    requests: REQUESTS_KEPT_MS,
    resets: LINKS_KEPT_MS,
    invitations: LINKS_KEPT_MS,
    sessions: SESSIONS_KEPT_MS,
    dead_messages: deliveriesMs,
  };
  const now = deps.clock.now();
  const removed: Partial<Record<Purged, number>> = {};
  for (const what of Object.keys(keptMs) as Purged[]) {
    const count = await removeSome(deps, { what, before: now - keptMs[what], signal });
    if (count > 0) removed[what] = count;
  }
  const counts = Object.values(removed);
  if (deps.archiving) counts.push(await purgeArchive(deps, deps.archiving.archive, { before: now - exchangesMs, signal }));
  if (Object.keys(removed).length > 0) deps.log.info(removed, "old rows were removed");
  return counts.some((count) => count >= PURGE_BATCH * PURGE_ROUNDS_MAX);
}

/** For a server that removes nothing by itself. One that is away has its own line in the log, and is cleaned up when it is back. */
async function purgeArchive(
  deps: Deps,
  archive: Pick<Archive, "purge">,
  { before, signal }: { before: Ms; signal: AbortSignal | undefined },
): Promise<number> {
  let count = 0;
  try {
    for (let round = 0; round < PURGE_ROUNDS_MAX && !signal?.aborted; round++) {
      const removed = await archive.purge(before, PURGE_BATCH);
      count += removed;
      if (removed < PURGE_BATCH) break;
    }
  } catch (error) {
    deps.log.warn({ error: String(error) }, "old exchanges could not be removed from the audit store");
  }
  if (count > 0) deps.log.info({ exchanges: count }, "old exchanges were removed from the audit store");
  return count;
}

/** One kind that fails must not keep the others. */
async function removeSome(deps: Deps, options: { what: Purged; before: Ms; signal: AbortSignal | undefined }): Promise<number> {
  const { what, before, signal } = options;
  let count = 0;
  try {
    for (let round = 0; round < PURGE_ROUNDS_MAX && !signal?.aborted; round++) {
      const removed = await deps.store.purge(what, before, PURGE_BATCH);
      count += removed;
      if (removed < PURGE_BATCH) break;
    }
  } catch (error) {
    deps.log.warn({ rows: what, error: String(error) }, "old rows could not be removed");
  }
  return count;
}
