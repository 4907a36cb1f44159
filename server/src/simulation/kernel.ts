import { Heap } from "@tillway/sandbox";
import type { Ms } from "../core/model.ts";
import { fnv1a } from "./random.ts";

/** Virtual time starts here: 2030-01-01. No row may depend on the day on which the simulation runs. */
export const EPOCH: Ms = 1_893_456_000_000;

/** One virtual moment. Equal moments happen in the order in which they were planned. */
export interface Planned {
  readonly at: Ms;
  readonly order: number;
  /** Null once it was called off; it is then dropped when its moment comes. */
  run: (() => void) | null;
}

/** A sleeper that only polls. It is woken at its first beat at which there can be something to find. */
export interface Poller {
  readonly from: Ms;
  readonly periodMs: number;
  /** When there is something to find, at the earliest. */
  readonly interest: () => Ms;
  /** When the poller that this one belongs to is called off. */
  wake: (() => void) | null;
}

/**
 * Virtual time: takes the next planned moment, lets it happen, lets all that follows from it without waiting happen too, looks at
 * the invariants. Between two moments nothing runs, so a seed gives one history.
 */
export class Kernel {
  now: Ms = EPOCH;
  /** How far the database's clock is ahead of virtual time, in milliseconds; and since when, in virtual time. */
  databaseAheadMs = 0;
  databaseSteppedAt: Ms = -Infinity;
  /** Moments so far. */
  steps = 0;
  readonly trace: Trace;
  readonly #heap = new Heap<Planned>((one, other) => one.at < other.at || (one.at === other.at && one.order < other.order));
  readonly #pollers = new Set<Poller>();
  #order = 0;

  constructor(trace: Trace) {
    this.trace = trace;
  }

  /** Plans `run` for `delayMs` from now. */
  after(delayMs: number, run: () => void): Planned {
    const planned: Planned = { at: this.now + Math.max(0, delayMs), order: this.#order++, run };
    this.#heap.push(planned);
    return planned;
  }

  poll(poller: Poller): void {
    this.#pollers.add(poller);
  }

  dropPoller(poller: Poller): void {
    poller.wake = null;
    this.#pollers.delete(poller);
  }

  /** The moment of the next thing to happen; Infinity: nothing is planned. */
  next(): Ms {
    this.#dropCalledOff();
    let next = this.#heap.peek()?.at ?? Infinity;
    for (const poller of this.#pollers) next = Math.min(next, this.#wakingTime(poller));
    return next;
  }

  /** One moment and what follows from it at once. */
  async step(): Promise<void> {
    this.#dropCalledOff();
    const first = this.#heap.peek();
    const poller = this.#firstPoller(first?.at ?? Infinity);
    if (poller) {
      this.now = this.#wakingTime(poller);
      const wake = poller.wake;
      this.dropPoller(poller);
      wake?.();
    } else if (first) {
      this.#heap.pop();
      this.now = first.at;
      first.run?.();
    }
    this.steps++;
    await drained();
  }

  #firstPoller(before: Ms): Poller | null {
    let found: Poller | null = null;
    let at = before;
    for (const poller of this.#pollers) {
      const waking = this.#wakingTime(poller);
      if (waking < at) {
        at = waking;
        found = poller;
      }
    }
    return found;
  }

  /** The first beat of the poller at or after its interest, and not in the past. */
  #wakingTime(poller: Poller): Ms {
    const wanted = Math.max(poller.interest(), this.now, poller.from);
    return poller.from + Math.ceil((wanted - poller.from) / poller.periodMs) * poller.periodMs;
  }

  #dropCalledOff(): void {
    while (this.#heap.peek()?.run === null) this.#heap.pop();
  }
}

/** Every step leaves a line; equal hashes mean equal runs. Lines are kept only if somebody will read them. */
export class Trace {
  readonly lines: string[] | null;
  #hash = fnv1a("tillway");

  constructor(keep: boolean) {
    this.lines = keep ? [] : null;
  }

  add(now: Ms, text: string): void {
    const line = `${now - EPOCH} ${text}`;
    this.#hash = fnv1a(line, this.#hash);
    this.lines?.push(line);
  }

  /** A line for readers only, e.g. of a log. */
  note(text: string): void {
    this.lines?.push(`            ${text}`);
  }

  get hash(): string {
    return this.#hash.toString(16).padStart(8, "0");
  }
}

/** Resolves when no microtask is left. Promises resolve in a fixed order, so the seed alone decides what ran meanwhile. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
