import type { Answer, Caller } from "../answer.ts";
import type { Deps } from "../deps.ts";

export async function cancelPayment(_deps: Deps, _caller: Caller, _input: { readonly paymentId: string }): Promise<Answer> {
  throw new Error("being built");
}
