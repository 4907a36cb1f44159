import { decideCanceled, decideTry, decideWait, type DeliveryDecision } from "../../core/decide/delivery.ts";
import type { Endpoint, Job } from "../../core/model.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../jobs/handled.ts";
import { wakeDeliveries } from "../setup/endpoint.ts";

/**
 * One try of one delivery: the same bytes as always, the log row, and the next try or the end, in one commit. If somebody was faster
 * nothing is written, and if the job is still ours it comes back when its lease ends, to look again. While the endpoint is switched off
 * the job waits.
 */
export async function sendDelivery(deps: Deps, job: Job): Promise<Handled> {
  const load = await deps.store.delivery(job, job.subject);
  if (!load || load.delivery.status !== "pending") return obsolete;
  const { delivery, endpoint, event } = load;
  if (!endpoint) return write(deps, job, decideCanceled(load, job, deps.clock.now()));
  const addressed = { delivery, endpoint, event };
  if (endpoint.status !== "enabled") return write(deps, job, decideWait(addressed, job, deps.clock.now()));
  const at = deps.clock.now();
  const result = await deps.webhooks.send({ ...addressed, now: at });
  const random = deps.options.webhookJitter ? deps.random.float() : 0.5;
  const pace = { gapsMs: deps.options.webhookScheduleMs, random, now: deps.clock.now() };
  const decision = decideTry(addressed, job, { at, result }, pace);
  return write(deps, job, decision, decision.endpoint && (() => note(deps, endpoint, decision.endpoint!)));
}

/** @param then what follows from it besides, once it is written */
async function write(
  deps: Deps,
  job: Job,
  { change, after }: DeliveryDecision,
  then: (() => Promise<void>) | null = null,
): Promise<Handled> {
  if ((await deps.store.commit(change)) !== "applied") return done;
  const { id, endpointId, status, tries } = after;
  // Nobody is called for it: the delivery stays in the list, and may be sent again by hand.
  if (status === "failed" || status === "canceled")
    deps.log.warn(
      { delivery_id: id, endpoint_id: endpointId, status, tries },
      status === "failed" ? "a webhook is given up" : "a webhook is given up: its endpoint was deleted",
    );
  await then?.();
  if (status === "pending" && after.nextTryAt === null) await lookAgain(deps, job);
  return done;
}

/** The endpoint may have been switched on after we read it and before our job waited for that. */
async function lookAgain(deps: Deps, job: Job): Promise<void> {
  const endpoint = (await deps.store.delivery(job, job.subject))?.endpoint;
  if (endpoint?.status === "enabled") await wakeDeliveries(deps, endpoint);
}

/** Notes what an answer says of the endpoint itself. Of several senders that find the same, one writes it. */
async function note(deps: Deps, before: Endpoint, after: Endpoint): Promise<void> {
  if (!(await deps.settings.moveEndpoint(before, after)) || after.status !== "disabled") return;
  const { merchantId: merchant_id, mode, id: endpoint_id, disabledReason: reason } = after;
  deps.log.warn(
    { merchant_id, mode, endpoint_id, reason },
    "a webhook endpoint is switched off; what it is owed waits until its URL is set again",
  );
}
