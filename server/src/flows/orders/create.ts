import type { Order } from "../../core/model.ts";
import { representOrder } from "../../core/represent.ts";
import { commit, contextOf } from "../commit.ts";
import type { Deps } from "../deps.ts";
import { inProgress, rowFor, storedAnswer, type Answer, type Caller } from "../idempotency.ts";

export type CreateOrderInput = Pick<Order, "amount" | "currency" | "receipt" | "notes">;

/** A new order, once per idempotency key. Throws `TillwayError`. */
export async function createOrder(deps: Deps, caller: Caller, input: CreateOrderInput): Promise<Answer> {
  const before = await storedAnswer(deps, caller);
  if (before?.answer) return before.answer;
  const { now, id } = contextOf(deps);
  const order: Order = {
    ...caller.scope,
    id: id("ord"),
    status: "created",
    ...input,
    amountPaid: 0,
    paymentLinkId: null,
    requestId: caller.requestId,
    createdAt: now,
  };
  const body = JSON.stringify(representOrder(order));
  const idempotency = rowFor(deps, caller, { subject: order.id, status: 201, answerBody: body });
  const result = await commit(deps, { ...caller.scope, orders: { insert: [order] }, idempotency });
  if (result === "applied") return { status: 201, body, replayed: false };
  return (await storedAnswer(deps, caller))?.answer ?? inProgress();
}
