import { applied } from "../core/change/write.ts";
import { BUSY_PAYMENT_GAP_MS, THROTTLED_GAP_MS, UNABLE_TO_ASK_GAP_MS } from "../core/constants.ts";
import type { Question } from "../core/decide/ask/plan.ts";
import { decideQuestion } from "../core/decide/ask/question.ts";
import { decideShopperGone } from "../core/decide/expire.ts";
import { decideNotSent } from "../core/decide/settle/outcome.ts";
import { RESTORE_LOOK_MS } from "../core/restore.ts";
import type { Job } from "../core/model.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import { decideAndCommit, decideForJob, ofPayment } from "./commit.ts";
import type { Deps } from "./deps.ts";
import { consult } from "./gateway.ts";
import { mayAsk } from "./pace.ts";
import { done, obsolete, retryAt, type Handled } from "./jobs/handled.ts";

/** Asks the gateway about an attempt whose outcome is not known, in the order that `planQuestion` gives, and settles the answer. */
export async function askGateway(deps: Deps, job: Job): Promise<Handled> {
  const subject = ofPayment(job);
  await decideAndCommit(deps, subject, (snapshot, context) => decideShopperGone(snapshot, job, context));
  // Its lane is the account's. What is not known for seconds already can wait for seconds more; money that moves goes first.
  if (!(await mayAsk(deps, job.lane))) return retryAt(deps.clock.now() + THROTTLED_GAP_MS * (0.5 + deps.random.float()));
  const planned = await decideForJob(deps, job, decideQuestion);
  // Others settle this payment right now; look again shortly.
  if (!planned) return retryAt(deps.clock.now() + BUSY_PAYMENT_GAP_MS);
  if (planned.result === "nothing" && "unable" in planned.decision) return retryAt(deps.clock.now() + UNABLE_TO_ASK_GAP_MS);
  if (planned.result !== "applied") return obsolete;
  const { attempt, question, change } = planned.decision;
  // It ends what the gateway has, and this database may not know what that is.
  if (question === "cancel" && deps.restores?.isOpen()) return retryAt(deps.clock.now() + RESTORE_LOOK_MS);
  const snapshot = applied(planned.snapshot, change);
  if (question === "conclude_not_sent") {
    await decideAndCommit(deps, subject, (fresh, context) => decideNotSent(fresh, attempt.id, context), snapshot);
    return done;
  }
  const send = question === "resend" ? attempt.sends : undefined;
  await consult(deps, snapshot, attempt, {
    talk: (connector, call) => put(question, connector, call),
    word: { send, notFoundBefore: attempt.notFound },
    traceparent: job.traceparent,
  });
  return done;
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
