import type { AuditStore } from "../core/ports/audit.ts";
import type { AccountTemplate, Tokenizer } from "../core/ports/connector.ts";
import type { Reads } from "../core/ports/reads.ts";
import type { Ms } from "../core/model.ts";
import type { Faults, JobCounts } from "../core/ports/test-mode.ts";
import type { Search } from "../core/ports/search.ts";
import type { RequestLog } from "../core/ports/requests.ts";
import type { Deps } from "../flows/deps.ts";
import type { ClientSecrets } from "./client-secrets.ts";
import type { KeptEmails } from "./mailbox.ts";
import type { MetricsDeps } from "./routes/metrics.ts";
import type { Versions } from "./versions/walk.ts";

/** The parts that the API needs. Changes go through `flows`; get and list through `reads`. */
export interface ApiDeps {
  readonly flows: Deps & { readonly versions: Versions };
  readonly reads: Reads;
  /** Checks the parts that this process needs. If it rejects or is slow, the process is not ready. */
  readonly health: () => Promise<Health>;
  readonly requests: Pick<RequestLog, "find">;
  readonly search: Search;
  readonly audit: AuditStore;
  /** Null or left out: not in test mode. */
  readonly test?: TestTools | null;
  /** Null or left out: e-mails are sent, or there are none. */
  readonly emails?: KeptEmails | null;
  /** Null: this process counts nothing. */
  readonly metrics?: MetricsDeps | null;
  readonly version: string;
  /** Where the build put the documentation. */
  readonly siteFolder: string;
  /** Key of the HMAC over a request that is kept beside its idempotency key: at least 32 bytes, the same in every process. */
  readonly hashKey: Uint8Array;
  /** By connector, in the order to use them: a card number goes to the first one, a token to the first that knows it. */
  readonly tokenizers: ReadonlyMap<string, Tokenizer>;
  /** The gateway account of a merchant that the operator creates. */
  readonly firstAccount: AccountTemplate;
  /** Where gateways and merchants reach the API, without a slash at its end. */
  readonly publicUrl: string;
  /** Where shoppers reach the checkout, without a slash at its end. */
  readonly checkoutUrl: string;
  readonly secrets: ClientSecrets;
  /** Of a key without a limit of its own; null or left out: any number. */
  readonly requestsPerSecond?: number | null;
}

export interface TestTools {
  /** By queue. */
  readonly jobs: () => Promise<Readonly<Record<string, JobCounts>>>;
  /** Moves the clock of all processes. */
  readonly advance: (ms: Ms) => Promise<{ readonly now: Ms; readonly aheadMs: Ms } | null>;
  /** Throws if the sandbox cannot be reached, or refuses them. */
  readonly setFaults: (faults: Faults) => Promise<void>;
}

export interface Health {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, unknown>>;
}
