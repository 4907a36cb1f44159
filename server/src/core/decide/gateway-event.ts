import { answered, newCase } from "../change/cases.ts";
import { held } from "../change/jobs.ts";
import type { Change, Context } from "../change.ts";
import { UNMATCHED_EVENT_PATIENCE_MS } from "../constants.ts";
import type { Attempt, Case, InboxRow, Job } from "../model.ts";
import type { Outcome } from "../outcome.ts";
import { attemptIsOpen } from "../states/attempt.ts";

const definitive: ReadonlySet<Outcome["kind"]> = new Set(["succeeded", "authorized", "declined", "canceled"]);

/** The gateway's answer to our own question settles a contradiction only if it is one of these. */
export function isTruth(outcome: Outcome): boolean {
  return definitive.has(outcome.kind);
}

/** An event may be older than what we know. If it would overturn a closed attempt it is a reason to ask, not an answer. */
export function contradicts(attempt: Attempt, outcome: Outcome): boolean {
  return !attemptIsOpen(attempt.status) && isTruth(outcome) && outcome.kind !== attempt.status;
}

/** No attempt of the account is known, or the gateway did not say what is true: after an hour a person should look. */
export function isPatient(row: InboxRow, { now }: Context): boolean {
  return now - row.receivedAt < UNMATCHED_EVENT_PATIENCE_MS;
}

/** Ends the job with its row: what it waited for is answered. */
export function finishEvent(job: Job, row: InboxRow, context: Context): Change {
  return handled(job, row, context, {
    resolve: (["unmatched_gateway_event", "late_truth"] as const).map((kind) => answered(kind, row.id, context)),
  });
}

/** Ends the job with its row and opens a case: the event belongs to no attempt of the account. */
export function decideUnmatched(job: Job, row: InboxRow, context: Context): Change {
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which belongs to no attempt of account ${row.accountId}.`;
  const open = [eventCase(row, { kind: "unmatched_gateway_event", paymentId: null, summary }, context)];
  return handled(job, { ...row, status: "unmatched" }, context, { open });
}

/** Opens a case: the event contradicts what is closed, and the gateway does not say what is true. */
export function decideContradicted(row: InboxRow, attempt: Attempt, context: Context): Change {
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which contradicts attempt ${attempt.id}, and does not answer what is true. We go on asking.`;
  const open = [eventCase(row, { kind: "late_truth", paymentId: attempt.paymentId, summary }, context)];
  return { merchantId: row.merchantId, mode: row.mode, cases: { open } };
}

function handled(job: Job, row: InboxRow, { now }: Context, cases: Change["cases"]): Change {
  return { merchantId: row.merchantId, mode: row.mode, ...held(job), inbox: { update: [{ ...row, handledAt: now }] }, cases };
}

function eventCase(row: InboxRow, content: Pick<Case, "kind" | "paymentId" | "summary">, context: Context): Case {
  const evidence = { inbox_id: row.id, gateway_event_id: row.gatewayEventId };
  return newCase(row, { ...content, subject: row.id, evidence }, context);
}
