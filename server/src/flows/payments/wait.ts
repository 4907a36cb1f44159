import { MONEY_LEASE_MS, SYNC_LOOK_MS, SYNC_POLL_MS, SYNC_WAIT_MS } from "../../core/constants.ts";
import { jobIdOf, newId } from "../../core/ids.ts";
import type { MoneyEvent } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import type { Deps } from "../deps.ts";
import { answerOfEvent, currentAnswer, type Created } from "./answers.ts";

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
  const giveUpAt = deps.clock.now() + SYNC_WAIT_MS;
  const running = runHere(deps, wish);
  for (;;) {
    const event = await endingEvent(deps, caller, wish);
    if (event) return finalOf(event, wish);
    const now = deps.clock.now();
    if (now >= giveUpAt || (running.ended && (await shopperMustAct(deps, caller, wish)))) return asItStands(deps, caller, wish);
    await Promise.race([
      running.ended ? deps.clock.sleep(SYNC_POLL_MS) : running.promise,
      deps.clock.sleep(Math.min(SYNC_LOOK_MS, giveUpAt - now)),
    ]);
  }
}

function runHere(deps: Deps, wish: WaitFor): { promise: Promise<void>; ended: boolean } {
  const now = deps.clock.now();
  const token = newId("req", now, deps.random.bytes(16));
  const state = { ended: false, promise: Promise.resolve() };
  const run = async () => {
    const job = await deps.store.take(jobIdOf(wish.jobOf), now, now + MONEY_LEASE_MS, token);
    if (job) await deps.runJob(job);
  };
  state.promise = run()
    .catch((error: unknown) =>
      deps.log.warn({ payment_id: wish.paymentId, error: String(error) }, "a synchronous run failed; its job goes on"),
    )
    .then(() => void (state.ended = true));
  return state;
}

/** The event is looked up last: it only ever appears, and what the row already shows must be told in the event's own bytes. */
async function asItStands(deps: Deps, caller: Caller, wish: WaitFor): Promise<Answer> {
  const current = await currentAnswer(deps, caller, wish);
  const event = await endingEvent(deps, caller, wish);
  return event ? finalOf(event, wish) : current;
}

function finalOf(event: Pick<MoneyEvent, "type" | "body">, wish: WaitFor): Answer {
  return answerOfEvent(event, { status: wish.status, answerCloses: wish.closes, requestId: wish.requestId });
}

/** A challenge can take minutes: the caller is told at once. */
async function shopperMustAct(deps: Deps, caller: Caller, wish: WaitFor): Promise<boolean> {
  return (await deps.store.load(caller.scope, wish.paymentId))?.payment.status === "requires_action";
}

async function endingEvent(deps: Deps, caller: Caller, wish: WaitFor): Promise<Pick<MoneyEvent, "type" | "body"> | null> {
  return deps.store.findEvent(caller.scope, wish.paymentId, wish.closes);
}
