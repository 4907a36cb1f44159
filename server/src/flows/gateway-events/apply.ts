import { UNMATCHED_EVENT_GAP_MS, UNMATCHED_EVENT_PATIENCE_MS } from "../../core/constants.ts";
import {
  contradicts,
  decideContradicted,
  decideUnmatched,
  decideUnreadable,
  finishEvent,
  isPatient,
  isReadable,
} from "../../core/decide/gateway-event.ts";
import { isTruth } from "../../core/outcome.ts";
import type { Attempt, InboxRow, Job } from "../../core/model.ts";
import type { Evidence, Reply, WebhookVerdict } from "../../core/ports/connector.ts";
import { commit, contextOf, decideAndCommit } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { callGateway, settle } from "../gateway.ts";
import { done, obsolete, retryAt, type Handled } from "../jobs/handled.ts";

/**
 * Settles what a kept gateway event says. It touches only attempts of its own account. Without a match it is tried again for an
 * hour (it may be earlier than our own commit), then a case is opened. If the lease is lost meanwhile somebody else does the same, and
 * settling twice changes nothing.
 */
export async function applyGatewayEvent(deps: Deps, job: Job): Promise<Handled> {
  const row = await deps.store.inbox(job, job.subject);
  if (!row || row.status !== "received") return obsolete;
  const verdict = deps.connectors.get(row.connector)?.readWebhook(row.body, row.accountId);
  // Verified, but this process cannot read it: a newer one may, if there is one beside it. Then it is parked.
  if (!isReadable(verdict)) return unmatched(deps, job, row, decideUnreadable);
  if (!verdict.outcome) return finish(deps, job, { ...row, status: "ignored" });
  const attempt = await deps.store.findAttempt(row.accountId, verdict);
  if (!attempt) {
    // Two merchants may have one account at the gateway: then it sends each the events of both.
    const isAnothers = verdict.gatewayKey !== null && (await deps.store.isKeyOfAnother(row, verdict.gatewayKey));
    return isAnothers ? finish(deps, job, { ...row, status: "ignored" }) : unmatched(deps, job, row, decideUnmatched);
  }
  const evidence = evidenceOf(row, verdict);
  let word: Reply = { outcome: verdict.outcome, exchanges: [evidence] };
  if (contradicts(attempt, word.outcome)) {
    const reply = await fetchTruth(deps, attempt, verdict.reference);
    if (!reply || !isTruth(reply.outcome)) return fetchLater(deps, row, attempt);
    word = { outcome: reply.outcome, exchanges: [evidence, ...reply.exchanges] };
  }
  const settled = await settle(deps, attempt, word);
  // What was known already is ignored: the row itself is then all the evidence there is.
  return finish(deps, job, { ...row, status: settled === "applied" ? "applied" : "ignored", attemptId: attempt.id });
}

/** The gateway did not say: soon again, then hourly without end, with a case, since money may be at stake. */
async function fetchLater(deps: Deps, row: InboxRow, attempt: Attempt): Promise<Handled> {
  const context = contextOf(deps);
  if (isPatient(row, context)) return retryAt(context.now + UNMATCHED_EVENT_GAP_MS);
  await decideAndCommit(deps, attempt, (snapshot, fresh) => decideContradicted(snapshot, row, attempt, fresh));
  return retryAt(context.now + UNMATCHED_EVENT_PATIENCE_MS);
}

async function fetchTruth(deps: Deps, attempt: Attempt, claimed: string | null): Promise<Reply | null> {
  const snapshot = await deps.store.load(attempt, attempt.paymentId);
  if (!snapshot) return null;
  const reference = attempt.gatewayReference ?? claimed;
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

async function unmatched(deps: Deps, job: Job, row: InboxRow, decide: typeof decideUnmatched): Promise<Handled> {
  const context = contextOf(deps);
  if (isPatient(row, context)) return retryAt(context.now + UNMATCHED_EVENT_GAP_MS);
  await commit(deps, decide(job, row, context));
  return done;
}

async function finish(deps: Deps, job: Job, row: InboxRow): Promise<Handled> {
  await commit(deps, finishEvent(job, row, contextOf(deps)));
  return done;
}
