/** People: they deploy, they send deliveries again (one, or all that failed), they switch an endpoint on again that the receiver had switched off. */
import { versions } from "../api/versions/index.ts";
import type { Scope } from "../core/model.ts";
import { recoverDeliveries } from "../flows/deliveries/recover.ts";
import { retryDelivery } from "../flows/deliveries/retry.ts";
import type { Deps } from "../flows/deps.ts";
import { changeEndpoint } from "../flows/setup/endpoints.ts";
import type { Tables } from "../storage/memory/index.ts";
import type { Machinery } from "./process.ts";
import type { Process } from "./program.ts";
import type { Swarm } from "./swarm.ts";

export interface OperatorGiven {
  readonly machinery: Machinery;
  readonly swarm: Swarm;
  readonly scope: Scope;
  readonly tables: Tables;
  readonly workers: readonly Process[];
  /** Lets an API process do it; nobody checks the result. */
  readonly ask: (run: (deps: Deps) => Promise<unknown>) => void;
}

export function startOperator({ machinery, swarm, scope, tables, workers, ask }: OperatorGiven): void {
  const { kernel, draw } = machinery;
  for (let n = 0; n < swarm.deploys; n++) kernel.after(draw.int(0, swarm.healAfterMs), () => draw.pick(workers).replace());
  for (let n = 0; n < swarm.byHand; n++) {
    kernel.after(draw.int(0, swarm.healAfterMs), () => {
      for (const endpoint of tables.endpoints.values())
        if (endpoint.status === "disabled") ask((deps) => changeEndpoint(deps, scope, endpoint.id, { status: "enabled" }));
      const ended = [...tables.deliveries.values()].filter((row) => row.status !== "pending");
      if (ended.length === 0) return;
      const { id } = draw.pick(ended);
      const keyed = (key: string) =>
        ({ scope, audience: "merchant", requestId: id, apiVersion: versions.current, idempotency: { key, requestHash: id } }) as const;
      const caller = keyed(`again-${n}`);
      // Twice under one key, as a client does whose first answer was lost.
      for (let sent = 0; sent < 2; sent++) ask((deps) => retryDelivery(deps, caller, id, async () => "{}"));
      const wish = { status: "failed", limit: 10, perSecond: 1, dryRun: false } as const;
      for (let sent = 0; sent < 2; sent++) ask((deps) => recoverDeliveries(deps, keyed(`recover-${n}`), wish));
    });
  }
}
