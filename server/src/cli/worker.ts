import { startWorker } from "../worker/worker.ts";
import { serveRole } from "./parts.ts";

/** A worker alone, until a signal; as many as wanted may run. The schema must be up to date (`tillway migrate`). */
export function runWorker(argv: string[]): Promise<number> {
  return serveRole("worker", argv, async ({ log, parts, life }) => {
    const worker = startWorker(parts.deps);
    life.onStop(() => worker.stop());
    log.info({}, "the worker works");
  });
}
