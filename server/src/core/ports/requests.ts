import type { Ms, Scope } from "../model.ts";

/** A request that changed or refused something, as it is kept for a while: what was asked, what came of it. No personal data, no secrets. */
export interface RequestRecord extends Scope {
  readonly id: string;
  /** Null: it was not kept. */
  readonly keyId: string | null;
  readonly method: string;
  readonly route: string;
  /** The id in its path. */
  readonly subject: string | null;
  /** Null: the caller hung up before the answer. */
  readonly status: number | null;
  readonly errorCode: string | null;
  /** JSON text of the fields, their values hidden but for those of a known meaning. */
  readonly body: string | null;
  readonly paymentId: string | null;
  /** What it made, if that is not the payment. */
  readonly resourceId: string | null;
  readonly at: Ms;
  /** Null: it was not kept. */
  readonly durationMs: number | null;
}

/** What was seen of a request as its answer left; `body` as it was parsed. */
export type SeenRequest = Omit<RequestRecord, "body" | "at"> & { readonly body: unknown };

/** With the event that the creation of a payment wrote. */
export type FoundRequest = RequestRecord & { readonly eventId: string | null };

/** Throws `StoreUnavailable`. */
export interface RequestLog {
  /** Writes them, in one statement; those that are there already are left. */
  record(rows: readonly RequestRecord[]): Promise<void>;
  /** A record, or what the payment that the request created says of it. */
  find(scope: Scope, id: string): Promise<FoundRequest | null>;
}
