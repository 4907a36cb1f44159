import type { Ms } from "../model.ts";
import type { QueueName } from "../queues.ts";

/** What the database alone knows of the work that waits, over all merchants. Counts end at a bound. */
export interface Figures {
  readonly queues: readonly QueueFigures[];
  /** By kind; a kind without an open case is left out. */
  readonly openCases: Readonly<Record<string, number>>;
  /** Messages that an engine brought, that nobody can read, and that nobody has handled. */
  readonly deadMessages: number;
  /** What is broken, by invariant, over all merchants; one that holds is left out. */
  readonly brokenInvariants: Readonly<Record<string, number>>;
  /** When the scope was looked at that has waited longest; null: none was yet. */
  readonly invariantsCheckedAt: Ms | null;
  /** Null: no session holds one. */
  readonly oldestSnapshotMs: number | null;
  /** Of the audit log; null: all of it is sealed. */
  readonly oldestUnsealedAt: Ms | null;
  /** Exchanges that wait to be moved to the audit store. Null: there is none but the database. */
  readonly exchangesWaiting: { readonly count: number; readonly oldestAt: Ms | null } | null;
  /** When a worker gave its sign of life last; null: none did within the time that they are kept. */
  readonly workerSeenAt: Ms | null;
  /** When the scope had its turn to be rolled up that has waited longest; null: none had. */
  readonly analyticsTurnAt: Ms | null;
  /** Of the events that other programs are to be told of; null: they were told of all, or nobody is told. */
  readonly oldestUnannouncedAt: Ms | null;
}

export interface QueueFigures {
  readonly queue: QueueName;
  /** All of them: due, held, and planned for later. */
  readonly jobs: number;
  /** Due and free. */
  readonly due: number;
  /** Null: nothing is due. */
  readonly oldestDueAt: Ms | null;
}

/** What only the tables say; who else is asked is known where the parts are put together. */
export type TableFigures = Omit<Figures, "oldestUnsealedAt" | "exchangesWaiting" | "oldestUnannouncedAt">;

/** The connections of one pool. */
export interface PoolUse {
  readonly open: number;
  readonly busy: number;
  /** Statements that wait for one. */
  readonly waiting: number;
}
