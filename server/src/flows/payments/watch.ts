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
export type End = Pick<MoneyEvent, "type" | "body"> | "shopper_must_act" | "nobody_waits";

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
  const name = [watched.scope.merchantId, watched.scope.mode, watched.paymentId, watched.closes].join(" ");
  let shared = own.get(name);
  if (shared === undefined) own.set(name, (shared = begin(deps, watched)));
  const { state, end } = shared;
  state.waiters++;
  return {
    end,
    runs(run) {
      state.running++;
      void run.then(() => {
        state.running--;
        look(state);
      });
    },
    leave() {
      if (--state.waiters > 0) return;
      own.delete(name);
      look(state);
    },
  };
}

interface State {
  waiters: number;
  /** Runs of the operation in this process. */
  running: number;
  /** Something happened: look at once, and at everything. */
  isDue: boolean;
  nap: AbortController | null;
}

interface Shared {
  readonly state: State;
  readonly end: Promise<End>;
}

const watchesOf = ownedByDeps(() => new Map<string, Shared>());

function begin(deps: Deps, watched: Watched): Shared {
  const state: State = { waiters: 0, running: 0, isDue: false, nap: null };
  const end = lookOut(deps, watched, state);
  // Each waiter gets the rejection; if all have left meanwhile, nobody does.
  end.catch(() => undefined);
  return { state, end };
}

async function lookOut(deps: Deps, watched: Watched, state: State): Promise<End> {
  // The first waiter is still to say that it waits and whether it runs the operation.
  await Promise.resolve();
  for (let turn = 1; ; turn++) {
    if (!state.isDue && state.waiters > 0) await rest(deps, state);
    if (state.waiters === 0) return "nobody_waits";
    if (state.isDue) turn = 0;
    state.isDue = false;
    const event = await deps.store.findEvent(watched.scope, watched.paymentId, watched.closes);
    if (event) return event;
    const looksAtAll = state.running === 0 && turn % SYNC_LOOKS_PER_STATUS === 0;
    // A challenge can take minutes: the callers hear of it at once.
    if (looksAtAll && (await deps.store.load(watched.scope, watched.paymentId))?.payment.status === "requires_action")
      return "shopper_must_act";
  }
}

async function rest(deps: Deps, state: State): Promise<void> {
  state.nap = new AbortController();
  await deps.clock.sleep(state.running > 0 ? SYNC_RUNNING_POLL_MS : SYNC_POLL_MS, state.nap.signal);
  state.nap = null;
}

function look(state: State): void {
  state.isDue = true;
  state.nap?.abort();
}
