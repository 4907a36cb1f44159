/** What the suite of engines works with: see `engine-conformance.testing.ts`. */
import { randomBytes } from "node:crypto";
import { connect } from "../../../test/support/connect.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import type { TestStorage } from "../../../test/support/storage.ts";
import { World } from "../../../test/support/flows/world.ts";
import { ENGINE_TOKEN } from "../core/engines.ts";
import type { Job } from "../core/model.ts";
import type { Engine } from "../core/ports/engine.ts";
import type { Log } from "../core/ports/world.ts";
import type { Deps } from "../flows/deps.ts";
import { addJobs } from "../storage/conformance/rows.testing.ts";
import { startWorker, type Worker } from "../worker/worker.ts";
import { machineClock } from "../system/clock.ts";

/** An engine's server as a test has it in hand. */
export interface EngineServer {
  open(log: Log): Promise<Engine>;
  /** Nobody reaches it until `comeBack`; connections are reset. */
  goAway(): void;
  comeBack(): void;
  /** Removes all that it has, as after a restart without its data. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export interface EngineSuite {
  readonly name: string;
  readonly storage: () => TestStorage;
  /** Null: jobs are claimed from the store. */
  readonly server: (() => Promise<EngineServer>) | null;
}

/** What a job of the test does; it ends well unless this throws. */
type Work = (job: Pick<Job, "subject">) => unknown;

export class EngineBench {
  readonly done: string[] = [];
  /** Moved on where a lease must end. */
  aheadMs = 0;
  readonly warnings: string[] = [];
  readonly #world = new World();
  readonly #workers: Worker[] = [];
  readonly #engines: Engine[] = [];
  readonly #suite: EngineSuite;
  readonly server: EngineServer | null;
  work: Work = () => undefined;

  constructor(suite: EngineSuite, server: EngineServer | null) {
    this.#suite = suite;
    this.server = server;
  }

  get log(): Log {
    return {
      info: () => {},
      warn: (fields, message) => void this.warnings.push(`${message} ${JSON.stringify(fields)}`),
      error: (fields, message) => void this.warnings.push(`${message} ${JSON.stringify(fields)}`),
    };
  }

  get deps(): Deps {
    const { store } = this.#suite.storage();
    const clock = machineClock();
    const delivery: Deps["store"]["delivery"] = async (_scope, subject) => {
      await this.work({ subject });
      this.done.push(subject);
      return null;
    };
    return {
      ...this.#world.deps,
      store: { ...store, delivery },
      clock: { now: () => clock.now() + this.aheadMs, sleep: clock.sleep },
      random: { float: () => 0.5, bytes: (length) => randomBytes(length) },
      log: this.log,
    };
  }

  async start(): Promise<{ readonly worker: Worker; readonly engine: Engine | null }> {
    const engine = this.server ? await this.openEngine() : null;
    return { worker: this.startWith(engine), engine };
  }

  async openEngine(): Promise<Engine> {
    const engine = await this.server!.open(this.log);
    this.#engines.push(engine);
    return engine;
  }

  startWith(engine: Engine | null): Worker {
    const worker = startWorker(this.deps, engine);
    this.#workers.push(worker);
    return worker;
  }

  /** Jobs of the webhook queue that are due now, unless they say something else. */
  async add(count: number, given: (n: number) => Partial<Job> = () => ({})): Promise<Job[]> {
    const now = Date.now() + this.aheadMs;
    return addJobs(this.#suite.storage().store, count, (n) => ({
      queue: "webhook-queue",
      kind: "webhook",
      lane: `whe_${n % 5}`,
      runAt: now,
      createdAt: now,
      ...given(n),
    }));
  }

  /** What the engine has lost is due again, as after half a minute. Not by the clock: that would end the leases of what is under way as well. */
  async endLeasesOfEngine(): Promise<void> {
    const now = new Date(Date.now() + this.aheadMs);
    await connect(this.#suite.storage().databaseUrl, (client) =>
      client.query("update jobs set run_at = $2 where lease_token = $1", [ENGINE_TOKEN, now]),
    );
  }

  async close(): Promise<void> {
    this.work = () => undefined;
    this.server?.comeBack();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await this.server?.close();
  }
}

export const subjects = (jobs: readonly Job[]): string[] => jobs.map(({ subject }) => subject).toSorted();
export const patiently = { timeoutMs: 20_000 };

export const allDone = (bench: EngineBench, jobs: readonly Job[]): Promise<unknown> =>
  waitFor(`all ${jobs.length} jobs to be done`, () => subjects(jobs).every((subject) => bench.done.includes(subject)), patiently);
