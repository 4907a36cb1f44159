import type { Unreadable } from "../dead-messages.ts";
import type { Job, Mode } from "../model.ts";
import type { QueueName } from "../queues.ts";
import type { ResultEvent } from "../results.ts";
import type { JobOutcome } from "./observer.ts";

/**
 * What an engine carries: where a job's row is, and what its tools show of it. Never money, never a person: the row is read again by whoever
 * takes it, so a message that is late, doubled or lost changes nothing but the time.
 */
export interface Message {
  /** The same id twice is one message, as far as the engine remembers it. */
  readonly id: string;
  readonly queue: QueueName;
  readonly jobId: string;
  readonly merchantId: string;
  readonly mode: Mode;
  readonly kind: Job["kind"];
  readonly subject: string;
  readonly lane: string;
  /** How often it was tried before. */
  readonly tries: number;
  readonly traceparent: string | null;
}

/** How the work that a message led to ended. `skipped`: somebody else has it, or it is done. `returned`: there was no room, it comes again. */
export interface Ended {
  readonly outcome: JobOutcome | "skipped" | "returned";
  /** Of a failure. */
  readonly reason?: string;
}

export interface Receipt {
  /** Resolves once the row is held by this process, or is known not to be for it: from then on the engine may forget the message. */
  readonly held: Promise<void>;
  /** Resolves when the work has ended. Neither rejects. */
  readonly ended: Promise<Ended>;
}

export interface EngineHealth {
  readonly status: "ok" | "down";
  /** What is wrong, with its cure; null if nothing is. */
  readonly problem: string | null;
  /** Of those queues that a person paused in the engine's own tool. */
  readonly paused: readonly QueueName[];
  /** Messages that wait in it, delayed ones too; left out while it is down. */
  readonly messages?: Readonly<Record<QueueName, number>>;
}

/** Keeps what is no message of ours where people see it. Rejects if it could not: then the engine must bring it again. */
export type Bury = (found: Unreadable) => Promise<void>;

/** What brings jobs to the processes that work. It holds no truth: what it loses is due again in the rows. */
export interface Engine {
  readonly name: "redis" | "kafka";
  /**
   * Hands messages over; resolves once the engine has them all. Rejects soon (in seconds) if it may not have. @param delayMs 0: at once;
   * delayed ones beyond `ENGINE_DELAYED_MAX` are left to their rows
   */
  publish(queue: QueueName, messages: readonly Message[], delayMs: number): Promise<void>;
  /** How many more messages the engine should be given now: a flood waits in the rows, where it is fair. Rejects while the engine is away. */
  room(queue: QueueName): Promise<number>;
  /** Calls back for each message until stopped, at most so many at once. Goes on by itself after the engine was away. */
  consume(queue: QueueName, options: { readonly atOnce: number; readonly receive: (message: Message) => Receipt }): Consumer;
  /** Tells other programs how operations ended; left out: nobody can read that there. As sure as `publish`. */
  announce?(results: readonly AnnouncedResult[]): Promise<void>;
  health(): Promise<EngineHealth>;
  /** Closes all connections within seconds, also while the engine is away. */
  close(): Promise<void>;
}

export interface AnnouncedResult {
  readonly event: ResultEvent;
  /** Of the job that ended it, where this process knows it. */
  readonly traceparent: string | null;
}

export interface Consumer {
  /** Takes nothing more. What was received goes on. */
  stop(): Promise<void>;
}
