import { decideCapture } from "../../core/decide/capture.ts";
import type { Deps } from "../deps.ts";
import type { Answer, Caller } from "../idempotency.ts";
import { operate } from "./operate.ts";

/** Captures all that is authorized and answers its end, or the payment as it is after ten seconds. Throws `TillwayError`. */
export function capturePayment(deps: Deps, caller: Caller, { paymentId }: { readonly paymentId: string }): Promise<Answer> {
  return operate(deps, caller, paymentId, decideCapture);
}
