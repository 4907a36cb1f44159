import type { WebhookPayload, WebhookRefusal } from "./verify.ts";

/** Far more than any event has. */
export const BODY_MAX_BYTES = 1 << 20;

type Refuse = (code: WebhookRefusal, message: string) => never;

/** The exact bytes of a body. A parsed one is refused: what was signed cannot be made from it again. */
export async function bytesOf(payload: WebhookPayload, refuse: Refuse): Promise<Uint8Array> {
  const bytes = await read(payload, refuse);
  if (bytes.byteLength > BODY_MAX_BYTES) refuse("body_too_large", tooLarge);
  return bytes;
}

const tooLarge = `The body is larger than ${BODY_MAX_BYTES >> 20} MiB; no event is.`;

/** What to change, said where the fault is found. */
export const ALREADY_PARSED =
  "The body was already parsed, and what was signed are its exact bytes. " +
  'Mount the webhook route before express.json(), or read its body raw, e.g. with express.raw({ type: "application/json" }).';

async function read(payload: WebhookPayload, refuse: Refuse): Promise<Uint8Array> {
  if (typeof payload === "string" && payload !== "[object Object]") return new TextEncoder().encode(payload);
  if (payload instanceof Uint8Array) return payload;
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload);
  if (!isRequest(payload)) return refuse("body_already_parsed", ALREADY_PARSED);
  if (payload.bodyUsed) return refuse("body_already_parsed", ALREADY_PARSED);
  return readAll(payload, refuse);
}

/** By its shape: frameworks bring requests of their own. */
function isRequest(payload: unknown): payload is Request {
  const shape = payload as Partial<Request> | null | undefined;
  return typeof shape === "object" && shape !== null && typeof shape.arrayBuffer === "function" && typeof shape.bodyUsed === "boolean";
}

async function readAll(request: Request, refuse: Refuse): Promise<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array(await request.arrayBuffer());
  const parts: Uint8Array[] = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    size += value.byteLength;
    if (size > BODY_MAX_BYTES) {
      await reader.cancel();
      refuse("body_too_large", tooLarge);
    }
    parts.push(value);
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
