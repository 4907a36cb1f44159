/** Pages about the API itself: the bare address, and the page of errors. */
import { docUrlBase, errorTable, failureTable } from "../../core/errors.ts";
import type { App } from "../../http/app.ts";
import { sendText } from "../caller.ts";
import type { ApiDeps } from "../deps.ts";

/** The bare address: name, version and where to read on. */
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

/** The page that every error's `doc_url` leads to: each code with its status and message, then why payments fail. Generated from the tables. */
export function errorDocsRoute(api: App): void {
  const path = docUrlBase.slice(0, docUrlBase.indexOf("#"));
  api.get(path, { schema: { hide: true } }, (_request, reply) => {
    reply.headers({ "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'" }).send(page);
  });
}

const rows = Object.entries(errorTable).map(
  ([code, row]) =>
    `<section id="${code}"><h2><code>${code}</code></h2><p>HTTP ${row.status}, ${row.type}</p><p>${escaped(row.message)}</p></section>`,
);
const failures = Object.entries(failureTable).map(
  ([code, meaning]) => `<section id="${code}"><h3><code>${code}</code></h3><p>${escaped(meaning)}</p></section>`,
);
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tillway: errors</title><main><h1>Errors</h1><p>A code never changes; a message may.</p>${rows.join("")}<h2>Why a payment failed</h2><p><code>error.code</code> of a payment and of an attempt.</p>${failures.join("")}</main></html>`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
