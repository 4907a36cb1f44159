/** Jobs that begin in the process that makes them. */
import type { Job, Snapshot } from "../model.ts";
import type { DeliveryLoad } from "./store.ts";

/** Of a worker, held for a job that is about to be written. One of the two is called, once. */
export interface Place {
  /** It is written: the worker runs it. */
  readonly begin: (job: Job) => void;
  readonly leave: () => void;
}

/** What a worker of this process and its flows know of it. */
export interface Keeping {
  /** A worker offers its places. @param reserve null: none is free for this job, or older ones come first */
  readonly open: (reserve: (job: Job) => Place | null) => void;
  /** A payment whose charge begins where it was made, for its first decision. Undefined: it must be loaded. Of what is beside the payment it is as old as `KEY_CACHE_MS`. */
  readonly snapshotOf: (job: Job) => Snapshot | undefined;
  /** The same of a delivery for its first try. */
  readonly deliveryOf: (job: Job) => DeliveryLoad | undefined;
}
