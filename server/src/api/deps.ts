import type { Reads } from "../core/ports/reads.ts";
import type { Deps } from "../flows/deps.ts";

/** What the HTTP driver is handed. Changes go through `flows`; get and list through `reads`. */
export interface ApiDeps {
  readonly flows: Deps;
  readonly reads: Reads;
  /** What stands behind this process. May reject or be slow: both count as not ready. */
  readonly health: () => Promise<Health>;
  readonly version: string;
  /** Key of the HMAC over a request that is kept beside its idempotency key: at least 32 bytes, the same in every process. */
  readonly hashKey: Uint8Array;
  /** Name of the connector that exchanges card fields for a token. */
  readonly tokenizer: string;
  /** What may be shown of a token that a caller sends instead of card fields; null: no token of ours. */
  readonly describeToken?: (token: string) => { readonly network: string; readonly last4: string } | null;
}

export interface Health {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, unknown>>;
}
