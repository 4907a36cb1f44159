import { TillwayError } from "../errors.ts";
import type { WebhookEvent } from "../generated/events.ts";
import { bytesOf } from "./payload.ts";

/** Why a webhook was refused. */
export type WebhookRefusal =
  | "body_already_parsed"
  | "body_too_large"
  | "missing_header"
  | "invalid_header"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_mismatch"
  | "invalid_body";

/** The webhook is not proven to come from Tillway, or not to be a new one. Don't act on it. */
export class WebhookVerificationError extends TillwayError {
  override readonly name = "WebhookVerificationError";
  declare readonly code: WebhookRefusal;

  constructor(code: WebhookRefusal, message: string, cause?: unknown) {
    super(code, message, cause);
  }
}

/** The exact bytes that came: a text, a Buffer, or a Request whose body nobody has read. */
export type WebhookPayload = string | Uint8Array | ArrayBuffer | Request;

/** Of any server: `request.headers` of Node, Express, Fastify or Fetch. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** How far the sender's clock may be from ours, into the past and the future. Default: 300. */
  readonly toleranceSeconds?: number;
}

const TOLERANCE_SECONDS = 300;
/** Two while one is being replaced; more are kept in no place we know. */
const SECRETS_MAX = 10;
/** A sender signs with one key, or two while it is being replaced. */
const SIGNATURES_MAX = 32;

/**
 * Verifies a webhook by the rules of Standard Webhooks 1.0.0 and returns its event. With several secrets one that fits is enough, so
 * that a secret can be replaced. Throws `WebhookVerificationError` if it is not proven, and `TypeError` if a secret is none.
 */
export async function verifyWebhook(
  payload: WebhookPayload,
  headers: WebhookHeaders | null | undefined,
  secret: string | readonly string[],
  { toleranceSeconds = TOLERANCE_SECONDS }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const keys = secretKeys(secret);
  checkTolerance(toleranceSeconds);
  const body = await bytesOf(payload, refuse);
  const find = lookup(headers ?? (payload as Request).headers);
  const id = header(find, "webhook-id");
  const timestamp = header(find, "webhook-timestamp");
  const signatures = signaturesIn(header(find, "webhook-signature"));
  checkTime(timestamp, toleranceSeconds);
  if (!(await matches(keys, signatures, signedContent(id, timestamp, body)))) throw mismatch();
  return parse(body);
}

/** Throws for what will never verify anything, so that a wrong setting is found at the start and not at the first webhook. */
export function checkWebhookOptions({
  secret,
  toleranceSeconds = TOLERANCE_SECONDS,
}: { secret: string | readonly string[] } & VerifyOptions): void {
  secretKeys(secret);
  checkTolerance(toleranceSeconds);
}

function refuse(code: WebhookRefusal, message: string): never {
  throw new WebhookVerificationError(code, message);
}

type Bytes = Uint8Array<ArrayBuffer>;

/** `whsec_` and the standard base64 of 24 to 64 bytes. The `=` at the end may be lost, as copying does. */
const SECRET_SHAPE = /^whsec_([A-Za-z0-9+/]{32,86})={0,2}$/;

function secretKeys(secret: string | readonly string[]): Bytes[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0 || secrets.length > SECRETS_MAX) throw new TypeError(`Give 1 to ${SECRETS_MAX} webhook secrets`);
  return secrets.map((one) => {
    const base64 = typeof one === "string" ? SECRET_SHAPE.exec(one.trim())?.[1] : undefined;
    if (base64 !== undefined && base64.length % 4 !== 1) return fromBase64(base64);
    const fault = one === undefined || one === null || one === "" ? "is missing" : "is not whole";
    throw new TypeError(`The webhook secret ${fault}. It is the endpoint's: whsec_ and the base64 of 24 to 64 bytes.`);
  });
}

function checkTolerance(seconds: unknown): void {
  if (typeof seconds === "number" && Number.isSafeInteger(seconds) && seconds > 0) return;
  throw new TypeError(`toleranceSeconds must be a whole number above 0; it is ${String(seconds)}`);
}

/** Names of headers have no case, whoever made the object. */
function lookup(headers: WebhookHeaders | undefined): (name: string) => string | undefined {
  if (headers === undefined || headers === null) return () => undefined;
  if (typeof (headers as Headers).get === "function") return (name) => (headers as Headers).get(name) ?? undefined;
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => {
    const value = byName.get(name);
    return typeof value === "string" ? value : Array.isArray(value) ? value.join(" ") : undefined;
  };
}

function header(find: (name: string) => string | undefined, name: string): string {
  const value = find(name);
  return value === undefined || value === ""
    ? refuse("missing_header", `The header ${name} is missing. Hand in the headers of the request as they came.`)
    : value;
}

/** `v1,<base64>` each; other versions are for other receivers. */
function signaturesIn(value: string): Bytes[] {
  const found = value
    .split(/[ ]+/)
    .slice(0, SIGNATURES_MAX)
    .flatMap((one) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1] ?? [])
    .map(fromBase64);
  return found.length > 0 ? found : refuse("invalid_header", "The header webhook-signature holds no signature of version v1.");
}

function checkTime(timestamp: string, toleranceSeconds: number): void {
  if (!/^\d{1,12}$/.test(timestamp)) refuse("invalid_header", "The header webhook-timestamp is not a number of seconds.");
  const age = Math.floor(Date.now() / 1_000) - Number(timestamp);
  const hint = `${toleranceSeconds} s are allowed. Either it is sent again by somebody who recorded it, or a clock is wrong.`;
  if (age > toleranceSeconds) refuse("timestamp_too_old", `The webhook was signed ${age} s ago; ${hint}`);
  if (age < -toleranceSeconds) refuse("timestamp_too_new", `The webhook was signed ${-age} s in the future; ${hint}`);
}

function signedContent(id: string, timestamp: string, body: Uint8Array): Bytes {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.byteLength + body.byteLength);
  content.set(head);
  content.set(body, head.byteLength);
  return content;
}

const algorithm = { name: "HMAC", hash: "SHA-256" };

/** `crypto.subtle.verify` compares in constant time. All pairs are tried, so that the time does not show which one fits. */
async function matches(keys: readonly Bytes[], signatures: readonly Bytes[], content: Bytes): Promise<boolean> {
  let fits = false;
  for (const bytes of keys) {
    const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
    for (const signature of signatures) {
      const isThis = await crypto.subtle.verify("HMAC", key, signature, content);
      fits = isThis || fits;
    }
  }
  return fits;
}

function mismatch(): WebhookVerificationError {
  const message =
    "No signature fits. Check that the secret is the one of this endpoint, and that the body is the exact bytes that came: " +
    "a body that was parsed and written again does not fit.";
  return new WebhookVerificationError("signature_mismatch", message);
}

function parse(body: Uint8Array): WebhookEvent {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as WebhookEvent;
  } catch (cause) {
    throw new WebhookVerificationError("invalid_body", "The webhook is signed, but its body is no JSON in UTF-8.", cause);
  }
}

function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
