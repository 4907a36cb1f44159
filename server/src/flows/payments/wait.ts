import { MONEY_LEASE_MS, SYNC_WAIT_MS } from "../../core/constants.ts";
import { jobIdOf, newId } from "../../core/ids.ts";
import type { MoneyEvent } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import type { Deps } from "../deps.ts";
import { answerOfEvent, currentAnswer, type Created } from "./answers.ts";
import { watch } from "./watch.ts";

export interface WaitFor {
  readonly paymentId: string;
  /** Whose job is run: the payment's own for a charge, the attempt's for capture and void. */
  readonly jobOf: string;
  /** The event that ends the operation: `charge`, or the attempt's id. */
  readonly closes: string;
  readonly status: Created;
  /** The request whose id a 402 names. */
  readonly requestId: string;
}

/**
 * Runs the operation's job in this process, if nobody has it, and waits up to ten seconds for the event that ends it. The call goes
 * on when the wait ends. A repeat of the request, here or in another process, finds the job taken and waits for the same event.
 */
export async function waitForEnd(deps: Deps, caller: Caller, wish: WaitFor): Promise<Answer> {
  const watching = watch(deps, { scope: caller.scope, paymentId: wish.paymentId, closes: wish.closes });
  const answered = new AbortController();
  try {
    watching.runs(runHere(deps, wish));
    const late = deps.clock.sleep(SYNC_WAIT_MS, answered.signal).then(() => "late" as const);
    const end = await Promise.race([watching.end, late]);
    return typeof end === "object" ? finalOf(end, wish) : await asItStands(deps, caller, wish);
  } finally {
    answered.abort();
    watching.leave();
  }
}

async function runHere(deps: Deps, wish: WaitFor): Promise<void> {
  try {
    const now = deps.clock.now();
    const token = newId("req", now, deps.random.bytes(16));
    const job = await deps.store.take(jobIdOf(wish.jobOf), now, now + MONEY_LEASE_MS, token);
    if (job) await deps.runJob(job);
  } catch (error) {
    deps.log.warn({ payment_id: wish.paymentId, error: String(error) }, "a synchronous run failed; its job goes on");
  }
}

/** The event is looked up last: it only ever appears, and what the row already shows must be told in the event's own bytes. */
async function asItStands(deps: Deps, caller: Caller, wish: WaitFor): Promise<Answer> {
  const current = await currentAnswer(deps, caller, wish);
  const event = await deps.store.findEvent(caller.scope, wish.paymentId, wish.closes);
  return event ? finalOf(event, wish) : current;
}

function finalOf(event: Pick<MoneyEvent, "type" | "body">, wish: WaitFor): Answer {
  return answerOfEvent(event, { status: wish.status, answerCloses: wish.closes, requestId: wish.requestId });
}
