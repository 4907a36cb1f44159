import type { AdminAction } from "../admin-actions.ts";
import type { Change, CommitResult, Creation, Move } from "../change.ts";
import type { CaseKind } from "../case-kinds.ts";
import { COME_AGAIN_MS } from "../constants.ts";
import type {
  Attempt,
  Audience,
  Case,
  ConnectorAccount,
  Delivery,
  EmailSettings,
  Endpoint,
  IdempotencyRow,
  InboxRow,
  Job,
  JobKind,
  MoneyEvent,
  Ms,
  Order,
  Payment,
  Scope,
  Snapshot,
} from "../model.ts";
import type { CasePick, DeliveryPick } from "../dead-letters.ts";
import type { EventType } from "../events.ts";
import type { QueueName } from "../queues.ts";

/** The only way to money state. Postgres and memory pass one conformance suite. Throws `StoreUnavailable` when it cannot tell or is full. */
export interface Store {
  /** One commit: idempotency row, payment, event, job; with an order at `pending`, its live row. */
  create(creation: Creation): Promise<CommitResult>;
  load(scope: Scope, paymentId: string): Promise<Snapshot | null>;
  /**
   * Writes the merchant's own words about a payment, under the same guard as a commit: by its version, which it raises. So whoever is
   * deciding reads the payment again, and the event shows the new words. False: somebody was faster.
   */
  annotate(before: Payment, after: Pick<Payment, "description" | "metadata">): Promise<boolean>;
  commit(change: Change): Promise<CommitResult>;
  findIdempotent(scope: Scope, audience: Audience, key: string): Promise<FoundIdempotent | null>;
  /** The event that ended an operation of this payment (`MoneyEvent.closes`), if it did. */
  findEvent(scope: Scope, paymentId: string, closes: string): Promise<Pick<MoneyEvent, "id" | "type" | "apiVersion" | "body"> | null>;
  /** Leases due jobs, fairly over lanes. */
  claim(wish: ClaimWish): Promise<Claimed>;
  /**
   * Leases due jobs to the engine that carries them (`ENGINE_TOKEN`), as `claim` does; this is no try. Whoever gets a message of one takes it;
   * what nobody took until `leaseUntil` is due again.
   */
  relay(wish: Omit<ClaimWish, "token">): Promise<Claimed>;
  /** Frees those of these jobs that the engine still has; they are due at `at`. */
  giveBack(jobIds: readonly string[], at: Ms): Promise<void>;
  /** Leases this one job if it is due, or on its way through the engine. Null if somebody holds it, or it waits or is gone. */
  take(jobId: string, now: Ms, leaseUntil: Ms, token: string): Promise<Job | null>;
  /**
   * The same, of a job whose message came: many at a time are one statement, which waits for nobody. Null also where somebody has the row locked
   * at this moment: then it is theirs, or comes again.
   */
  takeBrought(jobId: string, now: Ms, leaseUntil: Ms, token: string): Promise<Job | null>;
  /**
   * Takes jobs whose `deadlineAt` has passed, oldest first, as they were; their deadline moves to `againAt`. So each is looked at by one
   * process at a time, a newer deadline is never touched, and a job that cannot be reported does not stand before the others.
   */
  overdue(now: Ms, againAt: Ms, limit: number): Promise<readonly Job[]>;
  /** Attempts found by gateway key or reference, of this account only. */
  findAttempt(accountId: string, by: { readonly gatewayKey: string | null; readonly reference: string | null }): Promise<Attempt | null>;
  /** Whether an attempt of another merchant or mode has this key. */
  isKeyOfAnother(scope: Scope, gatewayKey: string): Promise<boolean>;
  /** Charges and refunds of this account that count as successful and were made in this time, oldest first; at most `limit`. */
  settledAttempts(
    account: Pick<ConnectorAccount, "merchantId" | "mode" | "id">,
    span: { readonly from: Ms; readonly before: Ms },
    limit: number,
  ): Promise<readonly Attempt[]>;
  /** The newest case of this kind and subject, open or resolved. */
  latestCase(scope: Scope, about: Pick<Case, "kind" | "subject">): Promise<Case | null>;
  inbox(scope: Scope, id: string): Promise<InboxRow | null>;
  /** By its id, or the open one of this kind and subject. */
  case(scope: Scope, by: CaseKey): Promise<Case | null>;
  /**
   * What a delivery needs: itself, its endpoint, its event's text. If another URL was set meanwhile, its endpoint is the one that
   * has taken the place of the first: what is owed is owed to the merchant.
   */
  delivery(scope: Scope, id: string): Promise<DeliveryLoad | null>;
  /** Deliveries that have ended and match, oldest first; at most `limit`. */
  ended(scope: Scope, filter: EndedFilter): Promise<readonly Delivery[]>;
  /** Open cases of these kinds, oldest first; at most `limit`. */
  letters(scope: Scope, filter: LetterFilter): Promise<readonly Case[]>;
  /** What cases are about, of this scope; what is gone is left out. */
  subjects(scope: Scope, ids: { readonly jobs: readonly string[]; readonly inbox: readonly string[] }): Promise<Subjects>;
  /** The newest case of this kind and subject, with this `reason` in its evidence, that is still quiet. */
  quietCase(scope: Scope, about: Pick<Case, "kind" | "subject"> & { readonly reason: string }, now: Ms): Promise<Case | null>;
  /**
   * Writes what people did to dead letters, and claims the caller's key. `stale`: a delivery, case or job is not as it was read, or
   * `duplicate`: the key is taken; then nothing was written.
   */
  handleLetters(
    moves: LetterMoves & Scope & { readonly actions?: readonly AdminAction[]; readonly idempotency?: IdempotencyRow },
  ): Promise<"applied" | "stale" | "duplicate">;
  /**
   * Owes these deliveries again, with the jobs that send them, and claims the caller's key. `stale`: one of them is not as it was read, or
   * `duplicate`: the key is taken; then nothing was written.
   */
  oweAgain(again: OwedAgain): Promise<"applied" | "stale" | "duplicate">;
  /** Says that this process lives; answers the database's time. */
  heartbeat(process: Heartbeat): Promise<Ms>;
  /**
   * After the database's clock went back by `byMs`: jobs that were planned by its old time would come that much too late, so all that are
   * due soon are moved by it, also those that were planned by the new one. A job that comes early does no harm; leases are kept whole.
   * @returns how many were moved
   */
  pullJobs(now: Ms, byMs: number): Promise<number>;
  order(scope: Scope, id: string): Promise<Order | null>;
  /** The payment that has this order now. */
  liveOrder(scope: Scope, orderId: string): Promise<string | null>;
  /**
   * Makes jobs of these lanes that wait due as of their creation, in the lane `to`; the oldest first, at most `limit`. What is due
   * already, or held, is left alone. @returns how many were moved
   */
  wakeJobs(lanes: readonly string[], wake: { readonly to: string; readonly now: Ms; readonly limit: number }): Promise<number>;
  /**
   * Makes money jobs of this lane that are free and due later than `beyond` due one by one from `from` on, those that were due first first;
   * none comes later than it was to. @returns how many were moved
   */
  hurryJobs(lane: string, hurry: Hurry): Promise<number>;
  /** Frees the key of this row, unless it is a create's whose payment exists; a younger row of another request stays. */
  forgetKey(row: IdempotencyRow): Promise<void>;
  /** Removes the oldest rows that ended before `before`, at most `limit`; answers how many. Several processes may do so at once. */
  purge(what: Purged, before: Ms, limit: number): Promise<number>;
}

