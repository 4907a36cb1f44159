import { decideCanceled, decideTry } from "../../core/decide/delivery.ts";
import type { Job } from "../../core/model.ts";
import type { Deps } from "../deps.ts";
import { done, obsolete, type Handled } from "../jobs/handled.ts";

/**
 * One try of one delivery: the same bytes as always, the log row, and the next try or the end, in one commit. If somebody was faster
 * nothing is written, and if the job is still ours it comes back when its lease ends, to look again.
 */
export async function sendDelivery(deps: Deps, job: Job): Promise<Handled> {
  const load = await deps.store.delivery(job, job.subject);
  if (!load || load.delivery.status !== "pending") return obsolete;
  const { delivery, endpoint, event } = load;
  if (!endpoint || endpoint.status === "disabled") {
    await deps.store.commit(decideCanceled(load, job, deps.clock.now()).change);
    return done;
  }
  const at = deps.clock.now();
  const result = await deps.webhooks.send({ delivery, endpoint, event, now: at });
  const random = deps.options.webhookJitter ? deps.random.float() : 0.5;
  const pace = { gapsMs: deps.options.webhookScheduleMs, random, now: deps.clock.now() };
  const { after, change } = decideTry(load, job, { at, result }, pace);
  // Nobody is called for it: the delivery stays in the list, and may be sent again by hand.
  if (after.status === "failed" || after.status === "canceled")
    deps.log.warn(
      { delivery_id: delivery.id, endpoint_id: endpoint.id, status: after.status, tries: after.tries },
      "a webhook is given up",
    );
  if (result.gone) await deps.settings.disableEndpoint(endpoint, endpoint.id, "the receiver answered 410");
  await deps.store.commit(change);
  return done;
}
