/** The files of the dashboard's page. It is one page, which shows by its address what somebody wants to see. */
import type { FastifyRequest, FastifyReply } from "fastify";
import type { App } from "../http/app.ts";
import { fileServer } from "../http/site.ts";

/** No inline script or style, nothing of another origin, and no text that becomes markup or code: of the page or of anybody's data. */
export const DASHBOARD_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  // The HTML of a kept e-mail, in a sandbox of its own.
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  // The page needs none, so no script can make one that lets everything through.
  "trusted-types 'none'",
].join("; ");

const headers = {
  "content-security-policy": DASHBOARD_POLICY,
  "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** What programs ask for: a page in the place of it would be read as an answer. */
const NO_PAGE = /^\/(v1|health)(\/|$)/;
/** A page in the place of a script that is gone would be read as the script. */
const FILES_ONLY = /^\/assets(\/|$)/;

export function pageRoutes(app: App, folder: string): void {
  const files = fileServer(folder, "The dashboard's page was not built. Run npm run build.");
  app.get("/*", { schema: { hide: true } }, async (request: FastifyRequest, reply: FastifyReply) => {
    const [path] = request.url.split("?", 1) as [string];
    if (NO_PAGE.test(path)) return reply.callNotFound();
    const isFile = await files.has(path);
    if (!isFile && FILES_ONLY.test(path)) return reply.callNotFound();
    return files.send(request, reply, { path: isFile ? path : "/", headers });
  });
}
