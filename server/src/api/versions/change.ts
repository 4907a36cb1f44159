/** What a change of the API is made of. One file per change lies beside this one, named by its date. */
import type { ApiVersion } from "../../core/ports/versions.ts";

export type Members = Readonly<Record<string, unknown>>;

/** What a caller sent, before it is validated: any JSON. */
export interface Sent {
  readonly body: unknown;
  readonly query: unknown;
}

/**
 * One change that would break callers who rely on what was. It leads those of the version before to this one and back, and knows nothing of
 * any other change. Its functions return new objects and leave alone what they don't know: a body may be anything.
 */
export interface VersionChange {
  /** The version that it makes, or is a part of. */
  readonly version: ApiVersion;
  /** For the change log: what is different, in one sentence. */
  readonly summary: string;
  /** What a caller does who upgrades. Null: nothing is to be done. */
  readonly upgrade: string | null;
  /** By operation of the OpenAPI document: what a caller of the version before sent, as this version takes it. */
  readonly requests?: Readonly<Record<string, (sent: Sent) => Sent>>;
  /**
   * By `object`: a member of that kind as this version shows it, as the version before showed it. It is called for each of them wherever
   * they stand: in answers, in rows of lists, within each other, and in the `data` of events. Ids, `object`, the envelopes of events and
   * lists, errors, and the members that requests are repeated by (`secret`, `scopes`, `secret_created_at`) are the same in all versions.
   */
  readonly resources?: Readonly<Record<string, (resource: Members) => Members>>;
}
