import type { Refusal } from "../../core/change.ts";
import { whyNoneTakes } from "../../core/routing/able.ts";
import { decideCreate, type CreateCommand } from "../../core/decide/create.ts";
import { TillwayError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import type { Order, Payment, Scope } from "../../core/model.ts";
import { contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, type Answer, type Caller } from "../idempotency.ts";
import { refuseInRestore } from "../restore/refuse.ts";
import { answeredBefore, leasedHere, linkFull, orderBusy, waitForEnd } from "./operate.ts";

export type CreatePaymentInput = Omit<CreateCommand, keyof Caller>;

/**
 * One commit writes idempotency row, payment, event and job; then 201. With `confirm: true` the answer is what the charge's end
 * says, or the payment still processing after ten seconds. Throws `TillwayError` for what is not stored under a key.
 */
export async function createPayment(deps: Deps, caller: Caller, input: CreatePaymentInput): Promise<Answer> {
  const order = input.orderId !== null && isId("ord", input.orderId) ? await knownOrder(deps, caller.scope, input.orderId) : null;
  const decided = decideCreate(commandOf(caller, input), contextOf(deps), order);
  if ("refusal" in decided) refused(decided.refusal);
  const { payment, event, job, idempotency } = decided.creation;
  if (payment.status === "pending") {
    const repeated = deps.restores?.isOpen() ? await answeredBefore(deps, caller) : null;
    if (repeated) return repeated;
    refuseInRestore(deps);
    const refusal = await whyNotCharged(deps, payment);
    // A repeat of what was taken before the account was closed is no new payment.
    if (refusal) return (await answeredBefore(deps, caller)) ?? refused(refusal);
  }
  // Born leased to this request: nobody has to claim it, and nobody else can.
  const own = input.confirm === true ? leasedHere(deps, decided.creation.job) : null;
  const result = await deps.store.create(own ? { ...decided.creation, job: own } : decided.creation);
  // The key is taken.
  if (result === "duplicate") return (await answeredBefore(deps, caller)) ?? inProgress();
  if (result === "order_busy") {
    // The key was claimed before the order was found taken.
    if (idempotency) await deps.store.forgetKey(idempotency);
    throw await orderBusy(deps, payment, payment.orderId!);
  }
  if (result === "link_full") throw await linkFull(deps, payment, payment.orderId!);
  const { requestId, apiVersion } = caller;
  if (own) return waitForEnd(deps, caller, { paymentId: payment.id, closes: "charge", status: 201, requestId, apiVersion, own });
  if (job.kind === "charge" && !deps.isUnderWay?.(job)) deps.queue.hint([job.queue]);
  return { status: 201, body: event.body, replayed: false };
}

/** Before anything is written. What is remembered of the merchant's accounts and rules may be old, so a no is never said by it. */
async function whyNotCharged(deps: Deps, payment: Payment): Promise<Refusal | null> {
  const context = contextOf(deps);
  const remembered = await deps.settings.routesOf(payment);
  if (whyNoneTakes({ payment, rules: remembered.rules, accounts: remembered.accounts }, context) === null) return null;
  return whyNoneTakes({ payment, ...(await deps.settings.routesOf(payment, true)) }, context);
}

function refused({ code, param, message }: Refusal): never {
  throw new TillwayError(code, { param, message });
}

/** An id that has the form of ours names an order of ours; any other text is the merchant's own word. */
async function knownOrder(deps: Deps, scope: Scope, id: string): Promise<Order> {
  const order = await deps.store.order(scope, id);
  if (order === null) throw new TillwayError("not_found", { param: "order_id", message: "There is no order with this id for this key." });
  return order;
}

/** Member by member: a literal with two spreads costs V8 8 us. */
function commandOf(caller: Caller, input: CreatePaymentInput): CreateCommand {
  return {
    scope: caller.scope,
    audience: caller.audience,
    apiVersion: caller.apiVersion,
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
    traceparent: caller.traceparent ?? null,
  };
}
