/** Tells the operator by e-mail of work that can't be done: seldom, with counts, so that a flood of failures is one message. */
import { MINUTE_MS } from "../../core/constants.ts";
import { newId } from "../../core/ids.ts";
import type { Alarm } from "../../core/ports/alarms.ts";
import type { Ms } from "../../core/model.ts";
import type { Deps } from "../deps.ts";

/** Between two e-mails. */
export const ALARM_EVERY_MS: Ms = 15 * MINUTE_MS;
/** After one that the mail server did not take. */
export const ALARM_AGAIN_MS: Ms = MINUTE_MS;

/** Never more than one e-mail in `ALARM_EVERY_MS`, of all processes together. What is new meanwhile is in the next one. */
export async function tellOperator(deps: Deps): Promise<void> {
  if (!deps.alarming || !deps.mail) return;
  const { alarms, to, url } = deps.alarming;
  const now = deps.clock.now();
  const alarm = await alarms.due(now, now + ALARM_AGAIN_MS);
  if (alarm === null) return;
  const id = newId("dlv", now, deps.random.bytes(16));
  const words = { subject: `Tillway needs a person: ${countsOf(alarm).join(", ")}`, paragraphs: paragraphsOf(alarm) };
  // Of no merchant, so it is kept nowhere where it is not sent.
  const scope = { merchantId: "", mode: "test" } as const;
  const letter = { ...scope, id, to, ...words, link: { label: "Open the dashboard", url }, writtenAt: now, now };
  const { mark: _mark, ...counts } = alarm;
  const { ok, error, statusCode } = await deps.mail.sendLetter(letter);
  if (!ok)
    return deps.log.warn({ ...counts, error, status_code: statusCode }, "the operator could not be told by e-mail; it is tried again");
  await alarms.told(alarm, now + ALARM_EVERY_MS);
  deps.log.info(counts, "the operator was told by e-mail");
}

function countsOf({ deadMessages, deadJobs, malformed }: Alarm): string[] {
  const some = (count: number, one: string, many: string): string[] => (count === 0 ? [] : [count === 1 ? `1 ${one}` : `${count} ${many}`]);
  return [
    ...some(deadMessages, "message of the engine can't be read", "messages of the engine can't be read"),
    ...some(deadJobs, "job goes on failing", "jobs go on failing"),
    ...some(malformed, "webhook or job can't be read", "webhooks or jobs can't be read"),
  ];
}

function paragraphsOf(alarm: Alarm): string[] {
  return [
    `New since you were told last: ${countsOf(alarm).join(", ")}.`,
    ...(alarm.deadMessages > 0 ? ["Messages of the engine belong to no merchant: look at them with tillway dlq list."] : []),
    ...(alarm.deadJobs + alarm.malformed > 0 ? ["The others are cases, which say what to do: tillway cases list --status open."] : []),
    `You get at most one such e-mail in ${ALARM_EVERY_MS / MINUTE_MS} minutes; what comes up meanwhile is in the next one.`,
  ];
}
