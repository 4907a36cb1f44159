/** The caller of a request: API key, idempotency key, and the answer that goes back. */
import { hash, createHmac } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { stringify as stableStringify } from "safe-stable-stringify";
import type { IdPrefix } from "../core/change.ts";
import { KEY_CACHE_MS, KEY_USE_NOTED_MS } from "../core/constants.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Ms, Scope } from "../core/model.ts";
import type { Actor, Settings } from "../core/ports/settings.ts";
import type { Deps } from "../flows/deps.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import { actorOf, type Authenticator } from "../http/app.ts";
import { JSON_TYPE } from "../http/errors.ts";
import { readTraceparent } from "../http/trace.ts";
import { fieldPath, nearestName } from "../http/field-names.ts";

/** A flood of keys within one second must not fill the memory. */
const KEY_CACHE_MAX = 10_000;

/**
 * Callers who send key and secret, as headers or as HTTP Basic. The settings port checks them; a success is remembered for
 * `KEY_CACHE_MS`, so a revoked key works that much longer.
 */
export function keyAuthenticator(deps: Pick<Deps, "settings" | "clock" | "random">): Authenticator {
  const check = rememberingCheck(deps);
  return {
    audience: "merchant",
    authenticate(request) {
      const credentials = readCredentials(request);
      return credentials === null ? null : check(credentials);
    },
    refusal(request, reply) {
      reply.header("www-authenticate", 'Basic realm="tillway", charset="UTF-8"');
      return new TillwayError("authentication_error", { message: whatIsMissing(request.headers) });
    },
  };
}

interface Credentials {
  readonly key: string;
  readonly secret: string;
}

function rememberingCheck({ settings, clock, random }: Pick<Deps, "settings" | "clock" | "random">) {
  const known = new Map<string, { readonly actor: Actor; readonly atMs: number }>();
  const asking = new Map<string, Promise<Actor | null>>();
  // A salt of this process: digests from a memory dump match nothing elsewhere.
  const noteUse = useNoter(settings);
  const salt = Buffer.from(random.bytes(16)).toString("hex");

  const ask = async (digest: string, { key, secret }: Credentials, now: number): Promise<Actor | null> => {
    try {
      const actor = await settings.authenticate(key, secret, now);
      if (actor === null) return null;
      if (known.size >= KEY_CACHE_MAX) known.delete(known.keys().next().value!);
      known.set(digest, { actor, atMs: now });
      noteUse(actor, now);
      return actor;
    } finally {
      asking.delete(digest);
    }
  };

  return (credentials: Credentials): Actor | null | Promise<Actor | null> => {
    const digest = hash("sha256", `${salt}\n${credentials.key}\n${credentials.secret}`, "base64");
    const now = clock.now();
    const found = known.get(digest);
    // A clock that was set back must not keep a revoked key alive.
    if (found !== undefined && Math.abs(now - found.atMs) < KEY_CACHE_MS) return found.actor;
    known.delete(digest);
    // When an entry expires under load, one query answers all waiting requests.
    let answer = asking.get(digest);
    if (answer === undefined) asking.set(digest, (answer = ask(digest, credentials, now)));
    return answer;
  };
}

/** Notes that a key is in use, at most once a minute, and lets no request wait for it. If the note is lost, the next minute has another. */
function useNoter(settings: Pick<Settings, "noteKeyUse">): (actor: Actor, now: Ms) => void {
  const notedAt = new Map<string, Ms>();
  const note = async (actor: Actor, now: Ms): Promise<void> => {
    try {
      await settings.noteKeyUse(actor, actor.keyId, now);
    } catch {
      notedAt.delete(actor.keyId);
    }
  };
  return (actor, now) => {
    const before = notedAt.get(actor.keyId);
    if (before !== undefined && Math.abs(now - before) < KEY_USE_NOTED_MS) return;
    if (notedAt.size >= KEY_CACHE_MAX) notedAt.clear();
    notedAt.set(actor.keyId, now);
    // After the request has gone on: whatever becomes of the note, it is admitted.
    queueMicrotask(() => void note(actor, now));
  };
}

/** Printable ASCII only: anything else is no key of ours and not worth a query. */
const CREDENTIAL = /^[\x21-\x7e]{1,200}$/;

function readCredentials({ headers }: FastifyRequest): Credentials | null {
  const { "x-api-key": key, "x-api-secret": secret, authorization } = headers;
  const given =
    key === undefined && secret === undefined ? readBasic(authorization) : { key: String(key ?? ""), secret: String(secret ?? "") };
  return given && CREDENTIAL.test(given.key) && CREDENTIAL.test(given.secret) ? given : null;
}

