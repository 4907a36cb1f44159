import type { Place } from "../core/ports/keeping.ts";
import { WORKER_SLOTS } from "../core/constants.ts";
import type { Job } from "../core/model.ts";
import type { Deps } from "../flows/deps.ts";
import { runJob } from "../flows/jobs/run.ts";
import { Lanes } from "./lanes.ts";

/** The places of one queue in this process: taken by jobs that are under way, or are about to be. */
export class Places {
  readonly lanes = new Lanes();
  readonly #taken = new Set<Promise<void>>();
  readonly #run: (job: Job) => Promise<unknown>;
  readonly #freed: () => void;

  /** @param freed called when a place is free for which somebody may wait */
  constructor(deps: Deps, freed: () => void) {
    this.#run = (job) => runJob(deps, job);
    this.#freed = freed;
  }

  take(lane: string): Place {
    const { lanes } = this;
    lanes.enter(lane);
    let resolve = (): void => undefined;
    const taken = new Promise<void>((done) => (resolve = done));
    this.#taken.add(taken);
    const leave = (): void => {
      const wasSaturated = lanes.total >= WORKER_SLOTS;
      lanes.leave(lane);
      this.#taken.delete(taken);
      if (wasSaturated || lanes.total === 0 || lanes.wasFull(lane)) this.#freed();
      resolve();
    };
    return { leave, begin: (job) => void this.#run(job).finally(leave) };
  }

  /** Resolves when those that are taken now are free. */
  idle(): Promise<unknown> {
    return Promise.all(this.#taken);
  }
}
