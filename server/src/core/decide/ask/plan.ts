import { IDEMPOTENCY_HORIZON_SHARE, NOT_FOUND_NEEDED, RESEND_WITHIN_MS } from "../../constants.ts";
import type { Attempt, Ms, Payment } from "../../model.ts";
import type { Capabilities } from "../../ports/connector.ts";

/** What to do next about an attempt whose outcome is not known: most ask the gateway, a re-send asks by trying again, and one concludes. */
export type Question = "retrieve" | "find" | "cancel" | "resend" | "conclude_not_sent";

/**
 * In this order: retrieve by the gateway's id; find by our key; if it is twice not found, cancel at the gateway (its confirmation
 * proves that nothing will be taken), else send again under the same key while that is safe, else believe the "not found".
 * What the gateway has once acknowledged (pending, requires_action, a reference) is only asked for, whatever a lagging search says.
 * If nothing of this can be done the answer can only come from outside, and the question stays a find.
 */
export function planQuestion(attempt: Attempt, payment: Payment, capabilities: Capabilities, now: Ms): Question {
  const notThere = attempt.notFound >= NOT_FOUND_NEEDED || !capabilities.canFind;
  const callsOff = capabilities.cancels === "by_key" || (capabilities.cancels === "by_reference" && attempt.gatewayReference !== null);
  const calledOff = payment.cancelRequestedAt !== null && attempt.operation === "charge";
  if (attempt.status === "requires_action" && calledOff && callsOff) return "cancel";
  if (attempt.gatewayReference !== null) return "retrieve";
  if (!notThere || attempt.status === "pending" || attempt.status === "requires_action") return "find";
  // A cancel that is itself answered "not found" proved nothing: once is enough.
  if (capabilities.cancels === "by_key" && attempt.operation === "charge" && attempt.notFound <= NOT_FOUND_NEEDED) return "cancel";
  if (!calledOff && maySendAgain(attempt, capabilities, now)) return "resend";
  return capabilities.canFind ? "conclude_not_sent" : "find";
}

/** The same request under the same key: only where the gateway surely remembers the key, soon, and has not stored a 5xx under it. */
export function maySendAgain(attempt: Attempt, capabilities: Capabilities, now: Ms): boolean {
  if (!capabilities.canResend || attempt.storedError || attempt.firstSentAt === null) return false;
  const age = now - attempt.firstSentAt;
  // A clock that was set back makes no attempt young again.
  return age >= 0 && age < RESEND_WITHIN_MS && age < IDEMPOTENCY_HORIZON_SHARE * capabilities.idempotencyHorizonMs;
}