function readBasic(authorization: string | undefined): Credentials | null {
  if (authorization === undefined || !/^basic /i.test(authorization) || authorization.length > 1_000) return null;
  const plain = Buffer.from(authorization.slice(6), "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return colon === -1 ? null : { key: plain.slice(0, colon), secret: plain.slice(colon + 1) };
}

/** The mistakes that show without looking up a key, so the message reveals no key's existence. Undefined: nothing is missing. */
function whatIsMissing({ "x-api-key": key, "x-api-secret": secret, authorization }: FastifyRequest["headers"]): string | undefined {
  if (key === undefined && secret === undefined) {
    if (authorization === undefined) return "Send your key: the headers X-Api-Key and X-Api-Secret, or HTTP Basic with both.";
    return /^basic /i.test(authorization)
      ? whatIsWrong(readBasic(authorization))
      : "Authorization takes HTTP Basic with key and secret. Or send X-Api-Key and X-Api-Secret.";
  }
  if (key === undefined) return "X-Api-Key is missing. Send it with X-Api-Secret.";
  if (secret === undefined) return "X-Api-Secret is missing. Send it with X-Api-Key.";
  return String(key).startsWith("sk_") ? "X-Api-Key holds a secret. It takes the key that begins with pk_." : undefined;
}

/** The mistakes in HTTP Basic. Other APIs take the secret as user name, without a password. */
function whatIsWrong(basic: Credentials | null): string | undefined {
  if (basic === null) return "HTTP Basic takes base64 of key:secret.";
  if (basic.key.startsWith("sk_"))
    return "HTTP Basic has a secret as its user name. The user name is the key, which begins with pk_; the secret is the password.";
  return basic.secret === ""
    ? "HTTP Basic has no password. The user name is the key; the secret, which begins with sk_, is the password."
    : undefined;
}

const ID = "[0-9A-HJKMNP-TV-Z]{26}";
const PAYMENT_ID = new RegExp(`"pay_${ID}"`);
const FIRST_ID = new RegExp(`^{"id":"([a-z]+_${ID})"`);
const CODE = /"code":"(\w+)"/;
/** Ids are among the first members of all that has them. */
const HEAD_CHARS = 160;

/** For the log and the record of the request, out of the bytes: they may have been stored by an earlier one. */
function noteIds(request: FastifyRequest, { status, body }: Answer): void {
  const isRefusal = status >= 400;
  request.about = PAYMENT_ID.exec(isRefusal ? body : body.slice(0, HEAD_CHARS))?.[0].slice(1, -1) ?? null;
  if (isRefusal) request.refusedAs = (CODE.exec(body)?.[1] as ErrorCode | undefined) ?? null;
  else request.made = FIRST_ID.exec(body)?.[1] ?? null;
}

/** Sends a flow's final bytes as they are. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.replayed) reply.header("idempotent-replayed", "true");
  noteIds(reply.request, answer);
  return sendText(reply, answer.status, answer.body);
}

export function sendText(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.status(status).header("content-type", JSON_TYPE).send(body);
}

export function scopeOf(request: FastifyRequest): Scope {
  const { merchantId, mode } = actorOf(request);
  return { merchantId, mode };
}

/** The caller and its idempotency key, in the form that flows take. Throws `TillwayError` invalid_idempotency_key. */
export function callerOf(hashKey: Uint8Array, request: FastifyRequest): Caller {
  return {
    scope: scopeOf(request),
    audience: request.server.audience,
    requestId: request.id,
    traceparent: readTraceparent(request.headers.traceparent) ?? undefined,
    idempotency: idempotencyOf(hashKey, request),
  };
}

/** The id in the path. Throws not_found, without a query, if it cannot be an id of this kind. */
export function pathId(request: FastifyRequest, prefix: IdPrefix): string {
  const { id } = request.params as { readonly id: string };
  if (!isId(prefix, id)) throw new TillwayError("not_found");
  return id;
}

/** Printable ASCII, 1 to 255 characters: the same bytes in every log, database and header. */
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The request's idempotency key and hash, or null without a key. Call it before card fields are dropped: the hash covers the whole
 * body, and because it is keyed it reveals nothing of it. Throws `TillwayError` invalid_idempotency_key.
 */
function idempotencyOf(hashKey: Uint8Array, request: FastifyRequest): Caller["idempotency"] {
  const given = request.headers["idempotency-key"];
  if (given === undefined) {
    // `X-Idempotency-Key`, `Idempotency_Key`, `Idempotent-Key`: without a refusal, each retry would be another payment.
    const isNear = (name: string) => name.includes("idem") && nearestName(name.replace(/^x-/, ""), ["Idempotency-Key"]) !== null;
    const near = Object.keys(request.headers).find(isNear);
    if (near !== undefined) throw refused(`The header ${fieldPath([near])} is not known. Did you mean Idempotency-Key?`);
    return null;
  }
  // Node joins a header that is sent twice with ", ", which could be a valid key itself.
  const isIt = (text: string, i: number) => i % 2 === 0 && text.toLowerCase() === "idempotency-key";
  if (String(given).includes(", ") && request.raw.rawHeaders.filter(isIt).length > 1)
    throw refused("The header Idempotency-Key must be sent once.");
  const key = unquoted(String(given));
  if (!KEY.test(key)) throw refused();
  return { key, requestHash: requestHash(hashKey, request) };
}

/** The header may be a string of a structured field (RFC 8941, 3.3.3): `"k1"` is the key `k1`. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const quoted = /^"((?:[^"\\]|\\["\\])*)"$/.exec(text);
  if (quoted === null) throw refused("The Idempotency-Key begins with a quotation mark and is no quoted string.");
  return quoted[1]!.replaceAll(/\\(.)/g, "$1");
}

function refused(message?: string): TillwayError {
  return new TillwayError("invalid_idempotency_key", { param: "Idempotency-Key", message });
}

/** Equal requests have equal text: with sorted keys and no spaces. The body is parsed strictly, so its depth is bounded. */
function requestHash(hashKey: Uint8Array, { method, url, body }: FastifyRequest): string {
  const [path] = url.split("?", 1);
  const text = `${method}\n${path}\n${stableStringify(body ?? {})}`;
  return createHmac("sha256", hashKey).update(text).digest("hex");
}
