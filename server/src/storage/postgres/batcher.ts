import { BATCHES_IN_FLIGHT, BATCH_MAX, BATCH_QUEUE_MAX, POOL_WAIT_MS } from "../../core/constants.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import { failureOf, spoiled } from "./failures.ts";

export interface BatchWork<Item, Result> {
  /** One statement for all items; one result per item, in their order. */
  run(items: readonly Item[]): Promise<readonly Result[]>;
  /**
   * What no two items of running batches may share, e.g. a payment: of two updates to one row a statement applies only one, and a
   * second batch would wait for the first one's lock to find its guard stale.
   */
  keysOf(item: Item): readonly string[];
  readonly sizes?: { readonly batch: number; readonly inFlight: number; readonly queue: number };
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly keys: readonly string[];
  readonly sinceMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * So many answers at a time: each goes on with its caller's request, some 0.1 ms, and between them the loop comes to who waits to be refused.
 * A batch of 200 at once would keep it for 25 ms.
 */
const HAND_OUT = 32;
/** Singles of a spoiled batch run beside each other, but leave connections for everybody else. */
const SINGLES_AT_ONCE = 3;

/**
 * Collects what waits and runs it as one statement whenever a slot is free: no timer, so a lone item waits for nothing, and under
 * load a batch is whatever arrived while the last one ran.
 */
export function batcher<Item, Result>(work: BatchWork<Item, Result>): (item: Item) => Promise<Result> {
  const sizes = work.sizes ?? { batch: BATCH_MAX, inFlight: BATCHES_IN_FLIGHT, queue: BATCH_QUEUE_MAX };
  const busy = new Set<string>();
  const queue: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || inFlight >= sizes.inFlight || queue.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    if (inFlight >= sizes.inFlight) return;
    const taken = take();
    if (taken.length === 0) return;
    inFlight++;
    void settle(work, taken).finally(() => {
      inFlight--;
      for (const waiting of taken) for (const key of waiting.keys) busy.delete(key);
      schedule();
    });
    schedule();
  }

  function take(): Waiting<Item, Result>[] {
    const taken: Waiting<Item, Result>[] = [];
    const passed: Waiting<Item, Result>[] = [];
    let looked = 0;
    while (looked < queue.length && taken.length < sizes.batch) {
      const waiting = queue[looked++]!;
      if (performance.now() - waiting.sinceMs > POOL_WAIT_MS)
        waiting.reject(new StoreUnavailable("the database keeps writes waiting too long", { mayHaveCommitted: false }));
      else if (waiting.keys.some((key) => busy.has(key))) passed.push(waiting);
      else {
        for (const key of waiting.keys) busy.add(key);
        taken.push(waiting);
      }
    }
    // Only the front was looked at, so only it is touched: under overload the queue holds thousands.
    queue.splice(0, looked, ...passed);
    return taken;
  }

  return (item) =>
    new Promise<Result>((resolve, reject) => {
      if (queue.length >= sizes.queue) {
        reject(new StoreUnavailable("too many writes wait for the database", { mayHaveCommitted: false }));
        return;
      }
      queue.push({ item, keys: work.keysOf(item), sinceMs: performance.now(), resolve, reject });
      schedule();
    });
}

async function settle<Item, Result>(work: BatchWork<Item, Result>, taken: readonly Waiting<Item, Result>[]): Promise<void> {
  try {
    const results = await work.run(taken.map((waiting) => waiting.item));
    // Not waited for: the next batch may run meanwhile.
    void handOut(taken, results);
  } catch (error) {
    if (taken.length > 1 && spoiled(error)) return singly(work, taken);
    for (const waiting of taken) waiting.reject(failureOf(error));
  }
}

/** In the order of the batch. */
async function handOut<Item, Result>(taken: readonly Waiting<Item, Result>[], results: readonly Result[]): Promise<void> {
  for (const [index, waiting] of taken.entries()) {
    if (index > 0 && index % HAND_OUT === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.resolve(results[index]!);
  }
}

/** Each on its own, so that only the one that spoiled the batch fails. Never rejects. */
async function singly<Item, Result>(work: BatchWork<Item, Result>, taken: readonly Waiting<Item, Result>[]): Promise<void> {
  const rest = taken.values();
  const lane = async (): Promise<void> => {
    for (const waiting of rest) await settle(work, [waiting]);
  };
  await Promise.all(Array.from({ length: SINGLES_AT_ONCE }, lane));
}
