/** The files of the checkout's page, and what a browser is told about them: nothing inline, nothing from elsewhere, in no foreign frame. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isId } from "../core/ids.ts";
import type { Scope } from "../core/model.ts";
import type { App } from "../http/app.ts";
import { fileServer } from "../http/site.ts";
import { PUBLIC_KEY } from "./authenticator.ts";
import type { CheckoutDeps } from "./deps.ts";
import { policyText, type Policy } from "./policy.ts";

export function pageRoutes(app: App, deps: CheckoutDeps): void {
  const files = fileServer(deps.pageFolder, "The checkout's page was not built. Run npm run build.");
  const send = (path: string, policy: Policy) => (request: FastifyRequest, reply: FastifyReply) =>
    files.send(request, reply, { path, headers: { ...always, "content-security-policy": policyText(policy) } });
  const options = { schema: { hide: true } };
  app.get<{ Params: { id: string } }>("/c/:id", options, async (request, reply) => {
    const { id } = request.params;
    const scope = isId("cs", id) ? await deps.flows.settings.checkoutScope(id) : null;
    return send("/c", { ...closed, fields: await fieldsOf(deps, scope) })(request, reply);
  });
  app.get<{ Querystring: { key?: string } }>("/embed", options, async (request, reply) => {
    const { key } = request.query;
    const { settings, clock } = deps.flows;
    const scope = typeof key === "string" && PUBLIC_KEY.test(key) ? await settings.publicKey(key, clock.now()) : null;
    const origins = scope === null ? [] : ((await settings.checkoutSettings(scope))?.origins ?? []);
    return send("/embed", { frames: origins, fields: await fieldsOf(deps, scope) })(request, reply);
  });
  app.get("/l/:token", options, send("/l", closed));
  app.get("/return", options, send("/return", closed));
  app.get("/checkout.js", options, send("/checkout.js", closed));
  app.get("/assets/*", options, (request, reply) => send(request.url.split("?", 1)[0]!, closed)(request, reply));
}

const closed: Policy = { frames: [], fields: [] };

/** Of the merchant's enabled accounts. A gateway that takes our own tokens needs no fields. */
async function fieldsOf({ flows, tokenizers }: CheckoutDeps, scope: Scope | null): Promise<Policy["fields"]> {
  if (scope === null) return [];
  // As they are now: a page keeps its policy until it is loaded again, and what it shows a moment later would be of other accounts.
  const { accounts } = await flows.settings.routesOf(scope, true);
  return [...new Set(accounts.map(({ connector }) => connector))].flatMap((connector) => {
    const { tokenize, fields } = tokenizers.get(connector) ?? {};
    return tokenize === undefined && fields ? [fields] : [];
  });
}

const always = {
  "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
};
