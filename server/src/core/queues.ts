import { LANE_LIMIT_ACCOUNT, LANE_LIMIT_ENDPOINT, MONEY_LEASE_MS, WEBHOOK_LEASE_MS } from "./constants.ts";

/** Jobs wait by what they are about: money in, money back, and what is owed to receivers. Each queue has its own claims and slots. */
export const QUEUE_NAMES = ["payment-queue", "refund-queue", "webhook-queue"] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

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
