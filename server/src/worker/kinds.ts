import { MONEY_LEASE_MS, LANE_LIMIT_ACCOUNT, LANE_LIMIT_ENDPOINT, WEBHOOK_LEASE_MS } from "../core/constants.ts";
import type { Job, JobKind } from "../core/model.ts";
import type { QueueName } from "../core/queues.ts";
import { askGateway } from "../flows/ask.ts";
import { runAttempt } from "../flows/attempt.ts";
import { sendDelivery } from "../flows/deliveries/send.ts";
import type { Deps } from "../flows/deps.ts";
import { applyGatewayEvent } from "../flows/gateway-events/apply.ts";
import type { Handled } from "../flows/handled.ts";
import { expirePayment } from "../flows/upkeep/expire.ts";

/** Job kind → flow. A kind that is not here (a newer version wrote it) is left to the processes that know it. */
export const handlers: Readonly<Record<JobKind, (deps: Deps, job: Job) => Promise<Handled>>> = {
  charge: runAttempt,
  capture: runAttempt,
  void: runAttempt,
  refund: runAttempt,
  ask: askGateway,
  expire: expirePayment,
  "gateway-event": applyGatewayEvent,
  webhook: sendDelivery,
};

export interface QueueRule {
  readonly leaseMs: number;
  /** How many jobs of one lane a process works on at once. */
  readonly perLane: number;
}

export const queueRules: Readonly<Record<QueueName, QueueRule>> = {
  "payment-queue": { leaseMs: MONEY_LEASE_MS, perLane: LANE_LIMIT_ACCOUNT },
  "refund-queue": { leaseMs: MONEY_LEASE_MS, perLane: LANE_LIMIT_ACCOUNT },
  "webhook-queue": { leaseMs: WEBHOOK_LEASE_MS, perLane: LANE_LIMIT_ENDPOINT },
};
