import { answered, newCase, openCase, held } from "../change/parts.ts";
import { changeOf } from "../change/write.ts";
import type { Change, Context, Decision } from "../change.ts";
import { UNMATCHED_EVENT_PATIENCE_MS } from "../constants.ts";
import type { Attempt, Case, InboxRow, Job, Snapshot } from "../model.ts";
import { isTruth, type Outcome } from "../outcome.ts";
import type { WebhookVerdict } from "../ports/connector.ts";
import { attemptIsOpen } from "../states.ts";

/** An event may be older than what we know. If it would overturn a closed attempt it is a reason to ask, not an answer. */
export function contradicts(attempt: Attempt, outcome: Outcome): boolean {
  return !attemptIsOpen(attempt.status) && isTruth(outcome) && outcome.kind !== attempt.status;
}

/** Control characters and halves of surrogate pairs. */
const UNKEEPABLE = /[\p{Cc}\p{Surrogate}]/u;

type Readable = Extract<WebhookVerdict, { ok: true }>;

/** An event whose names can be looked for: no gateway names things with control characters, and no database could keep them. */
export function isReadable(verdict: WebhookVerdict | undefined): verdict is Readable {
  if (!verdict?.ok) return false;
  return ![verdict.gatewayEventId, verdict.gatewayKey ?? "", verdict.reference ?? ""].some((name) => UNKEEPABLE.test(name));
}

/** No attempt of the account is known, or the gateway did not say what is true: after an hour a person should look. */
export function isPatient(row: InboxRow, { now }: Context): boolean {
  return now - row.receivedAt < UNMATCHED_EVENT_PATIENCE_MS;
}

/** Ends the job with its row: what it waited for is answered. */
export function finishEvent(job: Job, row: InboxRow, context: Context): Change {
  return handled(job, row, context, {
    resolve: (["unmatched_gateway_event", "malformed_message", "late_truth"] as const).map((kind) => answered(kind, row.id, context)),
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

/** Ends the job with its row and opens a case: this program can't read the event. */
export function decideUnreadable(job: Job, row: InboxRow, context: Context): Change {
  return handled(job, { ...row, status: "unmatched" }, context, { open: [unreadableCase(row, context)] });
}

/** The same for one that can't be read as it comes in: it is kept, and there is no job to end. */
export function decideParked(row: InboxRow, context: Context): Change {
  const parked = { ...row, status: "unmatched", handledAt: context.now } as const;
  return { merchantId: row.merchantId, mode: row.mode, inbox: { insert: [parked] }, cases: { open: [unreadableCase(row, context)] } };
}

function unreadableCase(row: InboxRow, context: Context): Case {
  const summary = `${row.connector} sent a signed webhook to account ${row.accountId} that this program can't read. It is kept as it came, and nothing more is done about it.`;
  return newCase(row, { kind: "malformed_message", subject: row.id, paymentId: null, summary, evidence: evidenceOf(row) }, context);
}

function handled(job: Job, row: InboxRow, { now }: Context, cases: Change["cases"]): Change {
  return { merchantId: row.merchantId, mode: row.mode, ...held(job), inbox: { update: [{ ...row, handledAt: now }] }, cases };
}

function evidenceOf(row: InboxRow) {
  return { inbox_id: row.id, gateway_event_id: row.gatewayEventId };
}
