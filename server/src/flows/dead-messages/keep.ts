import { hideAndCut, hideOurSecrets } from "../../core/card-number.ts";
import { DEAD_HEADER_MAX, DEAD_HEADERS_MAX, DEAD_VALUE_MAX, type DeadMessage, type Unreadable } from "../../core/dead-messages.ts";
import { isId, newId, unreadableEventId } from "../../core/ids.ts";
import type { DeadMessages } from "../../core/ports/dead-messages.ts";
import type { Clock, Log, Random } from "../../core/ports/world.ts";

interface Keeping {
  readonly deadMessages: Pick<DeadMessages, "keep">;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Keeps what an engine brought and nobody can read, as a row that the operator sees. The same message again is the same row.
 * Rejects if it could not be kept: then the engine brings it again.
 */
export function keeperOf({ deadMessages, clock, random, log }: Keeping): (found: Unreadable) => Promise<void> {
  return async (found) => {
    const now = clock.now();
    const row = rowOf(found, { id: newId("dmsg", now, random.bytes(16)), now });
    const outcome = await deadMessages.keep(row);
    if (outcome === "known") return;
    const { engine, place, partition, position, reason } = row;
    const fields = { engine, place, partition, position, reason, ...(outcome === "kept" ? { dead_message_id: row.id } : {}) };
    log.error(
      fields,
      outcome === "kept"
        ? "a message can't be read: look at it with tillway dlq show"
        : "a message can't be read, and is not listed: too many are. Look at them with tillway dlq list",
    );
  };
}

function rowOf(found: Unreadable, { id, now }: { readonly id: string; readonly now: number }): DeadMessage {
  const { engine, partition } = found;
  const value = found.value === null ? null : shown(found.value, DEAD_VALUE_MAX);
  const bytes = Buffer.byteLength(found.value ?? "");
  const headers = Object.entries(found.headers).slice(0, DEAD_HEADERS_MAX);
  return {
    id,
    engine,
    place: found.place.slice(0, 300),
    partition,
    position: found.position.slice(0, 300),
    // Of what is kept: from a hash of a card number alone the number could be found.
    digest: unreadableEventId(`${bytes} ${value}`),
    reason: shown(found.reason, 900),
    value,
    bytes,
    headers: Object.fromEntries(headers.map(([name, text]) => [shown(name, DEAD_HEADER_MAX), shown(text, DEAD_HEADER_MAX)])),
    jobId: jobIdIn(found.value),
    foundAt: now,
    status: "open",
    handledAt: null,
    handledBy: null,
    handledReason: null,
  };
}

/** Without card numbers and secrets of ours, and without what PostgreSQL takes for the end of a text. */
function shown(text: string, lengthMax: number): string {
  return hideOurSecrets(hideAndCut(text, lengthMax)).replaceAll("\0", "\u{fffd}");
}

/** What any version writes: the job's id, at the top or in `job`. */
function jobIdIn(value: string | null): string | null {
  if (value === null || value.length > DEAD_VALUE_MAX) return null;
  try {
    const { job, jobId = job?.jobId } = (JSON.parse(value) ?? {}) as { jobId?: unknown; job?: { jobId?: unknown } };
    return typeof jobId === "string" && isId("job", jobId) ? jobId : null;
  } catch {
    return null;
  }
}
