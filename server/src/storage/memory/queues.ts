import { QUEUE_COUNTED_MAX, QUEUE_RATE_SAMPLE, QUEUE_RATE_WINDOW_MS } from "../../core/constants.ts";
import { deadLetterKinds, workOf } from "../../core/dead-letters.ts";
import { endedIn } from "../../core/events.ts";
import type { Ms, Scope } from "../../core/model.ts";
import type { QueueState } from "../../core/ports/reads.ts";
import { QUEUE_NAMES } from "../../core/queues.ts";
import { sameScope, type Tables } from "./tables.ts";

/** As PostgreSQL counts them, without its bound on jobs. */
export function queuesIn(tables: Tables, scope: Scope, now: Ms): QueueState[] {
  const mine = <Row extends Scope>(rows: Iterable<Row>): Row[] => [...rows].filter((row) => sameScope(row, scope));
  const events = mine(tables.events.values()).slice(-QUEUE_RATE_SAMPLE);
  const deliveries = mine(tables.deliveries.values());
  const owed = deliveries.slice(-QUEUE_RATE_SAMPLE);
  const failing = mine(tables.cases.values()).filter((row) => row.status === "open" && deadLetterKinds.includes(row.kind));
  const jobs = mine(tables.jobs.values());
  return QUEUE_NAMES.map((queue): QueueState => {
    const here = jobs.filter((job) => job.queue === queue);
    const due = here.filter((job) => job.runAt <= now);
    const leased = here.filter((job) => job.runAt > now && job.leaseToken !== null);
    const isWebhooks = queue === "webhook-queue";
    const failed = isWebhooks ? deliveries.filter((row) => row.status === "failed").length : 0;
    const finishedSince = sinceOf(isWebhooks ? owed : events, now);
    const ended = isWebhooks
      ? owed.filter(({ finishedAt }) => finishedAt !== null && finishedAt >= finishedSince)
      : events.filter(({ type, createdAt }) => (endedIn[queue] as readonly string[]).includes(type) && createdAt >= finishedSince);
    return {
      queue,
      due: due.length,
      scheduled: here.length - due.length - leased.length,
      leased: leased.length,
      isCapped: here.length > QUEUE_COUNTED_MAX,
      oldestDueAt: due.length === 0 ? null : Math.min(...due.map((job) => job.runAt)),
      deadLetters: failing.filter((row) => workOf(row).queue === queue).length + failed,
      finished: ended.length,
      finishedSince,
    };
  });
}

function sinceOf(sample: readonly { readonly createdAt: Ms }[], now: Ms): Ms {
  const oldest = sample.length === QUEUE_RATE_SAMPLE ? sample[0]!.createdAt : 0;
  return Math.max(now - QUEUE_RATE_WINDOW_MS, oldest);
}
