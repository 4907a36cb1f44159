import { decideExpiry } from "../../core/decide/expire.ts";
import type { Job } from "../../core/model.ts";
import { decideAndCommit, ofPayment } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { callGateway, settle } from "../gateway.ts";
import { done, obsolete, retryAt, type Handled } from "../jobs/handled.ts";

/** Ends what waited too long: a created payment, or an authorization before it lapses; or asks what became of a hold. */
export async function expirePayment(deps: Deps, job: Job): Promise<Handled> {
  const expired = await decideAndCommit(deps, ofPayment(job), decideExpiry);
  if (!("decision" in expired)) return obsolete;
  const { retryAt: at, ask: charge } = expired.decision;
  if (charge) {
    const { payment } = expired.snapshot;
    const reply = await callGateway(deps, payment, charge, (connector, call) => connector.retrieve(call, charge.gatewayReference!));
    await settle(deps, charge, reply);
  }
  if (at !== null) return retryAt(at);
  return expired.result === "applied" ? done : obsolete;
}
