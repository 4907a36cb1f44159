import { DRAIN_MS } from "../core/constants.ts";
import type { Clock } from "../core/ports/clock.ts";

/** Waits for work under way, up to the drain time: what is not done by then is asked about later. */
export async function drain(clock: Pick<Clock, "sleep">, done: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([done.finally(() => over.abort()), clock.sleep(DRAIN_MS, over.signal)]);
}
