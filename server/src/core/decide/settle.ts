import type { Change, Context } from "../change.ts";
import type { Attempt, Snapshot } from "../model.ts";
import type { Definitive } from "../outcome.ts";
import { settleCapture } from "./settle-capture.ts";
import { settleCharge } from "./settle-charge.ts";
import { settleRefund } from "./settle-refund.ts";
import { settleVoid } from "./settle-void.ts";

const settlers = { charge: settleCharge, capture: settleCapture, void: settleVoid, refund: settleRefund } as const;

/** Closes an open attempt and moves what it works on. */
export function settle(snapshot: Snapshot, attempt: Attempt, outcome: Definitive, context: Context): Change {
  return settlers[attempt.operation](snapshot, attempt, outcome, context);
}
