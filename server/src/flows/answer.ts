import type { Audience, Scope } from "../core/model.ts";

/** Who asks, under which request, and with which idempotency key. */
export interface Caller {
  readonly scope: Scope;
  readonly audience: Audience;
  readonly requestId: string;
  /** `requestHash`: HMAC over method, path and canonical JSON of the body. */
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
}

/** What goes back: final bytes. Refusals that are not stored are thrown as `TillwayError` instead. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** These bytes were stored by an earlier request with the same key. */
  readonly replayed: boolean;
}
