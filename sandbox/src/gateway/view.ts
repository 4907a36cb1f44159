/** An operation as the far side shows it: in answers, to questions, in webhooks. */
import { scriptOf, type Account, type OperationKind, type OperationRecord } from "../ledger.ts";
import { AUTHORIZATION_LIFETIME_MS, position, type Truth } from "../truth.ts";

const prefixes: Record<OperationKind, string> = { charge: "sch_", capture: "scp_", void: "svd_", refund: "srf_" };

/** The far side's own id. It follows from the key, so a restart needs no counter. */
export function referenceOf(record: Pick<OperationRecord, "operation" | "key">): string {
  return prefixes[record.operation] + record.key;
}

export function keyOfReference(reference: string): string {
  return reference.slice(4);
}

export interface ViewOf {
  readonly account: Account;
  readonly record: OperationRecord;
  readonly truth: Truth;
  readonly publicUrl: string;
}

export function view({ account, record, truth, publicUrl }: ViewOf): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    object: record.operation,
    reference: referenceOf(record),
    key: record.key,
    account: account.id,
    status: truth.status,
    amount: record.amount + (scriptOf(record.scenario, record.operation).echoesMore ?? 0),
    currency: record.currency,
  };
  if (truth.code !== null) shown["code"] = truth.code;
  if (record.operation !== "charge") shown["charge"] = `sch_${record.source}`;
  if (truth.status === "authorized") shown["lapses_at"] = truth.at + AUTHORIZATION_LIFETIME_MS;
  if (truth.status === "requires_action")
    shown["next_action"] = { type: "redirect", url: `${publicUrl}/challenges/${account.id}/${referenceOf(record)}` };
  if (record.children.length > 0) {
    const { captured, refunded } = position(account, record, truth.at);
    shown["amount_captured"] = captured;
    shown["amount_refunded"] = refunded;
  }
  return shown;
}
