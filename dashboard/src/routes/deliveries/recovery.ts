/** A run that sends again all deliveries that match, bounded and at a pace, and counts what became of them. */
import type { DeliveryRecovery } from "@tillway/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call, type Scope } from "../../kit/api.ts";
import { useScope } from "../../kit/scope.ts";

/** What is recovered, by the names of the API. */
export interface Matching {
  readonly status: string;
  readonly endpoint_id?: string;
  readonly event_types?: readonly string[];
}

/** What became of those that a run has sent again. */
export interface Progress {
  readonly state: "running" | "finished" | "stopped";
  readonly recovered: number;
  readonly delivered: number;
  readonly failed: number;
}

const PATH = "/v1/deliveries/recover";
/** The API's own bound of one request. */
export const RUN_MAX = 5_000;
const ASK_MS = 1_000;

function ask(scope: Scope, body: object, idempotencyKey?: string): Promise<DeliveryRecovery> {
  return call<DeliveryRecovery>({ method: "POST", path: PATH, scope, body, idempotencyKey });
}

export function count(scope: Scope, matching: Matching): Promise<DeliveryRecovery> {
  return ask(scope, { ...matching, limit: RUN_MAX, dry_run: true });
}

/** The same deliveries in another state: those that were owed in the run's span of time. */
async function countIn(scope: Scope, matching: Matching, span: DeliveryRecovery, status: string): Promise<number> {
  if (span.oldest_at === null || span.newest_at === null) return 0;
  const before = new Date(new Date(span.newest_at).getTime() + 1).toISOString();
  const body = { ...matching, status, created_from: span.oldest_at, created_before: before, limit: RUN_MAX, dry_run: true };
  return (await ask(scope, body)).matched;
}

export function useRecovery(matching: Matching) {
  const scope = useScope();
  const client = useQueryClient();
  const [found, setFound] = useState<DeliveryRecovery | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<unknown>(null);
  const key = useRef(crypto.randomUUID());
  const isGone = useRef(false);
  const wish = JSON.stringify(matching);
  useEffect(() => {
    isGone.current = false;
    count(scope, JSON.parse(wish) as Matching).then((result) => !isGone.current && setFound(result), setError);
    return () => {
      isGone.current = true;
    };
  }, [scope, wish]);

  async function run(limit: number, perSecond: number): Promise<void> {
    setError(null);
    setProgress({ state: "running", recovered: 0, delivered: 0, failed: 0 });
    try {
      const span = await count(scope, matching);
      const before = await countIn(scope, matching, span, "succeeded");
      const begun = await ask(scope, { ...matching, limit, per_second: perSecond }, key.current);
      await watch(begun, before, span);
    } catch (thrown) {
      setError(thrown);
      setProgress(null);
    }
    void client.invalidateQueries();
  }

  async function watch(begun: DeliveryRecovery, before: number, span: DeliveryRecovery): Promise<void> {
    const leftOver = span.matched - begun.recovered;
    while (!isGone.current) {
      const [succeeded, failed] = await Promise.all([
        countIn(scope, matching, span, "succeeded"),
        countIn(scope, matching, span, "failed"),
      ]);
      // What was sent again though it had arrived is delivered from the start on: there is no other state to tell it by.
      const delivered = Math.min(begun.recovered, matching.status === "succeeded" ? succeeded : succeeded - before);
      const again = matching.status === "failed" ? Math.max(0, failed - leftOver) : 0;
      const isOver = delivered + again >= begun.recovered;
      setProgress({ state: isOver ? "finished" : "running", recovered: begun.recovered, delivered, failed: again });
      if (isOver) return;
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
    }
  }

  return { found, progress, error, run };
}
