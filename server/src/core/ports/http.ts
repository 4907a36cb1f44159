/** HTTP out. The adapter alone decides whether a failure is `not_sent` (no byte left) or `unknown`. Never follows redirects. */
export interface HttpPort {
  send(request: HttpRequest): Promise<HttpResult>;
}

export interface HttpRequest {
  /**
   * Who uses its connections: those of another pool are never taken, nor waited for, be it at the same host. Left out: shared by all that
   * name none.
   */
  readonly pool?: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly connectTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** A longer answer is cut off and reported as `unknown`. */
  readonly maxBytes: number;
  /** The status is the answer: a body that is longer, cut or never ends changes nothing, its first `maxBytes` are kept. */
  readonly statusSuffices?: boolean;
  /** Checked at the last moment: past it the request is not sent, and says so. */
  readonly notAfter?: number | null;
}

export type HttpResult =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** More than `maxBytes` came. */
      readonly isCut?: boolean;
      readonly durationMs: number;
    }
  /** DNS, refused connection, connect timeout, certificate: the request was not sent. */
  | { readonly kind: "not_sent"; readonly reason: string; readonly durationMs: number }
  /** Bytes may have left: timeout, reset, cut body. */
  | { readonly kind: "unknown"; readonly reason: string; readonly durationMs: number };
