/** API keys. They are checked by the settings port; a success is remembered for `KEY_CACHE_MS`, so a revoked key works that much longer. */
import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { TillwayError } from "../core/errors.ts";
import type { Actor } from "../core/ports/settings.ts";
import type { Deps } from "../flows/deps.ts";
import type { Authenticator } from "../http/guard.ts";

/** More keys than this within one second are not worth remembering; a flood of them must not fill the memory. */
export const KEY_CACHE_MAX = 10_000;

/** Callers who send key and secret, as headers or as HTTP Basic. */
export function keyAuthenticator(deps: Pick<Deps, "settings" | "clock" | "random">): Authenticator {
  const authenticate = rememberingAuthenticator(deps);
  return {
    audience: "merchant",
    authenticate(request) {
      const credentials = readCredentials(request);
      return credentials === null ? null : authenticate(credentials);
    },
    refusal: unauthenticated,
  };
}

interface Credentials {
  readonly key: string;
  readonly secret: string;
}

interface Known {
  readonly actor: Actor;
  readonly atMs: number;
}

function rememberingAuthenticator({ settings, clock, random }: Pick<Deps, "settings" | "clock" | "random">) {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<Actor | null>>();
  // A salt of this process: what stands in the map is of no use in a dump of another.
  const salt = Buffer.from(random.bytes(16)).toString("hex");

  const ask = async (digest: string, { key, secret }: Credentials, now: number): Promise<Actor | null> => {
    try {
      const actor = await settings.authenticate(key, secret, now);
      if (actor !== null) remember(known, digest, { actor, atMs: now });
      return actor;
    } finally {
      asking.delete(digest);
    }
  };

  return (credentials: Credentials): Actor | null | Promise<Actor | null> => {
    const digest = hash("sha256", `${salt}\n${credentials.key}\n${credentials.secret}`, "base64");
    const now = clock.now();
    const found = known.get(digest);
    // A clock that went back lets no revoked key live on.
    if (found !== undefined && Math.abs(now - found.atMs) < KEY_CACHE_MS) return found.actor;
    known.delete(digest);
    // When the memory runs out under load, one question answers all who wait.
    let answer = asking.get(digest);
    if (answer === undefined) asking.set(digest, (answer = ask(digest, credentials, now)));
    return answer;
  };
}

function remember(known: Map<string, Known>, digest: string, entry: Known): void {
  if (known.size >= KEY_CACHE_MAX) known.delete(known.keys().next().value!);
  known.set(digest, entry);
}

/** Printable ASCII only: anything else is no key of ours and not worth a question to the database. */
const CREDENTIAL = /^[\x21-\x7e]{1,200}$/;

function readCredentials(request: FastifyRequest): Credentials | null {
  const { "x-api-key": key, "x-api-secret": secret, authorization } = request.headers;
  if (key !== undefined || secret !== undefined) return checked(key, secret);
  const basic = readBasic(authorization);
  return basic && checked(basic.key, basic.secret);
}

function readBasic(authorization: string | undefined): Credentials | null {
  if (authorization === undefined || !/^basic /i.test(authorization) || authorization.length > 1_000) return null;
  const plain = Buffer.from(authorization.slice(6), "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return colon === -1 ? null : { key: plain.slice(0, colon), secret: plain.slice(colon + 1) };
}

function checked(key: unknown, secret: unknown): Credentials | null {
  if (typeof key !== "string" || typeof secret !== "string") return null;
  return CREDENTIAL.test(key) && CREDENTIAL.test(secret) ? { key, secret } : null;
}

function unauthenticated(request: FastifyRequest, reply: FastifyReply): TillwayError {
  reply.header("www-authenticate", 'Basic realm="tillway", charset="UTF-8"');
  return new TillwayError("authentication_error", { message: whatIsMissing(request.headers) });
}

/** What can be seen without looking any key up: nothing of this tells whether a key exists. Undefined: nothing is missing. */
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

/** Of HTTP Basic. Elsewhere the secret is the user name, and there is no password. */
function whatIsWrong(basic: Credentials | null): string | undefined {
  if (basic === null) return "HTTP Basic takes base64 of key:secret.";
  if (basic.key.startsWith("sk_"))
    return "HTTP Basic has a secret as its user name. The user name is the key, which begins with pk_; the secret is the password.";
  return basic.secret === ""
    ? "HTTP Basic has no password. The user name is the key; the secret, which begins with sk_, is the password."
    : undefined;
}
