/** Which webhooks an operation owes, and how they are signed. All of it is data; the sender sends. */
import { createHmac } from "node:crypto";
import { type FaultName, hidesOutcome } from "../faults.ts";
import { type Account, type Entry, type OperationRecord, type Owed, scriptOf, stepsOf } from "../ledger.ts";
import { UNTOLD_WEBHOOK_AFTER_MS, type WebhookPlan } from "../scenarios.ts";
import { type StatusAt, statusOf } from "../status.ts";
import { view } from "./answers.ts";

export const SIGNATURE_HEADER = "sandbox-signature";

/** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. */
export function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}

/** The webhooks that a new operation owes, given the fault that its answer met. */
export function owedBy(
  account: Account,
  record: OperationRecord,
  answered: { readonly fault: FaultName; readonly publicUrl: string },
): readonly Entry[] {
  if (account.webhookUrl === null) return [];
  const plans = scriptOf(record.scenario, record.operation).webhooks ?? defaultPlans(record, answered.fault);
  return plans.map((plan, n) => {
    const at = record.dueAt + stepsOf(record)[plan.step]!.afterMs;
    const status = statusOf(record, at, true);
    return {
      kind: "owed",
      owed: owe({
        account,
        record,
        status,
        publicUrl: answered.publicUrl,
        event: String(plan.step),
        copy: String(n),
        dueAt: at + plan.afterMs,
      }),
    };
  });
}

/** A status from outside the plan (a completed challenge) is sent at once. */
export function owedForTail(account: Account, record: OperationRecord, publicUrl: string): readonly Entry[] {
  if (account.webhookUrl === null || record.tail === null) return [];
  const status = statusOf(record, record.tail.at);
  return [{ kind: "owed", owed: owe({ account, record, status, publicUrl, event: "tail", copy: "0", dueAt: record.tail.at }) }];
}

/** Each step after the first is sent at once; the first too, later, if the answer could not show it. */
function defaultPlans(record: OperationRecord, fault: FaultName): readonly WebhookPlan[] {
  const later = stepsOf(record)
    .slice(1)
    .map((_, i) => ({ step: i + 1, afterMs: 0 }));
  return hidesOutcome(fault) ? [{ step: 0, afterMs: UNTOLD_WEBHOOK_AFTER_MS }, ...later] : later;
}

interface Owing {
  readonly account: Account;
  readonly record: OperationRecord;
  readonly status: StatusAt;
  readonly publicUrl: string;
  readonly event: string;
  readonly copy: string;
  readonly dueAt: number;
}

function owe({ account, record, status, publicUrl, event, copy, dueAt }: Owing): Owed {
  const eventId = `sev_${record.key}_${event}`;
  const type = `${record.operation}.${status.status}`;
  const body = JSON.stringify({
    id: eventId,
    type,
    created: status.at,
    account: account.id,
    data: view({ account, record, status, publicUrl }),
  });
  return { id: `${account.id}/${eventId}/${copy}`, eventId, account: account.id, key: record.key, dueAt, tries: 0, body };
}
