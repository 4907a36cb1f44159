import { BODY_MAX_BYTES, joined } from "./payload.ts";
import { receive, type OnEvent, type WebhookOptions } from "./receive.ts";
import { checkWebhookOptions, type WebhookHeaders, type WebhookPayload } from "./verify.ts";

export type { OnEvent, WebhookOptions } from "./receive.ts";

/** What is needed of a request of Express, or of Node itself. */
export interface ExpressRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of `express.raw()` or `express.text()`; a parsed one is of no use. */
  readonly body?: unknown;
  /** As some platforms keep it beside the parsed body. */
  readonly rawBody?: unknown;
  readonly readableDidRead?: boolean;
  [Symbol.asyncIterator](): AsyncIterator<unknown>;
}

export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

/**
 * A handler of Express 4 and 5, and of plain `node:http`: `app.post("/webhooks", tillwayWebhook({ secret }, onEvent))`. It reads the
 * body itself; mount it before `express.json()`.
 */
export function tillwayWebhook<Incoming extends ExpressRequest>(
  options: WebhookOptions,
  onEvent: OnEvent<Incoming>,
): (request: Incoming, response: ExpressResponse, next?: (error?: unknown) => void) => Promise<void> {
  checkWebhookOptions(options);
  return async (request, response, next) => {
    try {
      const incoming = { payload: await payloadOf(request), headers: request.headers as WebhookHeaders };
      const { status, body } = await receive(incoming, options, (event) => onEvent(event, request));
      response.statusCode = status;
      if (body !== "") response.setHeader("content-type", "application/json");
      response.end(body);
    } catch (error) {
      if (next === undefined) throw error;
      next(error);
    }
  };
}

/** A parsed body is handed on as it is: `verifyWebhook` says what to change. */
async function payloadOf(request: ExpressRequest): Promise<WebhookPayload> {
  const { body, rawBody } = request;
  if (rawBody instanceof Uint8Array || typeof rawBody === "string") return rawBody;
  if (body instanceof Uint8Array || typeof body === "string") return body;
  if (request.readableDidRead === true) return body as WebhookPayload;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request) {
    parts.push(part as Uint8Array);
    size += (part as Uint8Array).byteLength;
    // One byte too many is enough for the refusal; the rest is not read.
    if (size > BODY_MAX_BYTES) break;
  }
  return joined(parts);
}
