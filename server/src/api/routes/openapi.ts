import { sendText } from "../answers.ts";
import type { App } from "../../http/app.ts";

/** The document that describes all this, made of the schemas that validate. Written once, at the first request. */
export function openapiRoute(api: App): void {
  let text: string | undefined;
  api.get("/v1/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    text ??= JSON.stringify(api.swagger());
    sendText(reply, 200, text);
  });
}
