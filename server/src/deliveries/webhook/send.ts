import { WEBHOOK_CONNECT_TIMEOUT_MS, WEBHOOK_TOTAL_TIMEOUT_MS } from "../../core/constants.ts";
import type { Channel, ChannelMessage, ChannelResult } from "../../core/ports/channel.ts";
import { eventEnvelope } from "../../core/represent.ts";
import { failureClass, keptText, retryAfterMs } from "./answer.ts";
import type { ExchangeResult } from "./exchange.ts";
import { checkWebhookUrl, guardedLookup } from "./guard.ts";
import type { GuardOptions, Resolve } from "./guard.ts";
import { WebhookPools } from "./pools.ts";
import type { PoolLimits, Post } from "./pools.ts";
import { signatureHeaders } from "./sign.ts";

export interface WebhookOptions extends GuardOptions {
  /** Tillway's version, named in `User-Agent`. */
  readonly version: string;
  /** Resolves names; the system's resolver where absent. */
  readonly resolve?: Resolve;
  /** Other limits than the constants', for tests. */
  readonly limits?: Partial<PoolLimits>;
}

export interface WebhookChannel extends Channel {
  /** Cuts what is under way and closes all connections. */
  close(): Promise<void>;
}

const LIMITS: PoolLimits = {
  connectTimeoutMs: WEBHOOK_CONNECT_TIMEOUT_MS,
  totalTimeoutMs: WEBHOOK_TOTAL_TIMEOUT_MS,
  sweepMs: 250,
  idleMs: 30_000,
};

/** A connection that breaks faster than this had most likely been closed by the receiver while it was idle. */
const STALE_CONNECTION_MS = 1_000;

/**
 * Sends webhooks: the same bytes at every try, signed twice, to checked addresses only, without following redirects. `send` never
 * rejects: whatever happens is a result, and the schedule of further tries is the flow's.
 */
export function createWebhookChannel(options: WebhookOptions): WebhookChannel {
  const pools = new WebhookPools(guardedLookup(options), { ...LIMITS, ...options.limits });
  return {
    send: (message) => send(message, options, pools),
    close: () => pools.close(),
  };
}

async function send(message: ChannelMessage, options: WebhookOptions, pools: WebhookPools): Promise<ChannelResult> {
  const startedMs = performance.now();
  // Asked at every try: Node does not call a connection's lookup for IP literals, and the rules may have become stricter.
  if (!checkWebhookUrl(message.endpoint.url, options).ok) return failed("blocked_address", startedMs);
  try {
    const post = compose(message, options.version);
    let result = await pools.post(post);
    if (isStaleConnection(result, startedMs)) result = await pools.post(post);
    return read(result, message, startedMs);
  } catch (error) {
    return failed(failureClass(error), startedMs);
  }
}

function compose({ endpoint, event, now }: ChannelMessage, version: string): Post {
  const body = Buffer.from(eventEnvelope(event));
  const headers = {
    "content-type": "application/json",
    "user-agent": `Tillway/${version}`,
    ...signatureHeaders({ eventId: event.id, body, now, endpoint }),
  };
  return { url: new URL(endpoint.url), headers, body };
}

/** A kept connection that the receiver closed just now costs no try: the same bytes go out once more, at once. */
function isStaleConnection(result: ExchangeResult, startedMs: number): boolean {
  return result.kind === "failure" && failureClass(result.error) === "reset" && performance.now() - startedMs < STALE_CONNECTION_MS;
}

function read(result: ExchangeResult, message: ChannelMessage, startedMs: number): ChannelResult {
  if (result.kind === "failure") return failed(failureClass(result.error), startedMs);
  const { statusCode, headers } = result;
  const ok = statusCode < 300;
  return {
    ok,
    statusCode,
    response: keptText(result.bytes, headers["content-encoding"]),
    error: statusCode >= 300 && statusCode < 400 ? "redirect" : null,
    durationMs: since(startedMs),
    retryAfterMs: ok ? null : retryAfterMs(headers["retry-after"], message.now),
    gone: statusCode === 410,
  };
}

function failed(error: string, startedMs: number): ChannelResult {
  return { ok: false, statusCode: null, response: null, error, durationMs: since(startedMs), retryAfterMs: null, gone: false };
}

function since(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}
