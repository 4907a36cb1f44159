import type { FarSide } from "@tillway/sandbox";
import type { Mount } from "../http/app.ts";

/** Where the all-in-one process shows the far side's own pages: a shopper's browser cannot reach into the process. */
export const SANDBOX_PREFIX = "/sandbox";
const FORM_MAX_BYTES = 1_024;

/** The challenge pages of the sandbox, under a prefix of the API's own address. Nothing else of the far side is reachable there. */
export function sandboxPages(farSide: FarSide): Mount {
  return (pages) => {
    pages.removeAllContentTypeParsers();
    pages.addContentTypeParser("*", { parseAs: "string", bodyLimit: FORM_MAX_BYTES }, (_request, body, done) => done(null, body));
    pages.route({
      method: ["GET", "POST"],
      url: `${SANDBOX_PREFIX}/challenges/*`,
      schema: { hide: true },
      handler: async (request, reply) => {
        const body = typeof request.body === "string" ? request.body : null;
        const shown = await farSide.handle({ method: request.method, path: request.url.slice(SANDBOX_PREFIX.length), headers: {}, body });
        return reply.code(shown.status).headers(shown.headers).send(shown.body);
      },
    });
  };
}