/**
 * What is removed once it is old: processes that are gone; idempotency keys, but those of creates; gateway events that were handled
 * and have no open case; exchanges, but those of open attempts; deliveries that have ended, with their log; requests that were kept to be looked up; resets and invitations that can't be used any more;
 * sessions of people that have ended; messages of engines that nobody could read, once they were handled.
 */
export type Purged =
  | "processes"
  | "keys"
  | "inbox"
  | "exchanges"
  | "deliveries"
  | "requests"
  | "resets"
  | "invitations"
  | "sessions"
  | "dead_messages";

export type CaseKey = { readonly id: string } | Pick<Case, "kind" | "subject">;

export interface FoundIdempotent {
  readonly row: IdempotencyRow;
  /** The event that answers, if the row names one and it exists. */
  readonly answer: Pick<MoneyEvent, "id" | "type" | "apiVersion" | "body" | "createdAt"> | null;
  /** False if the row's payment was never written: a create that found its order busy. */
  readonly subjectExists: boolean;
}

export interface ClaimWish {
  readonly queue: QueueName;
  readonly now: Ms;
  readonly leaseUntil: Ms;
  readonly token: string;
  readonly limit: number;
  /** At most this many of one lane in this claim. */
  readonly perLane: number;
  /** Lanes that already have work here: how many more they may get (0 = none). */
  readonly room: ReadonlyMap<string, number>;
  /** The lane that the walk starts at; "" at first. */
  readonly cursor: string;
}

