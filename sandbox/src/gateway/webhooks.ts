/** Which webhooks an operation owes, how they are signed, and when they are tried again. All of it is data; the host sends. */
import { createHmac } from "node:crypto";
import { hidesOutcome, type FaultName } from "../faults.ts";
import { scriptOf, stepsOf, type Account, type Entry, type OperationRecord, type Owed } from "../ledger.ts";
import { truthOf, type Truth } from "../truth.ts";
import { UNTOLD_WEBHOOK_AFTER_MS, type WebhookPlan } from "./scenarios.ts";
import { view } from "./view.ts";

/** Gaps after a failed try; then the far side gives up, and asking has to find the outcome. */
export const WEBHOOK_RETRY_GAPS_MS: readonly number[] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];
export const SIGNATURE_HEADER = "sandbox-signature";

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

/** What a new operation will have to tell, given the fault that its answer met. */
export function owedBy(
  account: Account,
  record: OperationRecord,
  told: { readonly fault: FaultName; readonly publicUrl: string },
): readonly Entry[] {
  if (account.webhookUrl === null) return [];
  const plans = scriptOf(record.scenario, record.operation).webhooks ?? defaultPlans(record, told.fault);
  return plans.map((plan, n) => {
    const at = record.dueAt + stepsOf(record)[plan.step]!.afterMs;
    const truth = truthOf(record, at, true);
    return {
      kind: "owed",
      owed: owe({ account, record, truth, publicUrl: told.publicUrl, event: String(plan.step), copy: String(n), dueAt: at + plan.afterMs }),
    };
  });
}

/** A truth from outside the plan (a completed challenge) is told at once. */
export function owedForTail(account: Account, record: OperationRecord, publicUrl: string): readonly Entry[] {
  if (account.webhookUrl === null || record.tail === null) return [];
  const truth = truthOf(record, record.tail.at);
  return [{ kind: "owed", owed: owe({ account, record, truth, publicUrl, event: "tail", copy: "0", dueAt: record.tail.at }) }];
}

/** After a try: told, given up, or owed again later. */
export function afterTry(owed: Owed, ok: boolean, now: number): Entry {
  const gap = WEBHOOK_RETRY_GAPS_MS[owed.tries];
  if (ok || gap === undefined) return { kind: "told", id: owed.id };
  return { kind: "owed", owed: { ...owed, tries: owed.tries + 1, dueAt: now + gap } };
}

/** Each step after the first is told at once; the first where the answer could not tell it. */
function defaultPlans(record: OperationRecord, fault: FaultName): readonly WebhookPlan[] {
  const later = stepsOf(record)
    .slice(1)
    .map((_, i) => ({ step: i + 1, afterMs: 0 }));
  return hidesOutcome(fault) ? [{ step: 0, afterMs: UNTOLD_WEBHOOK_AFTER_MS }, ...later] : later;
}

interface Owing {
  readonly account: Account;
  readonly record: OperationRecord;
  readonly truth: Truth;
  readonly publicUrl: string;
  readonly event: string;
  readonly copy: string;
  readonly dueAt: number;
}

function owe({ account, record, truth, publicUrl, event, copy, dueAt }: Owing): Owed {
  const eventId = `sev_${record.key}_${event}`;
  const type = `${record.operation}.${truth.status}`;
  const body = JSON.stringify({
    id: eventId,
    type,
    created: truth.at,
    account: account.id,
    data: view({ account, record, truth, publicUrl }),
  });
  return { id: `${account.id}/${eventId}/${copy}`, eventId, account: account.id, key: record.key, dueAt, tries: 0, body };
}
