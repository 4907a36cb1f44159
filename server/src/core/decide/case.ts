import type { Change, Move, Refusal } from "../change.ts";
import type { Case, Ms } from "../model.ts";
import { caseMachine, assertMove } from "../states.ts";
import { iso } from "../represent.ts";

/** Who says that a case is settled, and what the person found or did. */
export interface Resolution {
  readonly reason: string;
  readonly by: string;
}

export type CaseResolved = { readonly change: Change & { readonly case: Move<Case> } } | { readonly refusal: Refusal };

/** A person has looked at it. No money moves, no question ends, and no rule opens it again. */
export function decideResolve(before: Case, { reason, by }: Resolution, now: Ms): CaseResolved {
  if (before.status !== "open") return { refusal: { code: "invalid_state", message: wasResolved(before) } };
  const wanting = reason.trim() === "" ? "reason" : by.trim() === "" ? "by" : null;
  if (wanting !== null) return { refusal: { code: "missing_field", param: wanting } };
  assertMove(caseMachine, before.status, "resolved");
  const after: Case = {
    ...before,
    status: "resolved",
    resolvedAt: now,
    resolvedBy: "person",
    resolution: reason.trim(),
    resolvedByName: by.trim(),
  };
  return { change: { merchantId: before.merchantId, mode: before.mode, case: { before, after } } };
}

function wasResolved({ resolvedAt, resolvedBy, resolvedByName, resolution }: Case): string {
  const at = resolvedAt === null ? "" : ` at ${iso(resolvedAt)}`;
  return resolvedBy === "person"
    ? `The case was resolved by ${resolvedByName}${at}: ${resolution}`
    : `The case was resolved${at}, since the answer came.`;
}
