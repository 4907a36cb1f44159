/** What every request for an operation on a payment has in common: the key, the decision, the wait for its end, the answer. */
import type { Deed } from "../../core/admin-actions.ts";
import type { Change, Context, OperationDecision, Refusal } from "../../core/change.ts";
import { MONEY_LEASE_MS, SYNC_WAIT_MS } from "../../core/constants.ts";
import { TillwayError } from "../../core/errors.ts";
import { jobIdOf, newId } from "../../core/ids.ts";
import type { IdempotencyRow, Job, MoneyEvent, Ms, Scope, Snapshot } from "../../core/model.ts";
import { representPayment } from "../../core/represent.ts";
import { decideAndCommit } from "../commit.ts";
import { StoreUnavailable } from "../../core/ports/store.ts";
import type { ApiVersion } from "../../core/ports/versions.ts";
import type { Deps } from "../deps.ts";
import { answerOfEvent, deedsOfPeople, inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";
import { noteTrace } from "../upkeep/results.ts";
import { runJob } from "../jobs/run.ts";
import { refuseInRestore } from "../restore/refuse.ts";
import { watch } from "./watch.ts";

/**
 * Answers a request for an operation once: a repeat under the same key gets the stored bytes, or joins the wait for them. Otherwise the
 * operation is decided and committed with its key, and the answer is what the event that ends it says, or the payment as it is if
 * nothing is to be waited for or ten seconds have passed. A refusal is about the moment and is not stored: the key stays free.
 * Throws `TillwayError`.
 */
export async function operate(
  deps: Deps,
  caller: Caller,
  { paymentId, param = "id", deed }: OfPayment & { readonly deed?: Pick<Deed, "action" | "after"> },
  decide: (snapshot: Snapshot, context: Context) => OperationDecision,
): Promise<Answer> {
  const repeated = await answeredBefore(deps, caller);
  if (repeated) return repeated;
  refuseInRestore(deps);
  const done = await decideAndCommit(deps, { ...caller.scope, paymentId }, (snapshot, context) => {
    const decision = traced(decide(snapshot, context), caller.traceparent ?? null);
    if (!("change" in decision)) return decision;
    const actions = deed === undefined ? [] : deedsOfPeople(deps, caller, { before: null, subject: paymentId, ...deed });
    const noted = actions.length === 0 ? decision : { ...decision, change: { ...decision.change, actions } };
    return withOwnJob(
      deps,
      paymentId,
      withKey(noted, (answer) => rowFor(deps, caller, { subject: paymentId, ...answer })),
    );
  });
  switch (done.result) {
    case "missing":
      throw new TillwayError("not_found", { param });
    case "applied": {
      const { event, closes, made, own } = done.decision;
      if (made !== undefined) return { status: 201, body: made, replayed: false };
      if (event) return { status: 200, body: event.body, replayed: false };
      if (closes === null) return currentAnswer(deps, caller, paymentId, 200);
      return waitForEnd(deps, caller, { paymentId, closes, status: 200, ...firstOf(caller), own });
    }
    case "nothing":
      return currentAnswer(deps, caller, paymentId, 200);
    case "duplicate":
      return (await answeredBefore(deps, caller)) ?? inProgress();
    case "refused":
      return refuse(deps, caller, paymentId, done.decision.refusal);
    case "order_busy":
      throw await orderBusy(deps, caller.scope, done.snapshot.payment.orderId!);
    case "link_full":
      throw await linkFull(deps, caller.scope, done.snapshot.payment.orderId!);
  }
}

export interface OfPayment {
  readonly paymentId: string;
  /** Where the request names it. */
  readonly param?: string;
}

/** The jobs that it makes belong to the caller's trace. */
function traced(decision: OperationDecision, traceparent: string | null): OperationDecision {
  if (traceparent === null || !("change" in decision) || !decision.change.jobs?.insert) return decision;
  const { change } = decision;
  const insert = change.jobs!.insert!.map((job) => ({ ...job, traceparent }));
  return { ...decision, change: { ...change, jobs: { ...change.jobs, insert } } };
}

/** The change with the caller's key, which names the answer: what it makes, the event that it writes, or the one that ends the operation. */
function withKey(
  { change, closes, made }: Extract<OperationDecision, { closes: unknown }>,
  rowWith: (answer: Partial<IdempotencyRow>) => IdempotencyRow | undefined,
) {
  const keyed = (answer: Partial<IdempotencyRow>): Change => {
    const idempotency = rowWith(answer);
    return idempotency ? { ...change, idempotency } : change;
  };
  if (made !== undefined) return { change: keyed({ status: 201, answerBody: made }), event: undefined, closes, made };
  const event = closes === null ? undefined : change.events?.find((row) => row.closes === closes);
  if (event || closes === null) return { change: keyed(event ? { answerEvent: event.id } : { answerCloses: closes }), event, closes, made };
  return { change: keyed({ answerCloses: closes }), event, closes, made };
}

type Keyed = ReturnType<typeof withKey>;

/** The job that the request waits for is leased to it from birth: the request runs it. */
function withOwnJob(deps: Deps, paymentId: string, keyed: Keyed): Keyed & { readonly own?: Job } {
  const { change, closes, event, made } = keyed;
  if (made !== undefined || event || closes === null) return keyed;
  const awaited = change.jobs?.insert?.find(({ id }) => id === awaitedJobId({ paymentId, closes }));
  if (awaited === undefined) return keyed;
  const own = leasedHere(deps, awaited);
  const insert = change.jobs!.insert!.map((job) => (job === awaited ? own : job));
  return { ...keyed, change: { ...change, jobs: { ...change.jobs, insert } }, own };
}

/** As `take` would leave it. If this process dies, or never hears that it was written, the end of the lease gives it to the others. */
export function leasedHere(deps: Deps, job: Job): Job {
  const { token, until } = newLease(deps);
  return { ...job, tries: job.tries + 1, leaseToken: token, runAt: until };
}

function newLease({ clock, random }: Deps): { readonly now: Ms; readonly until: Ms; readonly token: string } {
  const now = clock.now();
  return { now, until: now + MONEY_LEASE_MS, token: newId("req", now, random.bytes(16)) };
}

function awaitedJobId({ paymentId, closes }: Pick<Awaited, "paymentId" | "closes">): string {
  return jobIdOf(closes === "charge" ? paymentId : closes);
}

/** A parallel request with the same key may have been faster, and its success is what we were refused by. */
async function refuse(deps: Deps, caller: Caller, paymentId: string, { code, message, param }: Refusal): Promise<Answer> {
  const joined = await answeredBefore(deps, caller);
  if (joined) return joined;
  throw new TillwayError(code, { message, param, paymentId });
}

/** Another payment has this order: the refusal names it. */
export async function orderBusy(deps: Deps, scope: Scope, orderId: string): Promise<TillwayError> {
  const holder = await deps.store.liveOrder(scope, orderId);
  const message = holder === null ? undefined : `Payment ${holder} of this order is under way or has succeeded. Cancel or refund it first.`;
  return new TillwayError("order_busy", { param: "order_id", paymentId: holder ?? undefined, message });
}

/** As many orders of its payment link as may be paid are paid, or live: the refusal says which. */
export async function linkFull({ store, settings }: Deps, scope: Scope, orderId: string): Promise<TillwayError> {
  const order = await store.order(scope, orderId);
  const link = order?.paymentLinkId ? await settings.paymentLink(scope, order.paymentLinkId) : null;
  const isUsedUp = link !== null && link.uses !== null && link.timesPaid >= link.uses;
  return new TillwayError(isUsedUp ? "payment_link_used_up" : "payment_link_busy", { param: "order_id" });
}

/**
 * What an earlier request did under the caller's key: its stored answer, or a share in the wait for it, or the payment as it is if
 * nothing is to be waited for. Null if the key is free. Throws `TillwayError` if key and request do not fit.
 */
export async function answeredBefore(deps: Deps, caller: Caller): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.row.subject) return null;
  const { subject: paymentId, answerCloses: closes } = stored.row;
  const status = stored.row.status ?? 200;
  if (stored.answer) return stored.answer;
  return closes === null
    ? currentAnswer(deps, caller, paymentId, status)
    : waitForEnd(deps, caller, { paymentId, closes, status, ...firstOf(stored.row) });
}