export interface Hurry {
  readonly kinds: readonly JobKind[];
  readonly beyond: Ms;
  readonly from: Ms;
  readonly gapMs: number;
  /** Of each queue. */
  readonly limit: number;
}

export interface Claimed {
  readonly jobs: readonly Job[];
  /** For the next claim. */
  readonly cursor: string;
}

/** What a message is made of, beside its delivery and event. */
export interface MailLoad {
  /** Null: the merchant never set any. */
  readonly settings: EmailSettings | null;
  readonly merchantName: string;
  /** As it is by now. */
  readonly payment: Payment;
}

export interface DeliveryLoad {
  readonly delivery: Delivery;
  /** Of a webhook. */
  readonly endpoint: Endpoint | null;
  /** Of an e-mail. */
  readonly mail?: MailLoad;
  readonly event: Pick<MoneyEvent, "id" | "type" | "apiVersion" | "body" | "createdAt">;
}

export interface EndedFilter extends DeliveryPick {
  readonly status: Exclude<Delivery["status"], "pending">;
  readonly eventTypes?: readonly EventType[];
  /** By the time that they begin with: not before the first, and before the second. */
  readonly idFrom?: string;
  readonly idBefore?: string;
  readonly limit: number;
}

export interface OwedAgain extends Scope {
  readonly deliveries: readonly Move<Delivery>[];
  readonly jobs: readonly Job[];
  readonly actions?: readonly AdminAction[];
  readonly idempotency?: IdempotencyRow;
}

export interface LetterFilter extends CasePick {
  readonly kinds: readonly CaseKind[];
  /** All but these. */
  readonly exceptJobKinds?: readonly string[];
  readonly idFrom?: string;
  readonly idBefore?: string;
  readonly limit: number;
}

export interface Subjects {
  readonly jobs: readonly Job[];
  readonly inbox: readonly InboxRow[];
}

/** All of it or nothing. Guards: deliveries as in `Change`, cases are open, jobs carry the token that they were read with, or none. */
export interface LetterMoves {
  readonly deliveries?: readonly Move<Delivery>[];
  readonly cases?: readonly Move<Case>[];
  /** Due then, as if they had never been tried, and free. */
  readonly restart?: readonly { readonly job: Job; readonly runAt: Ms }[];
  readonly remove?: readonly Job[];
  readonly inbox?: readonly InboxRow[];
  readonly insert?: readonly Job[];
}

export interface Heartbeat {
  readonly id: string;
  readonly role: "api" | "worker" | "all";
  readonly startedAt: Ms;
  readonly now: Ms;
}

/** The store cannot answer now: overloaded, restarting, connection lost. What was asked may or may not have been written. */
export class StoreUnavailable extends Error {
  readonly retryAfterMs: number;
  /** False only if it is certain that nothing was written (queue full, no connection). */
  readonly mayHaveCommitted: boolean;
  constructor(message: string, options: { retryAfterMs?: number; mayHaveCommitted?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "StoreUnavailable";
    this.retryAfterMs = options.retryAfterMs ?? COME_AGAIN_MS;
    this.mayHaveCommitted = options.mayHaveCommitted ?? true;
  }
}
