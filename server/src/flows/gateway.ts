import { SEND_WITHIN_MS } from "../core/constants.ts";
import type { Attempt, Payment, Snapshot } from "../core/model.ts";
import type { Call, Connector, Reply } from "../core/ports/connector.ts";
import { decideOutcome, type OutcomeCommand } from "../core/decide/settle/outcome.ts";
import { decideAndCommit } from "./commit.ts";
import type { Deps } from "./deps.ts";

/**
 * One conversation with the gateway, outside any transaction. If the account or connector is missing, nothing was sent: it is tried
 * again, as any send that never left.
 */
export async function callGateway(
  deps: Deps,
  payment: Payment,
  attempt: Attempt,
  talk: (connector: Connector, call: Call) => Promise<Reply>,
): Promise<Reply> {
  const connector = deps.connectors.get(attempt.connector);
  const account = await deps.settings.account(attempt.accountId);
  if (!connector || !account) {
    const reason = `account ${attempt.accountId} of ${attempt.connector} is not configured here`;
    return { outcome: { kind: "not_sent", reason }, exchanges: [] };
  }
  const { method, captureMethod } = payment;
  const returnUrl = payment.returnUrl && withPaymentId(payment.returnUrl, payment.id);
  const sendBefore = attempt.lastSentAt === null ? null : attempt.lastSentAt + SEND_WITHIN_MS;
  return talk(connector, { attempt, account, method, captureMethod, returnUrl, sendBefore });
}

/** The shop's URL with `payment_id` as one more query parameter; the rest of it stays byte for byte. The gateway knows no payment of ours. */
function withPaymentId(url: string, id: string): string {
  const [head = "", ...fragment] = url.split("#");
  const joint = !head.includes("?") ? "?" : /[?&]$/.test(head) ? "" : "&";
  return [`${head}${joint}payment_id=${id}`, ...fragment].join("#");
}

/**
 * Applies a gateway's word to an attempt, whoever brought it: the caller itself, a question, a webhook. Answers whether it said
 * anything new.
 * @param guess the snapshot as the caller's own last commit left it
 */
export async function settle(
  deps: Deps,
  attempt: Attempt,
  word: Omit<OutcomeCommand, "attemptId">,
  guess?: Snapshot,
): Promise<"applied" | "nothing"> {
  const command = { attemptId: attempt.id, ...word };
  const settled = await decideAndCommit(deps, attempt, (snapshot, context) => decideOutcome(snapshot, command, context), guess);
  return settled.result === "applied" ? "applied" : "nothing";
}