/** The payment, which this request has seen or made, as it is now; never stored, since it is not final. @param status of a success: 201 for a create, 200 for the rest */
async function currentAnswer(deps: Deps, caller: Caller, paymentId: string, status: number): Promise<Answer> {
  const snapshot = await deps.store.load(caller.scope, paymentId);
  // The database was set back meanwhile. "Not found" would end it for the shop, whose money may have moved: it must ask again under its key.
  if (!snapshot) {
    refuseInRestore(deps);
    throw new StoreUnavailable("the payment of this request is gone: the database was set back");
  }
  return { status, body: JSON.stringify(representPayment(snapshot.payment, snapshot)), replayed: false };
}

export interface Awaited {
  readonly paymentId: string;
  /** The operation: `charge`, or the id of a capture, void or refund attempt. */
  readonly closes: string;
  /** Of a success. */
  readonly status: number;
  /** The request whose id a 402 names, and in whose version the answer is. */
  readonly requestId: string;
  readonly apiVersion: ApiVersion;
  /** The operation's job, if it was written leased to this request. Left out: it is taken, if nobody has it. */
  readonly own?: Job | undefined;
}

function firstOf({ requestId, apiVersion }: Pick<Awaited, "requestId" | "apiVersion">): Pick<Awaited, "requestId" | "apiVersion"> {
  return { requestId, apiVersion };
}

