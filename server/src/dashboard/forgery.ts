/** Requests that another site makes in somebody's name: refused before anything looks at them. See docs/decisions/0061. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { TillwayError } from "../core/errors.ts";
import type { App } from "../http/app.ts";
import { tokenHashIn } from "./cookies.ts";
import type { DashboardDeps } from "./deps.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** For somebody who is not signed in, and so has no token: signing in, invitations and resets. */
    readonly needsNoCsrfToken?: boolean;
  }
}

export function csrfTokenOf(key: Uint8Array, tokenHash: string): string {
  return createHmac("sha256", key).update(`csrf ${tokenHash}`).digest("base64url");
}

/** Before the guards of all routes that are mounted later. */
export function refuseForged(app: App, { dashboardUrl, signingKey }: Pick<DashboardDeps, "dashboardUrl" | "signingKey">): void {
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.method === "GET" || request.method === "HEAD") return done();
    if (!isOwn(request, dashboardUrl)) return done(new TillwayError("cross_site_request"));
    if (request.routeOptions.config.needsNoCsrfToken === true) return done();
    const tokenHash = tokenHashIn(request);
    // Nobody is signed in: the guard says so.
    if (tokenHash === null || isToken(request, csrfTokenOf(signingKey, tokenHash))) return done();
    done(new TillwayError("csrf_token_wrong"));
  });
}

/**
 * A browser sends the origin of the page with each request that changes something, and no page can choose it. It is ours if it is the
 * configured one, or that of the host which the request is for: the cookie goes to no other host.
 */
function isOwn({ headers }: FastifyRequest, dashboardUrl: string): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers["sec-fetch-site"] === "same-origin";
  if (origin === new URL(dashboardUrl).origin) return true;
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}

function isToken({ headers }: FastifyRequest, right: string): boolean {
  const given = Buffer.from(String(headers["x-csrf-token"] ?? ""));
  const kept = Buffer.from(right);
  return given.length === kept.length && timingSafeEqual(given, kept);
}
