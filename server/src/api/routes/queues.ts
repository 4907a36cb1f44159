/** The queues of work, as the caller's own jobs stand in them. */
import { Type } from "typebox";
import { QUEUE_COUNTED_MAX, QUEUE_RATE_SAMPLE, QUEUE_RATE_WINDOW_MS } from "../../core/constants.ts";
import type { Ms } from "../../core/model.ts";
import type { QueueState } from "../../core/ports/reads.ts";
import { iso } from "../../core/represent.ts";
import { QUEUE_NAMES } from "../../core/queues.ts";
import type { App } from "../../http/app.ts";
import { scopeOf, sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";
import { errorAnswers, listOf, nullable, resource, shows, timestamp } from "../schemas/common.ts";

export function queueRoutes(api: App, deps: ApiDeps): void {
  const schema = {
    operationId: "listQueues",
    summary: "Show the queues",
    description:
      "How much of your work waits in each queue, how long the oldest has waited, how many dead letters there are and how fast work ends. Counted in the database at this moment, over all processes.",
    tags: ["Queues"],
    querystring: Type.Object({}),
    response: { 200: shows("QueueList", "All queues."), ...errorAnswers("get", []) },
  };
  api.get("/v1/queues", { onRequest: api.guard("cases.read"), schema, config: { load: "list" } }, async (request, reply) => {
    const now = deps.flows.clock.now();
    const queues = await deps.reads.queues(scopeOf(request), now);
    const data = queues.map((queue) => queueShown.render({ ...queue, now }));
    return sendText(reply, 200, JSON.stringify({ object: "list", data, has_more: false }));
  });
}

type Shown = QueueState & { readonly now: Ms };

const count = (description: string) => Type.Integer({ description });
const ended = {
  "payment-queue": "charges, captures, voids and cancels that have an outcome",
  "refund-queue": "refunds that have an outcome",
  "webhook-queue": "deliveries that have ended",
} as const;
const endedText = Object.entries(ended)
  .map(([queue, what]) => `\`${queue}\`: ${what}`)
  .join("; ");

export const queueShown = resource<Shown>("Queue", {
  name: [Type.Enum([...QUEUE_NAMES]), ({ queue }) => queue],
  object: [Type.Literal("queue"), () => "queue"],
  due: [count("Jobs that are due, and that no worker has taken yet."), ({ due }) => due],
  scheduled: [
    count("Jobs whose time has not come: the next try of a webhook, the next question to a gateway, an expiry."),
    (queue) => queue.scheduled,
  ],
  leased: [count("Jobs that a worker holds."), ({ leased }) => leased],
  counts_are_capped: [
    Type.Boolean({ description: `True: there are more than ${QUEUE_COUNTED_MAX} jobs or dead letters, which are not counted.` }),
    ({ isCapped }) => isCapped,
  ],
  oldest_due_seconds: [nullable(count("How long the oldest due job has waited; null: none is due.")), ageOf],
  dead_letters: [count("As `/v1/dead-letters` lists them."), ({ deadLetters }) => deadLetters],
  finished_per_minute: [
    Type.Number({
      minimum: 0,
      examples: [12.4],
      description: `How much has ended since \`finished_since\`, per minute. ${endedText}. A job that only plans its next try does not count.`,
    }),
    rateOf,
  ],
  finished_since: [
    timestamp(
      `Five minutes ago, or less if the newest ${QUEUE_RATE_SAMPLE} events (of webhooks: deliveries) are younger: only these are looked at.`,
    ),
    ({ finishedSince }) => iso(finishedSince),
  ],
});

function ageOf({ oldestDueAt, now }: Shown): number | null {
  return oldestDueAt === null ? null : Math.max(0, Math.floor((now - oldestDueAt) / 1_000));
}

/** Two digits after the point. A window of no time would make a rate without end. */
function rateOf({ finished, finishedSince, now }: Shown): number {
  const minutes = Math.min(Math.max(now - finishedSince, 1_000), QUEUE_RATE_WINDOW_MS) / 60_000;
  return Math.round((finished / minutes) * 100) / 100;
}

export const queueListSchema = listOf("QueueList", "Queue");
