/** The caller of a request: API key, idempotency key, and the answer that goes back. */
import { hash, createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { stringify as stableStringify } from "safe-stable-stringify";
import type { By } from "../core/admin-actions.ts";
import type { IdPrefix } from "../core/change.ts";
import { KEY_CACHE_MS, KEY_USE_NOTED_MS } from "../core/constants.ts";
import { TillwayError, type ErrorCode } from "../core/errors.ts";
import { isId } from "../core/ids.ts";
import type { Ms, Scope } from "../core/model.ts";
import type { Actor, Settings } from "../core/ports/settings.ts";
import { actingBy, type Deps } from "../flows/deps.ts";
import type { Answer, Caller } from "../flows/idempotency.ts";
import { actorOf, type Authenticator } from "../http/app.ts";
import { readCredentials, whatIsMissing, type Credentials } from "./credentials.ts";
import type { ApiDeps } from "./deps.ts";
import { JSON_TYPE } from "../http/errors.ts";
import { readTraceparent } from "../http/trace.ts";
import { fieldPath, nearestName } from "../http/field-names.ts";
import { addressOf, wrongTries } from "./wrong-tries.ts";

/** A flood of keys within one second must not fill the memory. */
const KEY_CACHE_MAX = 10_000;

/**
 * Callers who send key and secret, as headers or as HTTP Basic, and the operator, who sends one key as bearer token. The settings port
 * checks the former; a success is remembered for `KEY_CACHE_MS`, so a revoked key works that much longer.
 * @param operatorKey null: there is no operator here
 */
export function keyAuthenticator(deps: Pick<Deps, "settings" | "clock" | "random">, operatorKey: string | null): Authenticator {
  const tries = wrongTries(deps.clock);
  const check = rememberingCheck(deps, tries);
  const isOperator = operatorCheck(operatorKey);
  return {
    audience: "merchant",
    authenticate(request) {
      if (isOperator(request.headers.authorization)) return "operator";
      if (operatorKey !== null && isOperators(request.headers)) {
        const address = addressOf(request);
        return tries.take(address, "operator") ? null : Promise.reject(tries.refusal(address, "operator"));
      }
      const credentials = readCredentials(request);
      return credentials === null ? null : check(credentials, request);
    },
    refusal(request, reply, needed) {
      const isOfOperator = needed === "operator";
      reply.header("www-authenticate", isOfOperator ? 'Bearer realm="tillway operator"' : 'Basic realm="tillway", charset="UTF-8"');
      return new TillwayError("authentication_error", { message: isOfOperator ? OPERATOR_KEY_NEEDED : whatIsMissing(request.headers) });
    },
  };
}

/** Beside a key of ours a bearer token is somebody else's, e.g. of a proxy before us. */
function isOperators({ authorization, "x-api-key": key }: FastifyRequest["headers"]): boolean {
  return key === undefined && /^bearer /i.test(authorization ?? "");
}

/** The same whether or not this process has an operator key. */
const OPERATOR_KEY_NEEDED =
  "Send the operator key: Authorization: Bearer and the value of TILLWAY_OPERATOR_KEY; with `npm start` it is in the file operator-key of its home.";

/** Digests are compared: they have one length, and their bytes say nothing about the key's. */
function operatorCheck(operatorKey: string | null): (authorization: string | undefined) => boolean {
  if (operatorKey === null) return () => false;
  const digestOf = (text: string): Buffer => hash("sha256", text, "buffer");
  const right = digestOf(operatorKey);
  return (authorization) => {
    const given = authorization === undefined ? undefined : /^bearer +([!-~]{1,200})$/i.exec(authorization)?.[1];
    return given !== undefined && timingSafeEqual(digestOf(given), right);
  };
}

function rememberingCheck({ settings, clock, random }: Pick<Deps, "settings" | "clock" | "random">, tries: ReturnType<typeof wrongTries>) {
  // Credentials that were right. An old entry is no proof any more, but says that this is no guess.
  const known = new Map<string, { readonly actor: Actor; readonly atMs: number }>();
  const asking = new Map<string, Promise<Actor | null>>();
  // A salt of this process: digests from a memory dump match nothing elsewhere.
  const noteUse = useNoter(settings);
  const salt = Buffer.from(random.bytes(16)).toString("hex");

  const ask = async (digest: string, { key, secret }: Credentials, now: number): Promise<Actor | null> => {
    try {
      const actor = await settings.authenticate(key, secret, now);
      known.delete(digest);
      if (actor === null) return null;
      if (known.size >= KEY_CACHE_MAX) known.delete(known.keys().next().value!);
      known.set(digest, { actor, atMs: now });
      noteUse(actor, now);
      return actor;
    } finally {
      asking.delete(digest);
    }
  };

  /** When an entry expires under load, one query answers all waiting requests. */
  const shared = (digest: string, credentials: Credentials, now: number): Promise<Actor | null> => {
    let answer = asking.get(digest);
    if (answer === undefined) asking.set(digest, (answer = ask(digest, credentials, now)));
    return answer;
  };

  return (credentials: Credentials, request: FastifyRequest): Actor | null | Promise<Actor | null> => {
    const digest = hash("sha256", `${salt}\n${credentials.key}\n${credentials.secret}`, "base64");
    const now = clock.now();
    const found = known.get(digest);
    // A clock that was set back must not keep a revoked key alive.
    if (found !== undefined && Math.abs(now - found.atMs) < KEY_CACHE_MS) return found.actor;
    const look = (): Promise<Actor | null> => shared(digest, credentials, now);
    // Requests with the same credentials that wait for the same answer are one try.
    const isGuess = found === undefined && !asking.has(digest);
    return isGuess ? tries.guess(addressOf(request), credentials.key, look) : look();
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
  if (answer.apiVersion === undefined) return sendText(reply, answer.status, answer.body);
  return sendBytes(reply.header("tillway-version", answer.apiVersion), answer.status, answer.body);
}

/** Sends what was made now, as the caller's version shows it. An error is the same in all of them. */
export function sendText(reply: FastifyReply, status: number, body: string): FastifyReply {
  const { older } = reply.request;
  return sendBytes(reply, status, older === null || status >= 400 ? body : older.shown(body));
}

function sendBytes(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.status(status).header("content-type", JSON_TYPE).send(body);
}

export function scopeOf(request: FastifyRequest): Scope {
  const { merchantId, mode } = actorOf(request);
  return { merchantId, mode };
}

/** The caller and its idempotency key, in the form that flows take. Throws `TillwayError` invalid_idempotency_key. */
export function callerOf(deps: VersionedDeps, request: FastifyRequest): Caller {
  return callerIn(deps, request, { scope: scopeOf(request), audience: request.server.audience });
}

/** The operator, who works on this scope. Throws `TillwayError` invalid_idempotency_key. */
export function operatorIn(deps: VersionedDeps, request: FastifyRequest, scope: Scope): Caller {
  if (!request.isOperator) throw new Error("a route without the operator's guard asked for the operator");
  return callerIn(deps, request, { scope, audience: "operator" });
}

/**
 * Somebody without any key, who acts on what is this scope's: no actor of the request, so that strangers fill no merchant's record of
 * requests. Throws `TillwayError` invalid_idempotency_key.
 */
export function visitorIn(deps: VersionedDeps, request: FastifyRequest, scope: Scope): Caller {
  return callerIn(deps, request, { scope, audience: request.server.audience });
}

type VersionedDeps = Pick<ApiDeps, "hashKey" | "flows">;

/** Member by member: a literal that begins with a spread costs V8 ten microseconds. */
function callerIn(
  { hashKey, flows }: VersionedDeps,
  request: FastifyRequest,
  { scope, audience }: Pick<Caller, "scope" | "audience">,
): Caller {
  return {
    scope,
    audience,
    requestId: request.id,
    by: whoOf(request),
    apiVersion: request.older === null ? flows.versions.current : request.older.version,
    traceparent: readTraceparent(request.headers.traceparent) ?? undefined,
    idempotency: idempotencyOf(hashKey, request),
  };
}

/** Who asks, as the record of admin actions names them. */
export function whoOf(request: FastifyRequest): By {
  const { actor, isOperator, operatorPerson, id: requestId } = request;
  if (isOperator) return { kind: "operator", id: operatorPerson?.id ?? null, label: operatorPerson?.email ?? null, requestId };
  // A stranger with a link, or a shopper.
  if (actor === null) return { kind: "system", id: null, label: "visitor", requestId };
  const { keyId: id, person } = actor;
  return person === null ? { kind: "key", id, label: null, requestId } : { kind: "person", id, label: person.email, requestId };
}

/** What flows are handed for a request that changes settings: each change is noted as the caller's. */
export function flowsBy({ flows }: Pick<ApiDeps, "flows">, request: FastifyRequest): ApiDeps["flows"] {
  return actingBy(flows, { ...whoOf(request), at: flows.clock.now() });
}

/** The id in the path. Throws not_found, without a query, if it cannot be an id of this kind. */
export function pathId(request: FastifyRequest, prefix: IdPrefix, name = "id"): string {
  const id = (request.params as Readonly<Record<string, string>>)[name]!;
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
function requestHash(hashKey: Uint8Array, { method, url, body: read, older }: FastifyRequest): string {
  const [path] = url.split("?", 1);
  const body = older === null ? read : older.sent;
  const text = `${method}\n${path}\n${stableStringify(body ?? {})}`;
  return createHmac("sha256", hashKey).update(text).digest("hex");
}
