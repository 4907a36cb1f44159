import type { PaymentMethod } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import type { Deps } from "../deps.ts";

export interface ConfirmPaymentInput {
  readonly paymentId: string;
  /** Replaces the method kept at create; required where none was. */
  readonly method: PaymentMethod | null;
  readonly returnUrl: string | null;
}

export async function confirmPayment(_deps: Deps, _caller: Caller, _input: ConfirmPaymentInput): Promise<Answer> {
  throw new Error("being built");
}
