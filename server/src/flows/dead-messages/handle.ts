import { actionBy, type By } from "../../core/admin-actions.ts";
import type { DeadMessage } from "../../core/dead-messages.ts";
import { TillwayError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { DeadMessages } from "../../core/ports/dead-messages.ts";
import type { Deps } from "../deps.ts";

export interface Hand {
  readonly action: "replay" | "discard";
  readonly by: By;
  /** A name that people know. */
  readonly name: string;
  /** Null only for a replay. */
  readonly reason: string | null;
}

interface Handling extends Pick<Deps, "clock" | "random"> {
  readonly deadMessages: Pick<DeadMessages, "handle">;
}

/**
 * A replay makes the job due that the message names: its row is the truth, so nothing has to be put into the engine again. A discard says that
 * nothing is to be done. Throws `TillwayError`.
 */
export async function handleDeadMessage(deps: Handling, message: DeadMessage, hand: Hand): Promise<DeadMessage> {
  const { action, by, name, reason } = hand;
  const isReplay = action === "replay";
  if (isReplay && message.jobId === null) throw new TillwayError("invalid_state", { message: NAMES_NO_JOB });
  const now = deps.clock.now();
  const status = isReplay ? "replayed" : "discarded";
  const after = { ...message, status, handledAt: now, handledBy: name, handledReason: reason } as const;
  const deed = {
    id: newId("act", now, deps.random.bytes(16)),
    action: `dead_message.${status}`,
    subject: message.id,
    before: { status: message.status },
    after: { status, ...(reason === null ? {} : { reason }), place: message.place, position: message.position },
  };
  // Of the installation, as it is of no merchant and of no mode.
  const noted = { ...actionBy(by, { merchantId: "", mode: "test" }, now, deed), mode: "" as const };
  const jobId = isReplay ? message.jobId : null;
  const outcome = await deps.deadMessages.handle({ after, action: noted, jobId, now });
  if (outcome !== "applied") throw new TillwayError("invalid_state", { message: refusals[outcome] });
  return after;
}

const NAMES_NO_JOB = "It names no job, so there is nothing to replay. Discard it.";

const refusals = {
  stale: "It is handled already.",
  busy: "A worker is at this very work. Look at it again in a minute: it may have succeeded.",
  gone: "The work that it names is done or gone, so there is nothing to replay. Discard it.",
} as const;
