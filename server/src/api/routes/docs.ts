/** The documentation's site, as the build made it. */
import type { App } from "../../http/app.ts";
import { fileServer } from "../../http/site.ts";

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const headers = { "content-security-policy": POLICY };

/** @param folder where the build put the site */
export function docsRoutes(app: App, folder: string): void {
  const files = fileServer(folder, "The documentation was not built. Run npm run build.");
  for (const url of ["/docs", "/docs/*", "/llms.txt"]) {
    app.get(url, { schema: { hide: true }, config: { load: "list" } }, async (request, reply) => {
      const [path = ""] = request.url.split("?", 1);
      const isThere = path !== "/docs/" && (await files.has(path));
      const plain = withoutSlashes(path);
      if (!isThere && (await files.has(plain))) return reply.redirect(plain, 308);
      return files.send(request, reply, { path: isThere ? path : "", headers });
    });
  }
}

/** No expression: `/\/+$/` tries from each slash of a long row. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}
