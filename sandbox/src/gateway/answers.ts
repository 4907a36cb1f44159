/** The answers of this gateway: its refusals, its pages, and an operation as it shows it. */
import { answer, type FarReply, type Handled } from "../far-side.ts";
import { type Account, type OperationKind, type OperationRecord, scriptOf } from "../ledger.ts";
import { AUTHORIZATION_LIFETIME_MS, position, type StatusAt } from "../status.ts";

export function html(body: string): FarReply {
  // No form-action: browsers apply it to the redirect back to the shop as well.
  const csp = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
  return {
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": csp },
    body,
    delayMs: 0,
    connection: "open",
  };
}

export function redirect(location: string): FarReply {
  return { status: 303, headers: { location }, body: "", delayMs: 0, connection: "open" };
}

/** The gateway's own errors and codes; our connector maps them. */
export const refusals = {
  malformed: [400, "The body is not a JSON object of the expected fields."],
  card_number_refused: [400, "Card numbers are never accepted here. Send a token."],
  unknown_token: [400, "This token was never issued."],
  invalid_vpa: [400, "This is not a VPA."],
  key_mismatch: [400, "The key in the body is not the one in the Idempotency-Key header."],
  key_reused: [422, "This key was used for another request."],
  already_captured: [409, "The charge is captured already."],
  already_voided: [409, "The charge is voided already."],
  key_in_use: [409, "The first request under this key is still being worked on."],
  key_canceled: [409, "This key was called off; nothing will be done under it."],
  unauthorized: [401, "The API key is missing or wrong."],
  unknown_account: [401, "There is no such account. Register it first."],
  account_mismatch: [403, "The account is another one's."],
  not_found: [404, "There is no such operation."],
  no_route: [404, "There is no such route."],
  too_large: [413, "The body is too large."],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof refusals;

/** @param there the operation that is in the way of the request, by our own id */
export function refuse(code: RefusalCode, there?: Pick<OperationRecord, "operation" | "key">): FarReply {
  const [status, message] = refusals[code];
  return answer(status, JSON.stringify({ error: { code, message, reference: there && referenceOf(there) } }));
}

export function only(reply: FarReply): Handled {
  return { entries: [], reply };
}

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
  readonly status: StatusAt;
  readonly publicUrl: string;
}

export function view({ account, record, status, publicUrl }: ViewOf): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    object: record.operation,
    reference: referenceOf(record),
    key: record.key,
    account: account.id,
    status: status.status,
    amount: record.amount + (scriptOf(record.scenario, record.operation).echoesMore ?? 0),
    currency: record.currency,
  };
  if (status.code !== null) shown["code"] = status.code;
  if (record.operation !== "charge") shown["charge"] = `sch_${record.source}`;
  if (status.status === "authorized") shown["lapses_at"] = status.at + AUTHORIZATION_LIFETIME_MS;
  if (status.status === "requires_action")
    shown["next_action"] = { type: "redirect", url: `${publicUrl}/challenges/${account.id}/${referenceOf(record)}` };
  if (record.children.length > 0) {
    const { captured, refunded } = position(account, record, status.at);
    shown["amount_captured"] = captured;
    shown["amount_refunded"] = refunded;
  }
  return shown;
}
