import type { Customer, PaymentMethod } from "../../core/model.ts";
import type { Answer, Caller } from "../answer.ts";
import type { Deps } from "../deps.ts";

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

export async function createPayment(_deps: Deps, _caller: Caller, _input: CreatePaymentInput): Promise<Answer> {
  throw new Error("being built");
}