/**
 * Runs the operation's job in this process, if it is this request's or free, and waits up to ten seconds for the event that ends it. The call goes
 * on when the wait ends. A repeat of the request, here or in another process, finds the job taken and waits for the same event.
 */
export async function waitForEnd(deps: Deps, caller: Caller, awaited: Awaited): Promise<Answer> {
  const watching = watch(deps, { scope: caller.scope, paymentId: awaited.paymentId, closes: awaited.closes });
  const answered = new AbortController();
  try {
    watching.runs(runHere(deps, awaited));
    const waitedLongEnough = deps.clock.sleep(SYNC_WAIT_MS, answered.signal).then(() => "waited" as const);
    const end = await Promise.race([watching.end, waitedLongEnough]);
    return typeof end === "object" ? finalOf(deps, end, awaited) : await asItStands(deps, caller, awaited);
  } finally {
    answered.abort();
    watching.leave();
  }
}

async function runHere(deps: Deps, { own, ...awaited }: Awaited): Promise<void> {
  const { paymentId, closes } = awaited;
  try {
    const job = own ?? (await taken(deps, awaitedJobId(awaited)));
    if (job && deps.startsHere) {
      noteTrace(deps, job);
      if (closes === "charge") deps.startsHere(job);
    }
    if (job) await deps.track(runJob(deps, job).then(() => undefined));
  } catch (error) {
    deps.log.warn({ payment_id: paymentId, error: String(error) }, "a synchronous run failed; its job goes on");
  }
}

/** Null: somebody has it, or it is done. */
function taken(deps: Deps, jobId: string): Promise<Job | null> {
  const { now, until, token } = newLease(deps);
  return deps.store.take(jobId, now, until, token);
}

/** The event is looked up last: it only ever appears, and what the row already shows must be given in the event's own bytes. */
async function asItStands(deps: Deps, caller: Caller, awaited: Awaited): Promise<Answer> {
  const current = await currentAnswer(deps, caller, awaited.paymentId, awaited.status);
  const event = await deps.store.findEvent(caller.scope, awaited.paymentId, awaited.closes);
  return event ? finalOf(deps, event, awaited) : current;
}

function finalOf(deps: Deps, event: Pick<MoneyEvent, "type" | "apiVersion" | "body">, awaited: Awaited): Answer {
  const { status, closes, requestId, apiVersion } = awaited;
  return answerOfEvent(deps, event, { status, answerCloses: closes, requestId, apiVersion });
}
