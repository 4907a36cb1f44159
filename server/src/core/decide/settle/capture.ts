import { answerCases, endJobs } from "../../change/parts.ts";
import type { Deciding } from "../../change.ts";
import type { Attempt, Payment } from "../../model.ts";
import type { Definitive } from "../../outcome.ts";
import type { Settled } from "../../change/write.ts";

/** The reserved amount becomes captured, or is free again. The last capture makes the payment succeeded. */
export function settleCapture(at: Deciding, closed: Attempt, outcome: Definitive): Settled {
  const { payment } = at.snapshot;
  const freed: Payment = { ...payment, captureReserved: payment.captureReserved - closed.amount };
  if (outcome.kind !== "succeeded")
    return { happening: { after: freed, event: { type: "payment.capture_failed", closes: closed.id } }, parts: [endJobs(closed.id)] };
  const amountCaptured = payment.amountCaptured + closed.amount;
  if (amountCaptured < payment.amountAuthorized)
    return {
      happening: { after: { ...freed, amountCaptured }, event: { type: "payment.captured", closes: closed.id } },
      parts: [endJobs(closed.id)],
    };
  return {
    happening: { after: { ...freed, amountCaptured, status: "succeeded" }, event: { type: "payment.succeeded", closes: closed.id } },
    parts: [endJobs(closed.id, payment.id), answerCases(at, payment.id, "hold_not_released")],
  };
}
