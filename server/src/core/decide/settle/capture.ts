import { answerCases, endJobs } from "../../change/parts.ts";
import type { Deciding } from "../../change.ts";
import type { Attempt, Payment } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import type { Settled } from "../../change/write.ts";

/** The reserved amount becomes captured, or is free again. The last capture makes the payment succeeded. */
export function settleCapture(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const { payment } = at.snapshot;
  const closes = closed.id;
  const freed: Payment = { ...payment, captureReserved: payment.captureReserved - closed.amount };
  if (outcome.kind !== "succeeded") return { after: freed, event: { type: "payment.capture_failed", closes } };
  const after = { ...freed, amountCaptured: payment.amountCaptured + closed.amount };
  if (after.amountCaptured < payment.amountAuthorized) return { after, event: { type: "payment.captured", closes } };
  const parts = [endJobs(payment.id), answerCases(at, payment.id, "hold_not_released")];
  return { after: { ...after, status: "succeeded" }, event: { type: "payment.succeeded", closes }, parts };
}
