import { isDeepStrictEqual } from "node:util";
import { MONEY_LEASE_MS } from "../../../server/src/core/constants.ts";
import type { Change, CommitResult, Context, Decision } from "../../../server/src/core/change.ts";
import { decideBegin } from "../../../server/src/core/decide/begin.ts";
import {
  decideCancel,
  decideCapture,
  decideConfirm,
  decideRefund,
  decideVoid,
  type CaptureCommand,
} from "../../../server/src/core/decide/operations.ts";
import { decideCreate, type CreateCommand } from "../../../server/src/core/decide/create.ts";
import { decideNotSent, decideOutcome, type OutcomeCommand } from "../../../server/src/core/decide/settle/outcome.ts";
import { decideQuestion } from "../../../server/src/core/decide/ask/question.ts";
import type { Question } from "../../../server/src/core/decide/ask/plan.ts";
import { jobIdOf } from "../../../server/src/core/ids.ts";
import type { Attempt, Job, MoneyEvent, Payment, Refund, RefundLimits, Snapshot } from "../../../server/src/core/model.ts";
import type { Outcome } from "../../../server/src/core/outcome.ts";
import type { Capabilities } from "../../../server/src/core/ports/connector.ts";
import { memoryStorage } from "../../../server/src/storage/memory/index.ts";
import { orderKey } from "../../../server/src/storage/memory/tables.ts";
import { aCommand, ableGateway, anAccount, anEndpoint, numberedId, says, scope, START } from "./rows.ts";

export interface DeskOptions {
  readonly accounts?: number;
  readonly endpoints?: number;
  readonly capabilities?: Partial<Capabilities>;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value))
    for (const each of Object.values(Object.freeze(value))) frozen(each);
  return value;
}

/**
 * One payment, the core's decisions and the in-memory rules, without flows or workers: each decision is committed, and a test
 * looks at the rows that were written. Time stands still until the test moves it.
 */
export class Desk {
  readonly storage = memoryStorage();
  readonly tables = this.storage.tables;
  now = START;
  paymentId = "";
  capabilities: Capabilities;
  #next = 1;

  constructor(options: DeskOptions = {}) {
    this.capabilities = { ...ableGateway, ...options.capabilities };
    for (let n = 1; n <= (options.accounts ?? 1); n++) this.tables.accounts.set(anAccount(n).id, anAccount(n));
    for (let n = 1; n <= (options.endpoints ?? 0); n++) this.tables.endpoints.set(anEndpoint(n).id, anEndpoint(n));
  }

