/** Where jobs wait, by what they are about: money in, money back, and what is owed to receivers. Each has its own claims and slots. */
export const QUEUE_NAMES = ["payment-queue", "refund-queue", "webhook-queue"] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];
