import { decideCreate, type CreateCommand } from "../../core/decide/create.ts";
import { errorText, errorTable, TillwayError } from "../../core/errors.ts";
import type { Customer, PaymentMethod } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import { contextOf } from "../decide.ts";
import type { Deps } from "../deps.ts";
import { currentAnswer, inProgress, storedAnswer } from "./answers.ts";
import { waitForEnd } from "./wait.ts";

export interface CreatePaymentInput {
  readonly amount: number;
  readonly currency: string;
  readonly method: PaymentMethod | null;
  readonly captureMethod: "automatic" | "manual";
  /** Left out: charge in the background. `false`: keep as created. `true`: charge now and wait for the answer. */
  readonly confirm: boolean | null;
  readonly orderId: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly customer: Customer | null;
  readonly returnUrl: string | null;
  readonly traceparent: string | null;
}

/**
 * One commit writes idempotency row, payment, event and job; then 201. With `confirm: true` the answer is what the charge's end
 * says, or the payment still processing after ten seconds. Throws `TillwayError` for what is not stored under a key.
 */
export async function createPayment(deps: Deps, caller: Caller, input: CreatePaymentInput): Promise<Answer> {
  const decided = decideCreate(commandOf(caller, input), contextOf(deps));
  if ("refusal" in decided) throw new TillwayError(decided.refusal.code, { param: decided.refusal.param });
  const { creation } = decided;
  const result = await deps.store.create(creation);
  // The key is taken.
  if (result === "duplicate") return (await createdBefore(deps, caller, input)) ?? inProgress();
  if (result === "order_busy") {
    return {
      status: errorTable.order_busy.status,
      body: errorText("order_busy", { param: "order_id" }, caller.requestId),
      replayed: false,
    };
  }
  if (input.confirm === true) return wait(deps, caller, { paymentId: creation.payment.id, requestId: caller.requestId });
  if (creation.job.kind === "charge") deps.queue.hint([creation.job.queue]);
  return { status: 201, body: creation.event.body, replayed: false };
}

/**
 * What an earlier request made under the caller's key: its stored answer, or a share in the wait for it, or the payment as it is. Null
 * where there is none. Throws `TillwayError` where key and request do not fit.
 */
export async function createdBefore(deps: Deps, caller: Caller, input: Pick<CreatePaymentInput, "confirm">): Promise<Answer | null> {
  const stored = await storedAnswer(deps, caller);
  if (!stored?.row.subject) return null;
  if (stored.answer) return stored.answer;
  const subject = { paymentId: stored.row.subject, requestId: stored.row.requestId };
  return input.confirm === true ? wait(deps, caller, subject) : currentAnswer(deps, caller, { ...subject, status: 201 });
}

function wait(deps: Deps, caller: Caller, subject: { paymentId: string; requestId: string }): Promise<Answer> {
  return waitForEnd(deps, caller, { ...subject, jobOf: subject.paymentId, closes: "charge", status: 201 });
}

/** Member by member: a literal with two spreads costs V8 8 us. */
function commandOf(caller: Caller, input: CreatePaymentInput): CreateCommand {
  return {
    scope: caller.scope,
    audience: caller.audience,
    requestId: caller.requestId,
    idempotency: caller.idempotency,
    amount: input.amount,
    currency: input.currency,
    method: input.method,
    captureMethod: input.captureMethod,
    confirm: input.confirm,
    orderId: input.orderId,
    description: input.description,
    metadata: input.metadata,
    customer: input.customer,
    returnUrl: input.returnUrl,
    traceparent: input.traceparent,
  };
}
