import {
  ENDPOINT_LOOK_MAX_MS,
  ENDPOINT_LOOK_MIN_MS,
  JOB_RETRY_GAPS_MS,
  NOT_SENT_GAPS_MS,
  QUESTION_LAST_GAP_MS,
  QUESTION_SCHEDULE_MS,
  RETRY_AFTER_MAX_MS,
  WEBHOOK_JITTER,
} from "./constants.ts";
import type { Ms } from "./model.ts";

/**
 * When the next question about an unknown outcome is due: by the number of questions asked, or by the time since the attempt was
 * sent, whichever is sooner. The count alone would punish an attempt whose askers died; the time alone one that nobody could ask.
 * @param asked questions asked so far
 * @param sentAt the send that the pace begins with
 */
export function nextQuestionAt(now: Ms, asked: number, sentAt: Ms): Ms {
  const byCount = now + (QUESTION_SCHEDULE_MS[asked] ?? QUESTION_LAST_GAP_MS);
  const age = now - sentAt;
  const byAge = sentAt + (questionAges.find((at) => at > age) ?? Infinity);
  return Math.max(now + QUESTION_SCHEDULE_MS[0]!, Math.min(byCount, byAge));
}

/** The ages of an attempt at which the schedule asks, were every question in time. */
const questionAges: readonly number[] = QUESTION_SCHEDULE_MS.map((_, index) =>
  QUESTION_SCHEDULE_MS.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0),
);

/** When a request that never left is tried again, or null when patience ends. @param sends sends so far, 1 or more */
export function nextSendAt(now: Ms, sends: number): Ms | null {
  const gap = NOT_SENT_GAPS_MS[sends - 1];
  return gap === undefined ? null : now + gap;
}

/** When a job whose handler threw is run again. @param tries tries so far, 1 or more */
export function nextJobRunAt(now: Ms, tries: number): Ms {
  return now + JOB_RETRY_GAPS_MS[Math.min(tries, JOB_RETRY_GAPS_MS.length) - 1]!;
}

/** When a delivery that waits for its endpoint looks after it again. */
export function nextEndpointLookAt(now: Ms, createdAt: Ms): Ms {
  return now + Math.min(Math.max(ENDPOINT_LOOK_MIN_MS, now - createdAt), ENDPOINT_LOOK_MAX_MS);
}

/** The gap before each try, a number in [0, 1) of which 0.5 means no jitter, and what the receiver asked for. */
type DeliveryPace = Readonly<{ gapsMs: readonly number[]; random: number; retryAfterMs: number | null }>;

/**
 * When a delivery is tried next, or null when its schedule is exhausted.
 * @param tries tries made since the schedule began, 1 or more
 */
export function nextDeliveryAt(now: Ms, tries: number, { gapsMs, random, retryAfterMs }: DeliveryPace): Ms | null {
  const gap = gapsMs[tries];
  if (gap === undefined) return null;
  const jittered = gap * (1 + WEBHOOK_JITTER * (random * 2 - 1));
  return now + Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS)));
}
