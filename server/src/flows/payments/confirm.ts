import { decideConfirm, type ConfirmCommand } from "../../core/decide/confirm.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { operate } from "./operate.ts";

/** Charges a created payment now and answers its end, or the payment still processing after ten seconds. Throws `TillwayError`. */
export function confirmPayment(
  deps: Deps,
  caller: Caller,
  { paymentId, ...command }: ConfirmCommand & { readonly paymentId: string },
): Promise<Answer> {
  return operate(deps, caller, paymentId, (snapshot, context) => decideConfirm(snapshot, command, context));
}
