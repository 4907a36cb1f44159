import type { Exchange } from "../../core/model.ts";

/**
 * An exchange as MongoDB keeps it. Bodies are text: names with dots and dollars, which gateways use, would make documents that nobody can
 * ask for. `_id` is the exchange's own id, which begins with its time.
 */
export interface ExchangeDocument {
  readonly _id: string;
  readonly merchant_id: string;
  readonly mode: Exchange["mode"];
  readonly payment_id: string | null;
  readonly attempt_id: string | null;
  readonly kind: Exchange["kind"];
  readonly method: string;
  readonly url: string;
  readonly request: string | null;
  readonly status: number | null;
  readonly response: string | null;
  readonly result: string;
  readonly started_at: Date;
  readonly duration_ms: number;
}

export function documentOf(row: Exchange): ExchangeDocument {
  const { id, merchantId, mode, paymentId, attemptId, startedAt, durationMs, ...same } = row;
  const { kind, method, url, request, status, response, result } = same;
  const own = { _id: id, merchant_id: merchantId, mode, payment_id: paymentId, attempt_id: attemptId };
  return { ...own, kind, method, url, request, status, response, result, started_at: new Date(startedAt), duration_ms: durationMs };
}

export function exchangeOf(document: ExchangeDocument): Exchange {
  const { _id: id, merchant_id: merchantId, mode, payment_id: paymentId, attempt_id: attemptId } = document;
  const { kind, method, url, request, status, response, result, started_at: startedAt, duration_ms: durationMs } = document;
  const own = { merchantId, mode, id, paymentId, attemptId };
  return { ...own, kind, method, url, request, status, response, result, startedAt: startedAt.getTime(), durationMs };
}
