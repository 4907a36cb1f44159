import { ANALYTICS_EVERY_MS, ANALYTICS_GO_MS, ANALYTICS_STEPS_MAX } from "../../core/analytics.ts";
import type { Deps } from "../deps.ts";

/**
 * Rolls up what was committed since the last time, scope by scope, in bounded steps. Returns how many steps it made. What fails now has its
 * turn again later: nothing is counted twice, whoever repeats it.
 * @param signal asks to end after the step under way
 */
export async function rollUpAnalytics(deps: Deps, signal?: AbortSignal): Promise<number> {
  const port = deps.analytics;
  if (!port) return 0;
  const beganAt = deps.clock.now();
  let steps = 0;
  const goesOn = (): boolean => steps < ANALYTICS_STEPS_MAX && !signal?.aborted && deps.clock.now() - beganAt < ANALYTICS_GO_MS;
  while (goesOn()) {
    const now = deps.clock.now();
    const [scope] = await port.turns(now, now - ANALYTICS_EVERY_MS, 1);
    if (!scope) break;
    let hasMore = true;
    while (hasMore && goesOn()) {
      hasMore = await port.rollUp(scope, deps.clock.now()).catch((error: unknown) => {
        deps.log.warn({ merchant_id: scope.merchantId, mode: scope.mode, error: String(error) }, "figures could not be rolled up");
        return false;
      });
      steps++;
    }
  }
  return steps;
}
