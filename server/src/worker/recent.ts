/** What this process has lately read beside rows of money: a merchant's accounts, rules and endpoints. Nothing of it is older than `KEY_CACHE_MS`. */
import { KEY_CACHE_MS } from "../core/constants.ts";
import type { Endpoint, Ms, Scope, Snapshot } from "../core/model.ts";
import type { Store } from "../core/ports/store.ts";
import type { Clock } from "../core/ports/world.ts";

/** What a decision about any payment of this merchant and mode needs beside it. */
export type Around = Pick<Snapshot, "endpoints" | "accounts" | "rules">;

/** Enough for every merchant of a large installation; past it they are read anew. */
const REMEMBERED_MAX = 10_000;

export interface Recent {
  readonly around: (scope: Scope) => Around | undefined;
  readonly endpoint: (id: string) => Endpoint | undefined;
  /** Reads by these are remembered. */
  readonly listening: (store: Store) => Pick<Store, "load" | "delivery">;
  /** What was read before now, and what is being read now, is old. */
  readonly forget: () => void;
}

export function createRecent(clock: Pick<Clock, "now">): Recent {
  const surroundings = remembered<Around>(clock);
  const endpoints = remembered<Endpoint>(clock);
  return {
    around: (scope) => surroundings.get(keyOf(scope)),
    endpoint: endpoints.get,
    forget: () => (surroundings.forget(), endpoints.forget()),
    listening: (store) => ({
      load: async (scope, id) => {
        const remember = surroundings.reading();
        const snapshot = await store.load(scope, id);
        if (snapshot) {
          const { endpoints: subscribers, accounts, rules } = snapshot;
          remember(keyOf(scope), { endpoints: subscribers, accounts, rules });
        }
        return snapshot;
      },
      delivery: async (scope, id) => {
        const remember = endpoints.reading();
        const load = await store.delivery(scope, id);
        if (load?.endpoint) remember(load.delivery.endpointId, load.endpoint);
        return load;
      },
    }),
  };
}

function keyOf({ merchantId, mode }: Scope): string {
  return `${merchantId} ${mode}`;
}

function remembered<Value>(clock: Pick<Clock, "now">) {
  const known = new Map<string, { readonly at: Ms; readonly value: Value }>();
  let forgotten = 0;
  return {
    get(key: string): Value | undefined {
      const found = known.get(key);
      // A clock that went back makes nothing younger.
      return found && Math.abs(clock.now() - found.at) < KEY_CACHE_MS ? found.value : undefined;
    },
    /** Called when a read begins; what it returns, when it has ended. */
    reading(): (key: string, value: Value) => void {
      const [at, before] = [clock.now(), forgotten];
      return (key, value) => {
        if (before !== forgotten) return;
        if (known.size >= REMEMBERED_MAX) known.clear();
        known.set(key, { at, value });
      };
    },
    forget(): void {
      forgotten++;
      known.clear();
    },
  };
}
