/** Key and secret in the headers of a request, and what is wrong with them as far as that shows without looking up a key. */
import type { FastifyRequest } from "fastify";

export interface Credentials {
  readonly key: string;
  readonly secret: string;
}

/** Printable ASCII only: anything else is no key of ours and not worth a query. */
const CREDENTIAL = /^[\x21-\x7e]{1,200}$/;

export function readCredentials({ headers }: FastifyRequest): Credentials | null {
  const { "x-api-key": key, "x-api-secret": secret, authorization } = headers;
  const given =
    key === undefined && secret === undefined ? readBasic(authorization) : { key: String(key ?? ""), secret: String(secret ?? "") };
  return given && CREDENTIAL.test(given.key) && CREDENTIAL.test(given.secret) ? given : null;
}

/** One space: by what follows it the class of a request under load is told. */
const BASIC = /^basic [\w+/-]/i;

function readBasic(authorization: string | undefined): Credentials | null {
  if (authorization === undefined || !BASIC.test(authorization) || authorization.length > 1_000) return null;
  const plain = Buffer.from(authorization.slice(6), "base64").toString("utf8");
  const colon = plain.indexOf(":");
  return colon === -1 ? null : { key: plain.slice(0, colon), secret: plain.slice(colon + 1) };
}

/** The mistakes that show without looking up a key, so the message reveals no key's existence. Undefined: nothing is missing. */
export function whatIsMissing({ "x-api-key": key, "x-api-secret": secret, authorization }: FastifyRequest["headers"]): string | undefined {
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
