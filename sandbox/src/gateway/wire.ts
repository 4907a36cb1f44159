/** The shapes of the far side's HTTP API, and its plain answers. */
import type { Connection, FaultName } from "../faults.ts";
import type { Entry } from "../ledger.ts";

export interface FarRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | null;
}

export interface FarReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The caller hears it this long after its request. */
  readonly delayMs: number;
  readonly connection: Connection;
}

/** What a request leads to: these entries are applied and made durable before the reply leaves. */
export interface Handled {
  readonly entries: readonly Entry[];
  readonly reply: FarReply;
}

/** Where a fault is handed in it wins over the scenario's and over `flaky`. */
export interface Circumstances {
  readonly now: number;
  readonly fault?: FaultName;
}

const JSON_HEADERS = { "content-type": "application/json" };

export function answer(status: number, body: string, delayMs = 0): FarReply {
  return { status, headers: JSON_HEADERS, body, delayMs, connection: "open" };
}

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

/** The far side's own errors; codes are its own, our connector maps them. */
export const refusals = {
  malformed: [400, "The body is not a JSON object of the expected fields."],
  card_number_refused: [400, "Card numbers are never accepted here. Send a token."],
  unknown_token: [400, "This token was never issued."],
  invalid_vpa: [400, "This is not a VPA."],
  key_mismatch: [400, "The key in the body is not the one in the Idempotency-Key header."],
  key_reused: [422, "This key was used for another request."],
  key_in_use: [409, "The first request under this key is still being worked on."],
  key_canceled: [409, "This key was called off; nothing will be done under it."],
  unauthorized: [401, "The API key is missing or wrong."],
  unknown_account: [401, "There is no such account. Register it first."],
  account_mismatch: [403, "The account is another one's."],
  local_only: [403, "The journal is shown on the gateway's own machine only."],
  not_found: [404, "There is no such operation."],
  no_route: [404, "There is no such route."],
  too_large: [413, "The body is too large."],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof refusals;

export function refuse(code: RefusalCode): FarReply {
  const [status, message] = refusals[code];
  return answer(status, JSON.stringify({ error: { code, message } }));
}

export function only(reply: FarReply): Handled {
  return { entries: [], reply };
}
