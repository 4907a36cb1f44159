/** What all that the page does has at hand, and how it asks: until there is an answer. */
import { Away, type Api } from "./api.ts";
import type { Shelf } from "./access.ts";
import type { GatewayFields } from "./gateway-fields.ts";
import { pause } from "./follow.ts";
import type { Store } from "./store.ts";

export interface Desk {
  readonly api: Api;
  readonly store: Store;
  readonly shelf: Shelf;
  readonly fields: GatewayFields;
  /** Leaves this page for a bank's. */
  goTo(url: string): void;
}

/** A token of a gateway's own fields, and the payment that waits for it. */
export interface FromFields {
  readonly paymentId: string;
  readonly card: object;
}

const AGAIN_MS = [1_000, 2_000, 4_000, 5_000];

/** Asks until there is an answer. Only for what may be asked again: reads, and attempts under their key. */
export async function stubborn<T>({ store }: Pick<Desk, "store">, ask: () => Promise<T>): Promise<T> {
  for (let failed = 0; ; failed++) {
    try {
      const answer = await ask();
      store.dispatch({ type: "connection", isThere: true });
      return answer;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      store.dispatch({ type: "connection", isThere: false });
      await pause(Math.max(error.afterMs ?? 0, AGAIN_MS[Math.min(failed, AGAIN_MS.length - 1)]!));
    }
  }
}
