import type { Deps } from "../flows/deps.ts";
import { end, Life, type Machinery } from "./process.ts";

/** The work of one life of a process. */
export interface Program {
  readonly deps: Deps;
  /** As on SIGTERM. Resolves when the work under way has ended. */
  stop(): Promise<void>;
}

/** A process that comes back: each life has ports of its own and knows nothing of the last. */
export class Process {
  life: Life;
  readonly #setup: { readonly name: string; readonly machinery: Machinery; readonly skewMs: number };
  readonly #start: (life: Life) => Program;
  #program: Program;

  constructor(setup: { readonly name: string; readonly machinery: Machinery; readonly skewMs: number }, start: (life: Life) => Program) {
    this.#setup = setup;
    this.#start = start;
    this.life = this.#born();
    this.#program = start(this.life);
  }

  get deps(): Deps {
    return this.#program.deps;
  }

  /** Ends a pause; a dead one is coming back already. */
  heal(): void {
    this.life.pausedUntil = Math.min(this.life.pausedUntil, this.#setup.machinery.kernel.now);
  }

  /** A rolling restart: SIGTERM, drain, exit; the next life follows. */
  replace(): void {
    const { life } = this;
    if (!life.alive) return;
    const { machinery } = this.#setup;
    machinery.kernel.trace.add(machinery.kernel.now, `${life.name} is asked to stop`);
    void this.#program.stop().then(() => end(machinery, life, "has stopped"));
  }

  #born(): Life {
    const { name, machinery, skewMs } = this.#setup;
    const { kernel, draw } = machinery;
    const life = new Life(name, skewMs === 0 ? 0 : draw.int(-skewMs, skewMs), kernel);
    life.onDeath.add(
      () =>
        void kernel.after(draw.skewed(50, 60_000), () => {
          kernel.trace.add(kernel.now, `${name} starts again`);
          this.life = this.#born();
          this.#program = this.#start(this.life);
        }),
    );
    return life;
  }
}
