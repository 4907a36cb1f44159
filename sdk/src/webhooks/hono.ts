import { tillwayWebhook as fetchWebhook } from "./next.ts";
import type { OnEvent, WebhookOptions } from "./receive.ts";

export type { OnEvent, WebhookOptions } from "./receive.ts";

/** What is needed of Hono's context. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
}

/** A handler of Hono: `app.post("/webhooks", tillwayWebhook({ secret }, onEvent))`. */
export function tillwayWebhook<Context extends HonoContext>(
  options: WebhookOptions,
  onEvent: OnEvent<Context>,
): (context: Context) => Promise<Response> {
  fetchWebhook(options, () => undefined);
  return (context) => fetchWebhook(options, (event) => onEvent(event, context))(context.req.raw);
}
