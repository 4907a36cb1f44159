import { receive, type OnEvent, type WebhookOptions } from "./receive.ts";
import { checkWebhookOptions } from "./verify.ts";

export type { OnEvent, WebhookOptions } from "./receive.ts";

/** A route handler of Next's kind, and of all that take a Request: `export const POST = tillwayWebhook({ secret }, onEvent)`. */
export function tillwayWebhook(options: WebhookOptions, onEvent: OnEvent<Request>): (request: Request) => Promise<Response> {
  checkWebhookOptions(options);
  return async (request) => {
    const { status, body } = await receive({ payload: request, headers: request.headers }, options, (event) => onEvent(event, request));
    return new Response(body === "" ? null : body, { status, headers: body === "" ? {} : { "content-type": "application/json" } });
  };
}
