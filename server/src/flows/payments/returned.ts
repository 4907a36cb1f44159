/** A shopper comes back from a gateway's own window with what it signed: a reason to ask the gateway now, and no word about money. */
import { TillwayError } from "../../core/errors.ts";
import type { Scope, Snapshot } from "../../core/model.ts";
import { callGateway, settle } from "../gateway.ts";
import type { Deps } from "../deps.ts";

/**
 * The payment after the gateway was asked, or as it is if nothing waits for it. Throws `TillwayError` not_found, conflicting_field: not signed
 * by the gateway for this payment.
 */
export async function shopperReturned(
  deps: Deps,
  scope: Scope,
  paymentId: string,
  proof: Readonly<Record<string, string>>,
): Promise<Snapshot> {
  const snapshot = await load(deps, scope, paymentId);
  const { payment } = snapshot;
  const attempt = snapshot.attempts.find(({ operation, n }) => operation === "charge" && n === payment.attempt);
  if (attempt?.status !== "requires_action" && attempt?.status !== "pending") return snapshot;
  const account = await deps.settings.account(attempt.accountId);
  const isSigned = account !== null && deps.connectors.get(attempt.connector)?.verifyReturn?.(proof, attempt, account) === true;
  if (!isSigned || attempt.gatewayReference === null)
    throw new TillwayError("conflicting_field", {
      param: "proof",
      paymentId,
      message:
        "proof is not signed by the gateway for this payment. Send what the fields gave, unchanged; the outcome is found without it too.",
    });
  const reference = attempt.gatewayReference;
  const { outcome, exchanges } = await callGateway(deps, payment, attempt, (connector, call) => connector.retrieve(call, reference));
  await settle(deps, attempt, { outcome, exchanges });
  return load(deps, scope, paymentId);
}

async function load(deps: Deps, scope: Scope, paymentId: string): Promise<Snapshot> {
  const snapshot = await deps.store.load(scope, paymentId);
  if (snapshot === null) throw new TillwayError("not_found");
  return snapshot;
}
