import { hideCardNumbers, hideOurSecrets } from "../../core/card-number.ts";
import {
  LANE_LIMIT_ENDPOINT,
  WEBHOOK_CONNECT_TIMEOUT_MS,
  WEBHOOK_RESPONSE_KEPT_BYTES,
  WEBHOOK_TOTAL_TIMEOUT_MS,
} from "../../core/constants.ts";
import { codeOf } from "../../core/errors.ts";
import type { Channel, ChannelMessage, ChannelResult } from "../../core/ports/channel.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../../core/ports/http.ts";
import { eventEnvelope } from "../../core/represent.ts";
import type { Resolve } from "../../net/dial.ts";
import { createHttp, type HttpAdapter } from "../../net/http.ts";
import { carefulResolve } from "../../net/resolve.ts";
import { retryAfterMs } from "../../net/retry-after.ts";
import { checkAddresses, checkWebhookUrl, type GuardOptions } from "./guard.ts";
import { signatureHeaders } from "./sign.ts";

export interface WebhookOptions extends GuardOptions {
  /** Tillway's version, named in `User-Agent`. */
  readonly version: string;
  /** Resolves names; asks the name servers if left out. */
  readonly resolve?: Resolve;
  /** Other limits than the constants', for tests. */
  readonly limits?: { readonly totalTimeoutMs?: number; readonly idleMs?: number };
}

/** `close` cuts off requests under way and closes all connections. */
export type WebhookChannel = Channel & Pick<HttpAdapter, "close">;

/**
 * Sends webhooks: the same bytes at every try, signed twice, to checked addresses only, without following redirects. One try is one
 * request. `send` never rejects: every failure is a result. The flow schedules further tries.
 */
export function createWebhookChannel(options: WebhookOptions): WebhookChannel {
  const http = createHttp({
    // Of each endpoint: as many as its deliveries may be under way in a process.
    connectionsMax: LANE_LIMIT_ENDPOINT,
    idleMs: options.limits?.idleMs,
    resolve: options.resolve ?? carefulResolve,
    checkAddresses: checkAddresses(options),
  });
  return { send: (message) => send(message, options, http), close: () => http.close() };
}

async function send(message: ChannelMessage, options: WebhookOptions, http: HttpPort): Promise<ChannelResult> {
  // Checked at every try: the rules may have become stricter.
  if (!checkWebhookUrl(message.endpoint.url, options).ok) return failed("blocked_address", 0);
  try {
    return read(await http.send(compose(message, options)), message);
  } catch (error) {
    return failed(failureClass(codeOf(error)), 0);
  }
}

function compose({ endpoint, event, now }: ChannelMessage, { version, limits }: WebhookOptions): HttpRequest {
  const body = eventEnvelope(event);
  return {
    // Its own: one that never answers would hold all connections to a host that others have as well.
    pool: endpoint.id,
    method: "POST",
    url: endpoint.url,
    headers: {
      // Before ours, which nobody replaces.
      ...endpoint.headers,
      "content-type": "application/json",
      "user-agent": `Tillway/${version}`,
      ...signatureHeaders({ eventId: event.id, body, now, endpoint }),
    },
    body,
    connectTimeoutMs: WEBHOOK_CONNECT_TIMEOUT_MS,
    totalTimeoutMs: limits?.totalTimeoutMs ?? WEBHOOK_TOTAL_TIMEOUT_MS,
    maxBytes: WEBHOOK_RESPONSE_KEPT_BYTES,
    statusSuffices: true,
  };
}

function read(result: HttpResult, message: ChannelMessage): ChannelResult {
  if (result.kind !== "answer") return failed(failureClass(result.reason), result.durationMs);
  const { status, headers } = result;
  const ok = status < 300;
  return {
    ok,
    statusCode: status,
    response: keptText(withoutHeaders(result, message), headers["content-encoding"], result.isCut === true),
    error: status >= 300 && status < 400 ? "redirect" : null,
    durationMs: result.durationMs,
    retryAfterMs: ok ? null : retryAfterMs(headers, message.now),
    gone: status === 410,
  };
}

/** Shorter values are words rather than secrets, and would be cut out of everything. */
const SECRET_MIN_LENGTH = 6;
const NOT_SHOWN = "[not shown]";

/** Pages about errors show what was sent. The values of the merchant's own headers are kept as secrets are, so no answer keeps them. */
function withoutHeaders({ body, isCut }: { readonly body: string; readonly isCut?: boolean }, { endpoint }: ChannelMessage): string {
  const values = Object.values(endpoint.headers).flatMap((value) => [value, value.split(" ").at(-1)!, JSON.stringify(value).slice(1, -1)]);
  const secrets = values.filter(({ length }) => length >= SECRET_MIN_LENGTH).sort((a, b) => b.length - a.length);
  const shown = secrets.reduce((text, secret) => text.replaceAll(secret, NOT_SHOWN), body);
  // What was cut off may have been the end of one.
  const begun = isCut === true ? Math.max(0, ...secrets.map((secret) => beginningAt(shown, secret))) : 0;
  return begun === 0 ? shown : shown.slice(0, -begun) + NOT_SHOWN;
}

/** How many of the secret's first characters the text ends with. */
function beginningAt(text: string, secret: string): number {
  for (let length = secret.length - 1; length > 0; length--) if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}

function failed(error: string, durationMs: number): ChannelResult {
  return { ok: false, statusCode: null, response: null, error, durationMs, retryAfterMs: null, gone: false };
}

/** The class of a failure, as the delivery log shows it. Never an error's own text: that may name addresses of our network. */
export function failureClass(reason: string): string {
  const known = CLASSES.get(reason);
  if (known !== undefined) return known;
  if (reason.startsWith("EAI_")) return "dns";
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/.test(reason) ? "tls" : "network";
}

/**
 * The first bytes of an answer as text that can be stored: no control characters, which a text column or a log reader cannot take,
 * and none of the card numbers and keys that a receiver may echo.
 */
export function keptText(body: string, contentEncoding: string | undefined, isCut: boolean): string {
  if (contentEncoding !== undefined && contentEncoding !== "identity")
    return `(not shown: content-encoding ${contentEncoding.slice(0, 40)})`;
  const text = hideOurSecrets(hideCardNumbers(body));
  // The cut-off part may have been the end of a card number.
  const shown = isCut ? text.replace(CUT_NUMBER, "…") : text;
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return shown.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "\ufffd");
}

const CUT_NUMBER = /\p{Nd}[\p{Nd}\s\p{P}\p{Cf}]{0,80}$/u;

const CLASSES = new Map([
  ["TILLWAY_BLOCKED_ADDRESS", "blocked_address"],
  ["TILLWAY_BAD_SECRET", "bad_secret"],
  ["ENOTFOUND", "dns"],
  ["ENODATA", "dns"],
  ["ECONNREFUSED", "refused"],
  ["timeout", "timeout"],
  ["timeout before it was sent", "timeout"],
  ["CONNECT_TIMEOUT", "connect_timeout"],
  ["ETIMEDOUT", "connect_timeout"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["closed", "reset"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EPROTO", "tls"],
  ["bad answer", "bad_answer"],
  ["head too large", "bad_answer"],
]);
