import { createHmac } from "node:crypto";
import type { Endpoint, Ms } from "../../core/model.ts";
import { failure } from "../../net/dial.ts";

type Body = string | Uint8Array;

export interface SignInput {
  /** The event's id: the same at every try, so that a receiver can drop repeats. */
  readonly eventId: string;
  /** The exact bytes that are sent; a text is sent as UTF-8. */
  readonly body: Body;
  /** When this try is made. */
  readonly now: Ms;
  readonly endpoint: Pick<Endpoint, "secret" | "previousSecret" | "previousSecretUntil">;
}

/**
 * The four headers that prove the sender of a webhook: the triple of Standard Webhooks 1.0.0, and `X-Webhook-Signature`, the plain
 * hexadecimal HMAC of the body that simple receivers check. While a secret is being replaced the triple is signed with both.
 * Throws an error with code `TILLWAY_BAD_SECRET` if a secret is not `whsec_` and standard base64.
 */
export function signatureHeaders({ eventId: id, body, now, endpoint }: SignInput): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000));
  const signatures = liveSecrets(endpoint, now).map((secret) => standardSignature(secret, { id, timestamp, body }));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatures.join(" "),
    "x-webhook-signature": plainSignature(endpoint.secret, body),
  };
}

/** Standard Webhooks asks for 24 to 64 bytes. Node's own decoder would skip over anything that is no base64, and sign with a shorter key. */
const SECRET_SHAPE = /^whsec_((?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;

/** `v1,<base64>`: HMAC-SHA256 over `id.timestamp.body`, keyed with the bytes that the secret's base64 stands for. Throws `TILLWAY_BAD_SECRET`. */
export function standardSignature(secret: string, { id, timestamp, body }: { id: string; timestamp: string; body: Body }): string {
  const base64 = SECRET_SHAPE.exec(secret)?.[1];
  if (base64 === undefined)
    throw failure("TILLWAY_BAD_SECRET", "the endpoint's secret is not `whsec_` followed by base64 of 24 to 64 bytes");
  const mac = createHmac("sha256", Buffer.from(base64, "base64")).update(`${id}.${timestamp}.`).update(body);
  return `v1,${mac.digest("base64")}`;
}

/** Lower-case hexadecimal HMAC-SHA256 of the body, keyed with the UTF-8 bytes of the whole secret, prefix included. It has no time in it and so no protection against replay. */
export function plainSignature(secret: string, body: Body): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** The current secret first, then the previous one while it still counts. */
export function liveSecrets(endpoint: SignInput["endpoint"], now: Ms): string[] {
  const { secret, previousSecret, previousSecretUntil } = endpoint;
  return previousSecret !== null && previousSecretUntil !== null && previousSecretUntil > now ? [secret, previousSecret] : [secret];
}
