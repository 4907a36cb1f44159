import { caseKinds } from "../core/case-kinds.ts";
import { deliveriesOf, deliveryJob, eventBeside } from "../core/change/rows.ts";
import type { Change, CommitResult, Context, Decision, Refusal } from "../core/change.ts";
import { COME_AGAIN_MS, COMMIT_TRIES_MAX } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Case, Job, Scope, Snapshot } from "../core/model.ts";
import { representCase } from "../core/represent.ts";
import type { Deps } from "./deps.ts";
import { healthOf } from "./health.ts";
import { tellOfEnd } from "./payments/watch.ts";

/** What decisions may use of the world, as it is now. */
export function contextOf(deps: Deps): Context {
  const now = deps.clock.now();
  return {
    now,
    id: (prefix) => newId(prefix, now, deps.random.bytes(16)),
    apiVersion: deps.versions.current,
    capabilities: (connector) => deps.connectors.get(connector)?.capabilities,
    healthOf: (accountId) => healthOf(deps, accountId),
  };
}

type Of<D, Part> = Extract<D, Part>;

export type Done<D extends Decision> =
  | { readonly result: "applied"; readonly decision: Of<D, { change: Change }>; readonly snapshot: Snapshot }
  | { readonly result: "refused"; readonly decision: Of<D, { refusal: Refusal }>; readonly snapshot: Snapshot }
  | { readonly result: "nothing"; readonly decision: Of<D, { nothing: true }>; readonly snapshot: Snapshot }
  | { readonly result: "duplicate" | "order_busy" | "link_full"; readonly snapshot: Snapshot }
  | { readonly result: "missing" };

/** The payment that a money job is about. */
export function ofPayment(job: Job): PaymentRef {
  return { merchantId: job.merchantId, mode: job.mode, paymentId: job.subject };
}

/** One payment of one merchant. */
export type PaymentRef = Scope & { readonly paymentId: string };

/**
 * Load, decide, commit; if the guard was stale, again with fresh rows, at most five times. The only way flows write money state.
 * Throws `Contended` if five others were faster each time.
 * @param guess the snapshot as the caller's own last commit left it: it saves the first load. If it is stale, or gives no change, the
 *   rows are loaded after all
 */
export async function decideAndCommit<D extends Decision>(
  deps: Deps,
  subject: PaymentRef,
  decide: (snapshot: Snapshot, context: Context) => D,
  guess?: Snapshot,
): Promise<Done<D>> {
  let guessed = guess;
  for (let tried = 0; tried < COMMIT_TRIES_MAX;) {
    const snapshot = guessed ?? (await deps.store.load(subject, subject.paymentId));
    if (!snapshot) return { result: "missing" };
    const decision = decide(snapshot, contextOf(deps));
    if ("change" in decision) {
      const result = await commit(deps, decision.change);
      if (result === "applied") return { result, decision: decision as Of<D, { change: Change }>, snapshot };
      if (result !== "stale") return { result, snapshot };
    } else if (!guessed) {
      if ("refusal" in decision) return { result: "refused", decision: decision as Of<D, { refusal: Refusal }>, snapshot };
      return { result: "nothing", decision: decision as Of<D, { nothing: true }>, snapshot };
    }
    if (!guessed) tried++;
    guessed = undefined;
  }
  throw new Contended(subject.paymentId);
}

/** `decideAndCommit` for a job, with its guess; null if others changed the payment each time, or the lease was lost: whoever holds the job does the work. */
export async function decideForJob<D extends Decision>(
  deps: Deps,
  job: Job,
  decide: (snapshot: Snapshot, job: Job, context: Context) => D,
  guess?: Snapshot,
): Promise<Done<D> | null> {
  try {
    return await decideAndCommit(deps, ofPayment(job), (snapshot, context) => decide(snapshot, job, context), guess);
  } catch (error) {
    if (error instanceof Contended) return null;
    throw error;
  }
}

/** `once` until it gives a result: null means that others were faster. Throws `Contended` if they were each time. */
export async function untilFirst<Result>(subject: string, once: () => Promise<Result | null>): Promise<Result> {
  for (let tried = 0; tried < COMMIT_TRIES_MAX; tried++) {
    const result = await once();
    if (result !== null) return result;
  }
  throw new Contended(subject);
}

/** Others were faster each time; or the lease of the job that the change needs was lost. Nothing was written: a caller may come again. */
export class Contended extends TillwayError {
  constructor(subject: string) {
    const message = `${subject}: others change it at this moment, and were faster ${COMMIT_TRIES_MAX} times in a row. Nothing was done. Send the request again.`;
    super("rate_limited", { message, retryAfterMs: COME_AGAIN_MS });
    this.name = "Contended";
  }
}

/**
 * Commits, hints at the queues that got a due job, and says which cases were opened. All of it follows the commit and may be lost.
 * A change opens only cases that are not open yet: their decisions look.
 */
export async function commit(deps: Deps, decided: Change): Promise<CommitResult> {
  const opened = decided.cases?.open ?? [];
  const change = opened.length === 0 ? decided : await withCaseEvents(deps, decided, opened);
  const result = await deps.store.commit(change);
  if (result === "applied") {
    for (const event of change.events ?? []) tellOfEnd(deps, event);
    hintFor(deps, change);
    opened.forEach((row) => sayOpened(deps, row));
  }
  return result;
}

/**
 * A case is announced by whoever opens it, in the same commit. Its event has no place in the order of a payment: many cases are about none.
 * Cases are seldom, so nothing that goes well pays for the endpoints that are read here.
 */
async function withCaseEvents(deps: Deps, change: Change, opened: readonly Case[]): Promise<Change> {
  const context = contextOf(deps);
  const endpoints = await deps.settings.endpoints(change);
  const events = opened.filter((row) => !isAboutWebhook(row)).map((row) => eventBeside(row, "case.opened", representCase(row), context));
  const owed = events.flatMap((event) => deliveriesOf(event, endpoints, context));
  return {
    ...change,
    events: [...(change.events ?? []), ...events],
    deliveries: { insert: [...(change.deliveries?.insert ?? []), ...owed] },
    jobs: { ...change.jobs, insert: [...(change.jobs?.insert ?? []), ...owed.map((delivery) => deliveryJob(delivery, context))] },
  };
}

/** A webhook that fails would be announced by one that fails alike, and so on without end. The log, the API and the metrics have these. */
function isAboutWebhook({ kind, evidence }: Case): boolean {
  return kind === "dead_job" && ["webhook", "email"].includes((evidence["job"] as { kind?: string } | undefined)?.kind ?? "");
}

function sayOpened(deps: Deps, { id, kind, subject, paymentId, summary }: Case): void {
  const fields = { case_id: id, kind, subject, payment_id: paymentId, summary, what_to_do: caseKinds[kind].todo };
  deps.log.warn(fields, "a case was opened: a person should look at it");
}

function hintFor(deps: Deps, change: Change): void {
  const inserted = change.jobs?.insert ?? [];
  const moved = change.jobs?.move ?? [];
  // A leased one is run by whoever wrote it.
  const told = inserted.filter((job) => job.leaseToken === null && !deps.isUnderWay?.(job));
  if (told.length > 0) deps.queue.hint([...new Set(told.map((job) => job.queue))]);
  // Only attempts' jobs are moved to now, and a move does not say whether its attempt is a refund.
  if (moved.some((move) => move.release && move.runAt !== undefined && move.runAt <= deps.clock.now()))
    deps.queue.hint(["payment-queue", "refund-queue"]);
}
