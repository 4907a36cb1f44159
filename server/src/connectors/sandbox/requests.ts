/** The requests of each operation: path and body, and what of the body may be kept. */
import type { Call } from "../../core/ports/connector.ts";
import { maskVpa } from "../redact.ts";

export interface Built {
  readonly path: string;
  readonly body: string;
  readonly evidence: string;
}

/** Null: the attempt lacks what its operation needs (method or charge). */
export function buildRequest(call: Call): Built | null {
  const { attempt, method } = call;
  const metadata = { payment_id: attempt.paymentId, attempt_id: attempt.id };
  const common = { key: attempt.gatewayKey, amount: attempt.amount, currency: attempt.currency, metadata };
  if (attempt.operation === "charge") {
    if (method === null) return null;
    const capture = call.captureMethod === "automatic";
    const charge = { ...common, capture, return_url: call.returnUrl };
    if (method.type === "card") return same("/charges", { ...charge, token: method.token });
    const body = { ...charge, vpa: method.vpa };
    return { path: "/charges", body: JSON.stringify(body), evidence: JSON.stringify({ ...body, vpa: maskVpa(method.vpa) }) };
  }
  if (attempt.parentReference === null) return null;
  const charge = attempt.parentReference;
  if (attempt.operation === "refund") return same("/refunds", { ...common, charge });
  return same(`/charges/${encodeURIComponent(charge)}/${attempt.operation === "capture" ? "captures" : "voids"}`, common);
}

function same(path: string, fields: Record<string, unknown>): Built {
  const body = JSON.stringify(fields);
  return { path, body, evidence: body };
}
