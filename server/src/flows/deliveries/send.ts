import { decideCanceled, decideHold, decideTry, decideWait, type DeliveryDecision } from "../../core/decide/delivery.ts";
import type { ChannelResult } from "../../core/ports/channel.ts";
import { eventIn } from "../../core/ports/versions.ts";
import { admit, breakerAfter, heldUntil, isDown } from "../../core/decide/breaker.ts";
import { BREAKER_COUNTED_MAX } from "../../core/constants.ts";
import type { Endpoint, Job, Ms } from "../../core/model.ts";
import { ownedByDeps, type Deps } from "../deps.ts";
import { callEnded } from "../jobs/calls.ts";
import { done, obsolete, type Handled } from "../jobs/handled.ts";
import { wakeDeliveries } from "../setup/endpoint.ts";

/**
 * One try of one delivery: the same bytes as always, the log row, and the next try or the end, in one commit. If somebody was faster
 * nothing is written, and if the job is still ours it comes back when its lease ends, to look again. While the endpoint is switched off
 * the job waits; while its breaker is open it is held, which is no try.
 */
export async function sendDelivery(deps: Deps, job: Job): Promise<Handled> {
  const load = deps.keeping?.deliveryOf(job) ?? (await deps.store.delivery(job, job.subject));
  if (!load || load.delivery.status !== "pending") return obsolete;
  const { delivery, endpoint, event } = load;
  if (!endpoint) return write(deps, job, decideCanceled(load, job, deps.clock.now()));
  const addressed = { delivery, endpoint, event };
  if (endpoint.status !== "enabled") return write(deps, job, decideWait(addressed, job, deps.clock.now()));
  const admitted = await passBreaker(deps, endpoint);
  if (admitted.is === "hold") return write(deps, job, decideHold(addressed, job, heldUntil(admitted.until, deps.random.float())));
  const at = deps.clock.now();
  const sent = { ...addressed, event: eventIn(deps.versions, event, endpoint.apiVersion) };
  const result = await deps.webhooks.send({ ...sent, now: at });
  callEnded(deps, job);
  const random = deps.options.webhookJitter ? deps.random.float() : 0.5;
  const pace = { gapsMs: deps.options.webhookScheduleMs, random, now: deps.clock.now() };
  const decision = decideTry(addressed, job, { at, result }, pace);
  return write(deps, job, decision, async () => {
    if (decision.endpoint) await note(deps, endpoint, decision.endpoint);
    await noteBreaker(deps, admitted, result);
  });
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

type Admitted = { readonly is: "hold"; readonly until: Ms } | { readonly is: "go" | "probe"; readonly endpoint: Endpoint };

/** Failures in a row of each endpoint that this process has tried. A success ends the count, so a healthy one costs nothing. */
const failuresOf = ownedByDeps(() => new Map<string, number>());

/** Whether this delivery may be tried. Of several that find the time of an open breaker over, one probes. */
async function passBreaker(deps: Deps, endpoint: Endpoint): Promise<Admitted> {
  if (!deps.options.webhookBreaker) return { is: "go", endpoint };
  const admitted = admit(endpoint, deps.clock.now());
  if (admitted.is !== "probe") return admitted.is === "go" ? { is: "go", endpoint } : admitted;
  if (await deps.settings.moveBreaker(endpoint, admitted.next)) return { is: "probe", endpoint: { ...endpoint, ...admitted.next } };
  return { is: "hold", until: admitted.next.breakerUntil ?? deps.clock.now() };
}

/** What the result says of the endpoint's breaker. Of several senders that find the same, one writes it. */
async function noteBreaker(deps: Deps, admitted: Admitted, result: ChannelResult): Promise<void> {
  if (admitted.is === "hold" || !deps.options.webhookBreaker) return;
  const { endpoint } = admitted;
  const counted = failuresOf(deps);
  const failures = isDown(result) ? (counted.get(endpoint.id) ?? 0) + 1 : 0;
  if (failures === 0) counted.delete(endpoint.id);
  else counted.set(endpoint.id, failures);
  if (counted.size > BREAKER_COUNTED_MAX) counted.delete(counted.keys().next().value!);
  const after = breakerAfter(endpoint, admitted.is === "probe", { failures, now: deps.clock.now() });
  if (!after || !(await deps.settings.moveBreaker(endpoint, after))) return;
  counted.delete(endpoint.id);
  const { merchantId: merchant_id, mode, id: endpoint_id } = endpoint;
  if (after.breakerUntil === null) deps.log.info({ merchant_id, mode, endpoint_id }, "a webhook endpoint answers again");
  else if (after.breakerTrips === 1)
    deps.log.warn(
      { merchant_id, mode, endpoint_id, failures },
      "a webhook endpoint is down and is left alone for a while; what it is owed is held",
    );
}
