import type { WebhookEvent } from "../generated/events.ts";
import { verifyWebhook, WebhookVerificationError, type VerifyOptions, type WebhookHeaders, type WebhookPayload } from "./verify.ts";

/** Of an endpoint. */
export interface WebhookOptions extends VerifyOptions {
  /** `whsec_…`; two while it is being replaced. */
  readonly secret: string | readonly string[];
}

/**
 * Called with each event that is proven. When it resolves, the answer is 204; when it throws, the framework answers 500, and Tillway
 * sends the same event again. Events may come twice: keep the ids of those that are done.
 */
export type OnEvent<Context> = (event: WebhookEvent, context: Context) => unknown;

/** An answer to Tillway, to be written in the framework's way. */
export interface WebhookAnswer {
  readonly status: number;
  /** JSON; empty for 204. */
  readonly body: string;
}

/** What all adapters do: verify, hand over, answer. */
export async function receive(
  incoming: { readonly payload: WebhookPayload; readonly headers: WebhookHeaders | null },
  { secret, ...options }: WebhookOptions,
  onEvent: (event: WebhookEvent) => unknown,
): Promise<WebhookAnswer> {
  let event: WebhookEvent;
  try {
    event = await verifyWebhook(incoming.payload, incoming.headers, secret, options);
  } catch (error) {
    if (error instanceof WebhookVerificationError) return refusal(error);
    throw error;
  }
  await onEvent(event);
  return { status: 204, body: "" };
}

/** A body that was already parsed is the receiver's own fault, so it is 500. */
function refusal({ code, message }: WebhookVerificationError): WebhookAnswer {
  const status = code === "body_already_parsed" ? 500 : code === "body_too_large" ? 413 : 400;
  return { status, body: JSON.stringify({ error: { code, message } }) };
}
