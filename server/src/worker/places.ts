import type { Place } from "../core/ports/keeping.ts";
import { WORKER_SLOTS } from "../core/constants.ts";
import type { Job } from "../core/model.ts";
import type { Deps } from "../flows/deps.ts";
import { whenCallEnds } from "../flows/jobs/calls.ts";
import { runJob } from "../flows/jobs/run.ts";
import { Lanes } from "./lanes.ts";

/** A lane with a backlog would be claimed one job at a time otherwise. */
const GATHER_MS = 5;

/** The places of one queue in this process: taken by jobs that are under way, or are about to be. */
export class Places {
  readonly lanes = new Lanes();
  readonly #taken = new Set<Promise<void>>();
  readonly #deps: Deps;
  readonly #freed: () => void;
  #isTelling = false;

  /** @param freed called when a place is free for which somebody may wait */
  constructor(deps: Deps, freed: () => void) {
    this.#deps = deps;
    this.#freed = freed;
  }

  get busy(): number {
    return this.#taken.size;
  }

  /** A place, and one in the lane: that one is free again as soon as the job's call has ended. */
  take(lane: string): Place {
    let resolve = (): void => undefined;
    const taken = new Promise<void>((done) => (resolve = done));
    this.#taken.add(taken);
    this.lanes.enter(lane);
    let isInLane = true;
    const leaveLane = (): void => {
      if (!isInLane) return;
      isInLane = false;
      this.lanes.leave(lane);
      if (this.lanes.wasFull(lane)) this.#tellSoon();
    };
    const leave = (): void => {
      const wasSaturated = this.busy >= WORKER_SLOTS;
      leaveLane();
      this.#taken.delete(taken);
      if (wasSaturated) this.#freed();
      resolve();
    };
    return { leave, begin: (job) => this.#begin(job, { leaveLane, leave }) };
  }

  #begin(job: Job, { leaveLane, leave }: { readonly leaveLane: () => void; readonly leave: () => void }): void {
    whenCallEnds(this.#deps, job, leaveLane);
    void runJob(this.#deps, job).finally(leave);
  }

  /** What else ends meanwhile makes room too: one claim for all of it. */
  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    void this.#deps.clock.sleep(GATHER_MS).then(() => {
      this.#isTelling = false;
      this.#freed();
    });
  }

  /** Resolves when those that are taken now are free. */
  idle(): Promise<unknown> {
    return Promise.all(this.#taken);
  }
}
