import { UNMATCHED_EVENT_GAP_MS, UNMATCHED_EVENT_PATIENCE_MS } from "../../core/constants.ts";
import type { CaseEnd } from "../../core/change.ts";
import type { Attempt, Case, InboxRow, Job } from "../../core/model.ts";
import type { Outcome } from "../../core/outcome.ts";
import { attemptIsOpen } from "../../core/states/attempt.ts";
import type { Evidence, Reply, WebhookVerdict } from "../../core/ports/connector.ts";
import { callGateway } from "../attempt.ts";
import { contextOf } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../handled.ts";
import { settle } from "../settle.ts";

/**
 * Settles what a kept gateway event says. It touches only attempts of its own account. Without a match it is tried again for an
 * hour (it may be earlier than our own commit), then a case is opened.
 */
export async function applyGatewayEvent(deps: Deps, job: Job): Promise<Handled> {
  const row = await deps.store.inbox(job, job.subject);
  if (!row || row.status !== "received") return obsolete;
  const verdict = deps.connectors.get(row.connector)?.readWebhook(row.body);
  // Verified, but this process cannot read it: a newer one may. It is kept like an event without a match.
  if (!verdict?.ok) return unmatched(deps, job, row);
  if (!verdict.outcome) return finish(deps, job, { ...row, status: "ignored" });
  const attempt = await deps.store.findAttempt(row.accountId, verdict);
  if (!attempt) return unmatched(deps, job, row);
  const evidence = evidenceOf(row, verdict);
  if (!contradicts(attempt, verdict.outcome)) {
    const settled = await settle(deps, { attempt, outcome: verdict.outcome, exchanges: [evidence] });
    return finish(deps, job, heard(row, attempt, settled));
  }
  const reply = await fetchTruth(deps, attempt, verdict.reference);
  if (!reply || !definitive.has(reply.outcome.kind)) return askAgain(deps, row, attempt);
  const settled = await settle(deps, { attempt, outcome: reply.outcome, exchanges: [evidence, ...reply.exchanges] });
  return finish(deps, job, heard(row, attempt, settled));
}

/** What was known already is ignored: the row itself is then all the evidence there is. */
function heard(row: InboxRow, attempt: Attempt, settled: "applied" | "nothing"): InboxRow {
  return { ...row, status: settled === "applied" ? "applied" : "ignored", attemptId: attempt.id };
}

/** The gateway did not say: soon again, then hourly without end, with a case, since money may be at stake. */
async function askAgain(deps: Deps, row: InboxRow, attempt: Attempt): Promise<Handled> {
  const now = deps.clock.now();
  if (now - row.receivedAt < UNMATCHED_EVENT_PATIENCE_MS) return { outcome: "retry", at: now + UNMATCHED_EVENT_GAP_MS };
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which contradicts attempt ${attempt.id}, and does not answer what is true. We go on asking.`;
  await deps.store.commit({
    merchantId: row.merchantId,
    mode: row.mode,
    cases: { open: [caseOf(deps, row, { kind: "late_truth", summary, paymentId: attempt.paymentId })] },
  });
  return { outcome: "retry", at: now + UNMATCHED_EVENT_PATIENCE_MS };
}

const definitive: ReadonlySet<Outcome["kind"]> = new Set(["succeeded", "authorized", "declined", "canceled"]);

/** An event may be older than what we know. Where it would overturn a closed attempt it is a hint to ask, not an answer. */
function contradicts(attempt: Attempt, outcome: Outcome): boolean {
  return !attemptIsOpen(attempt.status) && definitive.has(outcome.kind) && outcome.kind !== attempt.status;
}

async function fetchTruth(deps: Deps, attempt: Attempt, told: string | null): Promise<Reply | null> {
  const snapshot = await deps.store.load(attempt, attempt.paymentId);
  if (!snapshot) return null;
  const reference = attempt.gatewayReference ?? told;
  return callGateway(deps, snapshot.payment, attempt, (connector, call) =>
    reference === null ? connector.find(call) : connector.retrieve(call, reference),
  );
}

function evidenceOf(row: InboxRow, verdict: Extract<WebhookVerdict, { ok: true }>): Evidence {
  return {
    kind: "webhook",
    method: "POST",
    url: `gateway event ${verdict.gatewayEventId}, kept as ${row.id}`,
    // The inbox has the bytes as they came; a copy here would be one more place with what a gateway tells of a shopper.
    request: null,
    status: null,
    response: null,
    result: verdict.outcome?.kind ?? "none",
    startedAt: row.receivedAt,
    durationMs: 0,
  };
}

async function unmatched(deps: Deps, job: Job, row: InboxRow): Promise<Handled> {
  const now = deps.clock.now();
  if (now - row.receivedAt < UNMATCHED_EVENT_PATIENCE_MS) return { outcome: "retry", at: now + UNMATCHED_EVENT_GAP_MS };
  const summary = `${row.connector} reported event ${row.gatewayEventId}, which belongs to no attempt of account ${row.accountId}.`;
  return finish(
    deps,
    job,
    { ...row, status: "unmatched" },
    { open: [caseOf(deps, row, { kind: "unmatched_gateway_event", summary, paymentId: null })] },
  );
}

function caseOf(deps: Deps, row: InboxRow, given: Pick<Case, "kind" | "summary" | "paymentId">): Case {
  const { now, id } = contextOf(deps);
  return {
    merchantId: row.merchantId,
    mode: row.mode,
    id: id("case"),
    kind: given.kind,
    subject: row.id,
    paymentId: given.paymentId,
    status: "open",
    summary: given.summary,
    evidence: { inbox_id: row.id, gateway_event_id: row.gatewayEventId },
    openedAt: now,
    resolvedAt: null,
    resolvedBy: null,
  };
}

/** Ends the job with its row; where the lease was lost somebody else does it, and settling twice changes nothing. */
async function finish(deps: Deps, job: Job, row: InboxRow, opened: { readonly open?: readonly Case[] } = {}): Promise<Handled> {
  const now = deps.clock.now();
  const handled = { ...row, handledAt: now };
  const ended = { subject: row.id, resolvedAt: now, resolvedBy: "answer" } as const;
  const resolve: CaseEnd[] =
    row.status === "unmatched" ? [] : (["unmatched_gateway_event", "late_truth"] as const).map((kind) => ({ kind, ...ended }));
  await deps.store.commit({
    merchantId: row.merchantId,
    mode: row.mode,
    job: { id: job.id, token: job.leaseToken! },
    inbox: { update: [handled] },
    cases: { ...opened, resolve },
  });
  return done;
}
