/** The documentation's site, as the build made it. `site.json` says what is served at which address, so that no path is made of a request. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { codeOf, TillwayError } from "../../core/errors.ts";
import type { App } from "../../http/app.ts";

interface Site {
  /** What is sent for an address that there is not. */
  readonly notFound: string;
  readonly files: Readonly<Record<string, SiteFile>>;
}

interface SiteFile {
  /** In the folder of the site; named by the hash of its content. A compressed form is beside it. */
  readonly file: string;
  readonly type: string;
  /** Its address changes with its content. */
  readonly forever: boolean;
}

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** @param folder where the build put the site; read at the first request of a page, and kept: it is 1 MB at most */
export function docsRoutes(app: App, folder: string): void {
  const read = reader(folder);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const [path = ""] = request.url.split("?", 1);
    const site = await read.site();
    if (path !== "/docs/" && Object.hasOwn(site.files, path)) return sendFile(read, request, reply, site.files[path]!);
    const plain = withoutSlashes(path);
    if (Object.hasOwn(site.files, plain)) return reply.redirect(plain, 308);
    return sendFile(read, request, reply.status(404), site.files[site.notFound]!);
  };
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    try {
      return await answer(request, reply);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      // It was built again while this process runs: what we know of it is gone.
      read.forget();
      return answer(request, reply.status(200));
    }
  };
  for (const path of ["/docs", "/docs/*", "/llms.txt"]) app.get(path, { schema: { hide: true }, config: { load: "list" } }, handler);
}

/** No expression: `/\/+$/` tries from each slash of a long row. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

async function sendFile(read: Reader, request: FastifyRequest, reply: FastifyReply, found: SiteFile): Promise<FastifyReply> {
  const isPacked = acceptsGzip(request.headers["accept-encoding"]);
  const name = isPacked ? `${found.file}.gz` : found.file;
  const etag = `"${name}"`;
  reply.headers({
    "content-type": found.type,
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": found.forever ? "public, max-age=31536000, immutable" : "public, no-cache",
    vary: "accept-encoding",
    etag,
    ...(isPacked && { "content-encoding": "gzip" }),
  });
  if (reply.statusCode === 200 && isKnown(request.headers["if-none-match"], etag)) {
    return reply.status(304).removeHeader("content-type").removeHeader("content-encoding").send();
  }
  return reply.send(await read.file(name));
}

type Reader = ReturnType<typeof reader>;

function reader(folder: string) {
  let site: Promise<Site> | null = null;
  const files = new Map<string, Buffer>();
  return {
    /** Throws route_not_found if the site was not built. */
    async site(): Promise<Site> {
      try {
        return await (site ??= readFile(join(folder, "site.json"), "utf8").then((text) => JSON.parse(text) as Site));
      } catch {
        site = null;
        throw new TillwayError("route_not_found", { message: "The documentation was not built. Run npm run build." });
      }
    },
    forget(): void {
      site = null;
      files.clear();
    },
    async file(name: string): Promise<Buffer> {
      const known = files.get(name) ?? (await readFile(join(folder, name)));
      files.set(name, known);
      return known;
    },
  };
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return /(^|[\s,])gzip\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))/i.test(String(header ?? ""));
}

/** `If-None-Match`: a list of tags, weak or strong, or `*`. */
function isKnown(header: string | undefined, etag: string): boolean {
  return header !== undefined && (header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag));
}
