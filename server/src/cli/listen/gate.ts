/**
 * Lets sends to one address through while something answers there. If nothing does, one of them at a time tries again, later and later,
 * and the others wait for it: an app that restarts is not met by a thousand requests, and the screen not by a thousand lines.
 */
export class Gate {
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #isUp = true;
  #failures = 0;
  #permits = 0;
  #isSleeping = false;

  /** @param sleep ends early when the command ends */
  constructor(sleep: (ms: number) => Promise<void>) {
    this.#sleep = sleep;
  }

  enter(): Promise<void> {
    if (this.#isUp) return Promise.resolve();
    if (this.#permits > 0) return Promise.resolve(void this.#permits--);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  answered(): void {
    this.#isUp = true;
    this.#failures = 0;
    this.#permits = 0;
    for (const enter of this.#waiting.splice(0)) enter();
  }

  /** Nothing answered: after a pause one may try again. */
  failed(): void {
    this.#isUp = false;
    if (this.#isSleeping) return;
    this.#isSleeping = true;
    void this.#sleep(backoffMs(this.#failures++)).then(() => {
      this.#isSleeping = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#permits = 1;
    });
  }
}

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MOST_MS = 5_000;

/** Twice as long each time, up to a bound that nobody minds after a restart. */
export function backoffMs(failures: number): number {
  return Math.min(BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10), BACKOFF_MOST_MS);
}
