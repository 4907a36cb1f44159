/**
 * Messages that an engine brought and that are none of ours: what another program wrote there, or a newer version. They belong to no
 * merchant, so the operator looks at them (docs/decisions/0071).
 */
import type { Ms } from "./model.ts";

export const deadMessageStatuses = ["open", "replayed", "discarded"] as const;
export type DeadMessageStatus = (typeof deadMessageStatuses)[number];

/** As it came, and where it was. */
export interface Unreadable {
  readonly engine: "redis" | "kafka";
  /** The topic or the queue. */
  readonly place: string;
  /** Null: the engine has none. */
  readonly partition: number | null;
  /** The offset, or the id of the engine's job. */
  readonly position: string;
  readonly reason: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeadMessage extends Unreadable {
  readonly id: string;
  /** Of the value: with the place it tells one message from all others. */
  readonly digest: string;
  /** Of the value as it came; what is kept of it may be less. */
  readonly bytes: number;
  /** The job that it names, if it names one. */
  readonly jobId: string | null;
  readonly foundAt: Ms;
  readonly status: DeadMessageStatus;
  readonly handledAt: Ms | null;
  readonly handledBy: string | null;
  readonly handledReason: string | null;
}

/** Characters that are kept of a value: a message of ours has some hundred. */
export const DEAD_VALUE_MAX = 8_192;
/** Headers that are kept, and characters of each. */
export const DEAD_HEADERS_MAX = 32;
export const DEAD_HEADER_MAX = 256;
/** Open ones that are kept. A flood of them says nothing more than its first thousands, and the engine has the rest. */
export const DEAD_MESSAGES_OPEN_MAX = 10_000;
/** Of one step over all that match. */
export const DEAD_MESSAGES_HANDLED_MAX = 1_000;

/** What people pick them by. All that is given must hold. */
export interface DeadMessageFilter {
  readonly status?: DeadMessageStatus;
  readonly engine?: DeadMessage["engine"];
  readonly place?: string;
  /** Stands in the reason or in what is kept of the value, in capitals or not. */
  readonly text?: string;
}
