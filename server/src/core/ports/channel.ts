import type { Endpoint, Ms } from "../model.ts";
import type { DeliveryLoad } from "./store.ts";

/** The way out for webhooks; that of e-mail is `Mail`. One send, one result; the schedule is the flow's. */
export interface Channel {
  send(message: ChannelMessage): Promise<ChannelResult>;
}

export interface ChannelMessage extends DeliveryLoad {
  readonly endpoint: Endpoint;
  readonly now: Ms;
}

export interface ChannelResult {
  readonly ok: boolean;
  readonly statusCode: number | null;
  /** First bytes of the answer. */
  readonly response: string | null;
  /** Class of failure, e.g. `timeout`, `refused`, `blocked_address`, `redirect`; null when an answer came. */
  readonly error: string | null;
  readonly durationMs: number;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | null;
  /** 410: the receiver wants no more. */
  readonly gone: boolean;
}
