import { docUrlBase } from "../../core/errors.ts";
import { sendText } from "../answers.ts";
import type { ApiDeps } from "../deps.ts";
import type { App } from "../../http/app.ts";

/** What is here, for who opens the bare address: where to read on. */
export function indexRoute(api: App, deps: ApiDeps): void {
  const body = JSON.stringify({
    name: "Tillway",
    version: deps.version,
    openapi: "/v1/openapi.json",
    errors: docUrlBase.slice(0, docUrlBase.indexOf("#")),
    health: "/health/ready",
  });
  api.get("/", { schema: { hide: true } }, (_request, reply) => sendText(reply, 200, body));
}