  context(): Context {
    const id: Context["id"] = (prefix) => numberedId(prefix, this.#next++);
    return { now: this.now, id, apiVersion: "2026-11-27", capabilities: () => this.capabilities, healthOf: () => "up" as const };
  }

  get payment(): Payment {
    return this.tables.payments.get(this.paymentId)!;
  }

  get attempts(): Attempt[] {
    return [...this.tables.attempts.values()].filter((attempt) => attempt.paymentId === this.paymentId);
  }

  get refunds(): Refund[] {
    return [...this.tables.refunds.values()];
  }

  get events(): MoneyEvent[] {
    return [...this.tables.events.values()];
  }

  get eventTypes(): string[] {
    return this.events.map((event) => event.type);
  }

  /** Open cases as `kind`. */
  get openCases(): string[] {
    return [...this.tables.cases.values()].filter((row) => row.status === "open").map((row) => row.kind);
  }

  /** The payment that has this order now. */
  liveOf(orderId: string): string | undefined {
    return this.tables.live.get(orderKey(scope, orderId));
  }

  /** The newest attempt of an operation. */
  last(operation: Attempt["operation"]): Attempt {
    return this.attempts.filter((attempt) => attempt.operation === operation).at(-1)!;
  }

  /** The job of the payment, or of the newest attempt of this operation. */
  job(of: "payment" | "capture" | "void" | "refund" = "payment"): Job | undefined {
    return this.tables.jobs.get(jobIdOf(of === "payment" ? this.paymentId : this.last(of).id));
  }

  /** Frozen: a decision that changes its input throws in every test of this desk. */
  async snapshot(): Promise<Snapshot> {
    return frozen((await this.storage.store.load(scope, this.paymentId))!);
  }

  async create(given: Partial<CreateCommand> = {}): Promise<this> {
    const decided = decideCreate(aCommand(given), this.context());
    if ("refusal" in decided) throw new Error(decided.refusal.code);
    await this.storage.store.create(decided.creation);
    this.paymentId = decided.creation.payment.id;
    return this;
  }

  /** Decides on fresh rows and commits. Returns the decision; throws if the commit did not go through. */
  async decide<D extends Decision>(decide: (snapshot: Snapshot, context: Context) => D): Promise<D> {
    const [snapshot, ids] = [await this.snapshot(), this.#next];
    const decision = decide(snapshot, this.context());
    const after = this.#next;
    this.#next = ids;
    if (!isDeepStrictEqual(decide(snapshot, this.context()), decision)) throw new Error("decided twice, and not the same");
    this.#next = after;
    if ("change" in decision) await this.commit(decision.change);
    return decision;
  }

  async commit(change: Change): Promise<CommitResult> {
    const result = await this.storage.store.commit(change);
    if (result !== "applied") throw new Error(`not applied: ${result}`);
    return result;
  }

  confirm = () => this.decide((snapshot, context) => decideConfirm(snapshot, { method: null, returnUrl: null }, context));
  capture = (command: CaptureCommand = {}) => this.decide((snapshot, context) => decideCapture(snapshot, command, context));
  refund = (amount?: number, reason: string | null = null, unconfirmedUpTo?: RefundLimits) =>
    this.decide((snapshot, context) => decideRefund(snapshot, { amount, reason, unconfirmedUpTo }, context));
  void = () => this.decide((snapshot, context) => decideVoid(snapshot, context));
  cancel = (by: "merchant" | "expiry" = "merchant") => this.decide((snapshot, context) => decideCancel(snapshot, by, context));

  /** A worker takes the job's lease and commits the attempt before the call. Undefined if there is nothing to send. */
  async begin(of: "payment" | "capture" | "void" | "refund" = "payment"): Promise<Attempt | undefined> {
    const job = await this.lease(this.job(of)!);
    const begun = await this.decide((snapshot, context) => decideBegin(snapshot, job, context) as Decision);
    return "send" in begun ? (begun.send as Attempt) : undefined;
  }

  /** As a worker's claim does when the job's time has come. */
  async lease(job: Job): Promise<Job> {
    const leased = { ...job, tries: job.tries + 1, leaseToken: `token ${this.#next++}`, runAt: this.now + MONEY_LEASE_MS };
    this.tables.jobs.set(job.id, leased);
    return leased;
  }

  /** The gateway's outcome for an attempt, from a question or a webhook. */
  async hear(attempt: Attempt, outcome: Outcome, more: Pick<OutcomeCommand, "send" | "notFoundBefore"> = {}): Promise<Decision> {
    return this.decide((snapshot, context) => decideOutcome(snapshot, { attemptId: attempt.id, outcome, exchanges: [], ...more }, context));
  }

  /** The conclusion from the gateway's repeated "not found": the request never arrived. */
  async conclude(attempt: Attempt): Promise<Decision> {
    return this.decide((snapshot, context) => decideNotSent(snapshot, attempt.id, context));
  }

  /** The answer to the send that is under way. */
  async answer(attempt: Attempt, outcome: Outcome): Promise<Decision> {
    return this.hear(attempt, outcome, { send: this.tables.attempts.get(attempt.id)!.sends });
  }

  /** Commits the question that is next for this attempt. */
  async ask(attempt: Attempt): Promise<Question | null> {
    const job = await this.lease(this.tables.jobs.get(jobIdOf(attempt.operation === "charge" ? attempt.paymentId : attempt.id))!);
    const plan = decideQuestion(await this.snapshot(), job, this.context());
    if (!("change" in plan)) return null;
    await this.commit(plan.change);
    return plan.question;
  }

  /** Creates and charges, so that the first charge attempt is `calling`. */
  async charging(given: Partial<CreateCommand> = {}): Promise<Attempt> {
    await this.create(given);
    return (await this.begin())!;
  }

  async authorized(given: Partial<CreateCommand> = {}): Promise<this> {
    const attempt = await this.charging({ captureMethod: "manual", ...given });
    await this.answer(attempt, says.authorized(attempt));
    return this;
  }

  async succeeded(given: Partial<CreateCommand> = {}): Promise<this> {
    const attempt = await this.charging(given);
    await this.answer(attempt, says.succeeded(attempt));
    return this;
  }
}
