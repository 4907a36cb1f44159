import { neverArrived } from "../core/decide/outcome.ts";
import { decideQuestion } from "../core/decide/question.ts";
import type { Question } from "../core/decide/plan-question.ts";
import type { Job } from "../core/model.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import { ACTION_EXPIRES_AFTER_MS, BUSY_PAYMENT_GAP_MS, UNABLE_TO_ASK_GAP_MS } from "../core/constants.ts";
import { decideCancel } from "../core/decide/cancel.ts";
import { callGateway, follow } from "./attempt.ts";
import { commit, contextOf, decideAndCommit } from "./decide.ts";
import type { Deps } from "./deps.ts";
import { done, obsolete, type Handled } from "./handled.ts";
import { settle } from "./settle.ts";

/** Asks the gateway about an attempt whose outcome is not known, in the order that `planQuestion` gives, and settles the answer. */
export async function askGateway(deps: Deps, job: Job): Promise<Handled> {
  const subject = { ...job, paymentId: job.subject };
  await giveUpWaitingForShopper(deps, job);
  for (let tried = 0; tried < 2; tried++) {
    const snapshot = await deps.store.load(subject, subject.paymentId);
    const plan = snapshot && decideQuestion(snapshot, job, contextOf(deps));
    if (plan && "unable" in plan) return { outcome: "retry", at: deps.clock.now() + UNABLE_TO_ASK_GAP_MS };
    if (!plan || !("change" in plan)) return obsolete;
    if ((await commit(deps, plan.change)) !== "applied") continue;
    const { before, after } = plan.change.payment!;
    const opened = [...snapshot.openCases, ...(plan.change.cases?.open ?? [])];
    const noted = follow({ ...snapshot, openCases: opened }, { ...after, version: before.version + 1 }, plan.attempt);
    const { question } = plan;
    if (question === "conclude_not_sent") {
      await settle(deps, { attempt: plan.attempt, outcome: neverArrived, exchanges: [], proven: true }, noted);
      return done;
    }
    const reply = await callGateway(deps, noted.payment, plan.attempt, (connector, call) => put(question, connector, call));
    const send = question === "resend" ? plan.attempt.sends : undefined;
    const { notFound } = plan.attempt;
    const word = { attempt: plan.attempt, outcome: reply.outcome, exchanges: reply.exchanges, send, notFoundBefore: notFound };
    await settle(deps, word, noted);
    return done;
  }
  // Others settle this payment right now; look again shortly.
  return { outcome: "retry", at: deps.clock.now() + BUSY_PAYMENT_GAP_MS };
}

/** A shopper who does not come back: the charge is called off, as a cancel would. */
async function giveUpWaitingForShopper(deps: Deps, job: Job): Promise<void> {
  await decideAndCommit(deps, { ...job, paymentId: job.subject }, (snapshot, context) => {
    const attempt = snapshot.attempts.find((row) => row.id === job.attemptId);
    const waits = snapshot.payment.status === "requires_action" && snapshot.payment.cancelRequestedAt === null;
    if (!attempt || !waits || context.now - attempt.createdAt < ACTION_EXPIRES_AFTER_MS) return { nothing: true };
    return withoutHurry(decideCancel(snapshot, { by: "expiry", idempotency: null }, context));
  });
}

/** We hold the job already: it must not be freed for somebody else. */
function withoutHurry(decision: ReturnType<typeof decideCancel>): ReturnType<typeof decideCancel> {
  return "change" in decision ? { change: { ...decision.change, jobs: undefined } } : decision;
}

function put(question: Exclude<Question, "conclude_not_sent">, connector: Connector, call: Call): Promise<Reply> {
  switch (question) {
    case "retrieve":
      return connector.retrieve(call, call.attempt.gatewayReference!);
    case "find":
      return connector.find(call);
    case "cancel":
      return connector.cancel(call);
    case "resend":
      return connector.send(call);
  }
}
