import { answered, newCase, openCase, held } from "../change/parts.ts";
import { changeOf } from "../change/write.ts";
import type { Change, Context, Decision } from "../change.ts";
import { UNMATCHED_EVENT_PATIENCE_MS } from "../constants.ts";
import type { Attempt, InboxRow, Job, Snapshot } from "../model.ts";
import { isTruth, type Outcome } from "../outcome.ts";
import { attemptIsOpen } from "../states.ts";

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
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which belongs to no attempt of account ${row.accountId}. It is kept, and nothing more is done about it.`;
  const content = { kind: "unmatched_gateway_event", subject: row.id, paymentId: null, summary, evidence: evidenceOf(row) } as const;
  const open = [newCase(row, content, context)];
  return handled(job, { ...row, status: "unmatched" }, context, { open });
}

/** Opens a case, once: the event contradicts what is closed, and the gateway does not say what is true. */
export function decideContradicted(snapshot: Snapshot, row: InboxRow, attempt: Attempt, context: Context): Decision {
  const at = { snapshot, context };
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which contradicts attempt ${attempt.id}, and does not answer what is true. Tillway goes on asking.`;
  const opened = openCase(at, { kind: "late_truth", subject: row.id, summary, evidence: evidenceOf(row) });
  return opened.cases ? { change: changeOf(at, {}, opened) } : { nothing: true };
}

function handled(job: Job, row: InboxRow, { now }: Context, cases: Change["cases"]): Change {
  return { merchantId: row.merchantId, mode: row.mode, ...held(job), inbox: { update: [{ ...row, handledAt: now }] }, cases };
}

function evidenceOf(row: InboxRow) {
  return { inbox_id: row.id, gateway_event_id: row.gatewayEventId };
}
