import { JOB_RETRY_GAPS_MS } from "../../core/constants.ts";
import { decideCancel } from "../../core/decide/cancel.ts";
import type { Job } from "../../core/model.ts";
import { paymentIsTerminal } from "../../core/states/payment.ts";
import { decideAndCommit } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../handled.ts";

/** Ends what waited too long: a created payment, an authorization before it lapses. */
export async function expirePayment(deps: Deps, job: Job): Promise<Handled> {
  const subject = { ...job, paymentId: job.subject };
  const expired = await decideAndCommit(deps, subject, (snapshot, context) =>
    paymentIsTerminal(snapshot.payment.status) ? { nothing: true as const } : decideCancel(snapshot, { by: "expiry", idempotency: null }, context),
  );
  if (expired.result === "missing" || expired.result === "nothing") return obsolete;
  // A payment that ended took this job with it; one that is being voided keeps it, until the gateway has confirmed.
  if (expired.result === "applied" && expired.decision.change.jobs?.remove?.includes(job.id)) return done;
  return { outcome: "retry", at: deps.clock.now() + JOB_RETRY_GAPS_MS[JOB_RETRY_GAPS_MS.length - 1]! };
}
