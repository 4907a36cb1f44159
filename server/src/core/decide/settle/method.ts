/** What becomes known of the method only by the gateway's answer, as it alone knows what a token or a link stands for. */
import { changeOf } from "../../change/write.ts";
import type { Change, Deciding } from "../../change.ts";
import { keptOf, methodEntries } from "../../methods/method.ts";
import type { Attempt, Payment, PaymentMethod } from "../../model.ts";
import type { MethodShown, Outcome } from "../../outcome.ts";

/** The payment with what a word about its charge shows of the method; the same object if that is nothing new. What is known stays. */
export function withMethodShown(payment: Payment, { operation }: Pick<Attempt, "operation">, outcome: Outcome): Payment {
  const shown = "method" in outcome ? outcome.method : undefined;
  if (operation !== "charge" || shown === undefined || payment.method === null) return payment;
  const method = filled(payment.method, shown, outcome.kind !== "declined");
  return method === payment.method ? payment : { ...payment, method };
}

/** @param isPaid what makes it another way to pay, as a VPA does of a link, is filled only after that: until then another try may follow */
function filled(method: PaymentMethod, shown: MethodShown, isPaid: boolean): PaymentMethod {
  const kept = keptOf(method);
  const { without } = methodEntries[method.type];
  const news = Object.entries(shown).filter(([name]) => kept[name] === null && (isPaid || name !== without?.field));
  return news.length === 0 ? method : ({ ...method, ...Object.fromEntries(news) } as PaymentMethod);
}

/** A closed attempt, and a word about it that says nothing new but this; null: nor this. */
export function noteMethod(at: Deciding, attempt: Attempt, outcome: Outcome): Change | null {
  const { payment } = at.snapshot;
  const after = withMethodShown(payment, attempt, outcome);
  return after === payment ? null : changeOf(at, { after });
}
