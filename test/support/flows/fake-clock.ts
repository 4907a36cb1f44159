import type { Clock } from "../../../server/src/core/ports/world.ts";
import { START } from "./rows.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it. Sleepers wake in the order of their due times, each at its own time. */
export class FakeClock implements Clock {
  #now = START;
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  /** How many sleep: timers that are awaited or forgotten. */
  get asleep(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", wake);
    });
  }

  /** Moves time on, wakes each sleeper on the way and lets it work. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await drain();
    for (let next = this.#first(); next && next.at <= end; next = this.#first()) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await drain();
    }
    this.#now = end;
    await drain();
  }

  /** Moves time only and wakes nobody, as for a process that was stopped. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves time from sleeper to sleeper until `work` ends. Throws if it sleeps for more than a day. */
  async until<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const watched = work.finally(() => (ended = true));
    watched.catch(() => {});
    const patience = this.#now + 86_400_000;
    await drain();
    while (!ended) {
      const next = this.#first();
      if (!next || next.at > patience) throw new Error(next ? "still waiting after a day" : "waits for something that no clock brings");
      await this.advance(Math.max(0, next.at - this.#now));
    }
    return watched;
  }

  #first(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
      undefined,
    );
  }
}

/** Lets all work run that needs no time: some rounds, since one promise's end starts the next. */
export async function drain(rounds = 20): Promise<void> {
  for (let i = 0; i < rounds; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
