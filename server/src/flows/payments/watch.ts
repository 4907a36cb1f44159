/** One look-out for all requests that wait in this process for the end of the same operation. */
import { SYNC_LOOKS_PER_STATUS, SYNC_POLL_MS, SYNC_RUNNING_POLL_MS } from "../../core/constants.ts";
import type { MoneyEvent, Scope } from "../../core/model.ts";
import { ownedByDeps, type Deps } from "../deps.ts";

export interface Watched {
  readonly scope: Scope;
  readonly paymentId: string;
  /** The event that ends the operation: `charge`, or the attempt's id. */
  readonly closes: string;
}

/** What a watch ends with: the event, or that the shopper must act, or that nobody waits any more. */
export type End = Pick<MoneyEvent, "type" | "apiVersion" | "body"> | "shopper_must_act" | "nobody_waits";

export interface Watch {
  /** Rejects as the store does. */
  readonly end: Promise<End>;
  /** The operation runs in this process until the promise ends (it must not reject): there is little to look for, and then all. */
  runs(run: Promise<void>): void;
  /** Call once, when its waiter has gone. */
  leave(): void;
}

/** Joins the watch of this operation, or begins it. */
export function watch(deps: Deps, watched: Watched): Watch {
  const own = watchesOf(deps);
  const name = nameOf({ ...watched, ...watched.scope });
  let shared = own.get(name);
  if (shared === undefined) own.set(name, (shared = lookOut(deps, watched, () => own.delete(name))));
  shared.join();
  return shared;
}

/** Whoever waits in this process for this event need not look for it. Call it once the event is committed; one that ends nothing is nobody's. */
export function tellOfEnd(deps: Deps, event: MoneyEvent): void {
  const { paymentId, closes } = event;
  if (paymentId === null || closes === null) return;
  watchesOf(deps)
    .get(nameOf({ ...event, paymentId, closes }))
    ?.tell(event);
}

function nameOf({ merchantId, mode, paymentId, closes }: Scope & Pick<Watched, "paymentId" | "closes">): string {
  return [merchantId, mode, paymentId, closes].join(" ");
}

const watchesOf = ownedByDeps(() => new Map<string, ReturnType<typeof lookOut>>());

/** @param left is called when the last waiter has gone */
function lookOut(deps: Deps, { scope, paymentId, closes }: Watched, left: () => void) {
  let waiters = 0;
  /** Runs of the operation in this process. */
  let running = 0;
  /** Something happened: look at once, and at everything. */
  let isDue = false;
  let told: End | null = null;
  let nap = new AbortController();
  const end = look();
  // Each waiter gets the rejection; if all have left meanwhile, nobody does.
  end.catch(() => undefined);

  function wake(): void {
    isDue = true;
    nap.abort();
  }

  async function look(): Promise<End> {
    // The first waiter is still to say that it waits and whether it runs the operation.
    await Promise.resolve();
    for (let turn = 1; ; turn++) {
      nap = new AbortController();
      if (!isDue && waiters > 0) await deps.clock.sleep(running > 0 ? SYNC_RUNNING_POLL_MS : SYNC_POLL_MS, nap.signal);
      if (waiters === 0) return "nobody_waits";
      if (isDue) turn = 0;
      isDue = false;
      if (told) return told;
      const event = await deps.store.findEvent(scope, paymentId, closes);
      if (event) return event;
      const looksAtAll = running === 0 && turn % SYNC_LOOKS_PER_STATUS === 0;
      // A challenge can take minutes: the callers hear of it at once.
      if (looksAtAll && (await deps.store.load(scope, paymentId))?.payment.status === "requires_action") return "shopper_must_act";
    }
  }

  return {
    end,
    tell(event: MoneyEvent): void {
      told ??= event;
      wake();
    },
    join: () => void waiters++,
    runs(run: Promise<void>): void {
      running++;
      void run.then(() => {
        running--;
        wake();
      });
    },
    leave(): void {
      if (--waiters > 0) return;
      left();
      wake();
    },
  };
}
