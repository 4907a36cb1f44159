import type { Ms } from "../model.ts";

/** What the operator is to be told of: see `flows/upkeep/alarm.ts`. */
export interface Alarms {
  /** What has come up since the operator was told last. Null: nothing, or it is not the time, or another process looks. */
  due(now: Ms, lookAgainAt: Ms): Promise<Alarm | null>;
  /** All that this alarm counts was told of. There is none before `nextAt`. */
  told(alarm: Alarm, nextAt: Ms): Promise<void>;
}

/** Counts end at a bound. */
export interface Alarm {
  /** Messages that an engine brought and that nobody can read. */
  readonly deadMessages: number;
  /** Jobs that go on failing. */
  readonly deadJobs: number;
  /** Webhooks of gateways, and work, that can't be read. */
  readonly malformed: number;
  /** A place in the order of commits: all before it is counted. */
  readonly mark: string;
}

export interface Alarming {
  readonly alarms: Alarms;
  /** The operator's address. */
  readonly to: string;
  /** Where people look at cases and dead letters. */
  readonly url: string;
}
