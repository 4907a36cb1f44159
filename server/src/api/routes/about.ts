/** The bare address. */
import { docUrlBase } from "../../core/errors.ts";
import type { App } from "../../http/app.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";

/** The bare address: name, version and where to read on. */
export function indexRoute(api: App, deps: ApiDeps): void {
  const body = JSON.stringify({
    name: "Tillway",
    version: deps.version,
    docs: "/docs",
    openapi: "/v1/openapi.json",
    errors: docUrlBase.slice(0, docUrlBase.indexOf("#")),
    health: "/health/ready",
  });
  api.get("/", { schema: { hide: true } }, (_request, reply) => sendText(reply, 200, body));
}
