/** Speaks the sandbox's HTTP API, and keeps redacted evidence of every exchange. */
import {
  GATEWAY_CONNECT_TIMEOUT_MS,
  GATEWAY_MAX_ANSWER_BYTES,
  GATEWAY_MONEY_TIMEOUT_MS,
  GATEWAY_READ_TIMEOUT_MS,
} from "../../core/constants.ts";
import type { ConnectorAccount } from "../../core/model.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Evidence } from "../../core/ports/connector.ts";
import type { HttpPort, HttpResult } from "../../core/ports/http.ts";
import { redactEvidence } from "../redact.ts";

export interface ClientDeps {
  readonly http: HttpPort;
  readonly baseUrl: string;
  readonly clock: Clock;
}

export interface ClientRequest {
  readonly account: ConnectorAccount;
  readonly kind: Evidence["kind"];
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Sent as it is. */
  readonly body: string | null;
  /** What of the body is kept as evidence. */
  readonly evidence: string | null;
  readonly idempotencyKey: string | null;
  /** See `Call.sendBefore`; questions may always leave. */
  readonly notAfter?: number | null;
}

export interface Exchanged {
  readonly result: HttpResult;
  readonly evidence: Evidence;
}

/** One exchange. Questions may give up early, they are asked again anyway. */
export async function exchange({ http, baseUrl, clock }: ClientDeps, request: ClientRequest): Promise<Exchanged> {
  const startedAt = clock.now();
  const url = baseUrl + request.path;
  const result = await http.send({
    method: request.method,
    url,
    headers: headersOf(request),
    body: request.body,
    connectTimeoutMs: GATEWAY_CONNECT_TIMEOUT_MS,
    totalTimeoutMs: request.method === "GET" ? GATEWAY_READ_TIMEOUT_MS : GATEWAY_MONEY_TIMEOUT_MS,
    maxBytes: GATEWAY_MAX_ANSWER_BYTES,
    notAfter: request.notAfter,
  });
  return { result, evidence: evidenceOf(request, result, { url, startedAt }) };
}

function headersOf({ account, body, idempotencyKey }: ClientRequest): Record<string, string> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${account.credentials["api_key"] ?? ""}`,
    "sandbox-account": account.id,
  };
  if (body !== null) headers["content-type"] = "application/json";
  if (idempotencyKey !== null) headers["idempotency-key"] = idempotencyKey;
  return headers;
}

function evidenceOf(request: ClientRequest, result: HttpResult, { url, startedAt }: { url: string; startedAt: number }): Evidence {
  const answered = result.kind === "answer";
  return {
    kind: request.kind,
    method: request.method,
    url,
    request: request.evidence === null ? null : redactEvidence(request.evidence),
    status: answered ? result.status : null,
    response: answered ? redactEvidence(result.body) : null,
    result: answered ? "answer" : `${result.kind}: ${result.reason}`,
    startedAt,
    durationMs: result.durationMs,
  };
}
