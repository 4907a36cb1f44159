import type { WakeSignal } from "../core/ports/world.ts";

/** Ends one sleep early, as an AbortController does, but without its map of listeners and events: each request that waits has two of them. */
export class Alarm implements WakeSignal {
  aborted = false;
  #wake: (() => void) | null = null;

  /** Throws an Error if another sleeper waits for it already. */
  addEventListener(_type: "abort", wake: () => void): void {
    if (this.#wake !== null) throw new Error("an alarm wakes one sleeper");
    this.#wake = wake;
  }

  removeEventListener(_type: "abort", wake: () => void): void {
    if (this.#wake === wake) this.#wake = null;
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#wake?.();
    this.#wake = null;
  }
}
