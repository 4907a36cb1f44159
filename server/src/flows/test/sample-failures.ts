/** What went wrong for good, among sample data: it takes a day by itself, so it is written as if that day had passed. */
import { newCase } from "../../core/change/parts.ts";
import { eventBeside, newDelivery } from "../../core/change/rows.ts";
import type { Context } from "../../core/change.ts";
import { JOB_CASE_AFTER_TRIES } from "../../core/constants.ts";
import { jobIdOf } from "../../core/ids.ts";
import type { Case, Delivery, DeliveryTry, Scope } from "../../core/model.ts";
import { iso } from "../../core/represent.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { rowFor, storedAnswer, type Caller } from "../idempotency.ts";

interface Wanted {
  /** A payment that waits, whose job is said to fail: a replay does it, and it waits on. */
  readonly paymentId: string;
  /** Null: there is none to owe anything. */
  readonly endpointId: string | null;
  /** Of that endpoint. */
  readonly url: string;
}

/** A delivery whose tries are used up, and a dead letter. Once per idempotency key. */
export async function makeFailures(deps: Deps, caller: Caller, { paymentId, endpointId, url }: Wanted): Promise<void> {
  if (await storedAnswer(deps, caller)) return;
  const context = contextOf(deps);
  const { scope } = caller;
  const owed = endpointId === null ? null : givenUp(scope, { endpointId, url }, context);
  await commit(deps, {
    ...scope,
    events: owed === null ? [] : [owed.event],
    deliveries: { insert: owed === null ? [] : [owed.delivery] },
    deliveryTries: owed?.tries ?? [],
    cases: { open: [failing(scope, paymentId, context)] },
    // Of two at once the second one writes nothing, and the first one's is there.
    idempotency: rowFor(deps, caller, { subject: paymentId, status: 201, answerBody: "{}" }),
  });
}

/** As many as the shortest schedule has. */
const TRIES = 5;

function givenUp(scope: Scope, { endpointId, url }: { endpointId: string; url: string }, context: Context) {
  const data = { object: "webhook_test", endpoint_id: endpointId, requested_at: iso(context.now) };
  const event = eventBeside(scope, "webhook.test", data, context);
  const owed = newDelivery(event, endpointId, context);
  const delivery: Delivery = { ...owed, status: "failed", tries: TRIES, nextTryAt: null, finishedAt: context.now };
  const tries = Array.from({ length: TRIES }, (_none, at): DeliveryTry => {
    const sent = { at: context.now, durationMs: 5, statusCode: null, response: null, url, headerNames: null };
    return { ...scope, deliveryId: delivery.id, n: at + 1, ...sent, error: `Sample data: there is no server at ${url}` };
  });
  return { event, delivery, tries };
}

function failing(scope: Scope, paymentId: string, context: Context): Case {
  const id = jobIdOf(paymentId);
  return newCase(
    scope,
    {
      kind: "dead_job",
      subject: id,
      paymentId,
      summary: `Sample data: as if the expire of ${paymentId} had failed ${JOB_CASE_AFTER_TRIES} times. Retry it at the dead letters.`,
      evidence: {
        job: { id, kind: "expire", subject: paymentId, attempt_id: null, queue: "payment-queue" },
        reason: "Sample data: a fault that has been mended. Retry this, and it is done.",
      },
    },
    context,
  );
}
