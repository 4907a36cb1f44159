/** Files as a build made them. `site.json` says what is served at which address, so that no path is made of a request. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { codeOf, TillwayError } from "../core/errors.ts";

interface Site {
  /** What is sent for an address that there is not. */
  readonly notFound: string;
  readonly files: Readonly<Record<string, SiteFile>>;
}

interface SiteFile {
  /** In the folder of the site; named by the hash of its content. Its gzip is beside it. */
  readonly file: string;
  readonly type: string;
  /** Its address changes with its content. Its brotli is beside it as well. */
  readonly forever: boolean;
}

/** How a request for a file is answered: which file, or where else to go, and the headers beside those of every file. */
interface Found {
  /** An address of the table. One that it lacks: nothing is there. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FileServer {
  /** Whether the build made a file for this address. Throws route_not_found if nothing was built. */
  has(path: string): Promise<boolean>;
  /** Sends the file of an address, or what is sent where nothing is. */
  send(request: FastifyRequest, reply: FastifyReply, found: Found): Promise<FastifyReply>;
}

/** A site that is built anew beside this process is served this much later. */
const LOOK_EVERY_MS = 1_000;

/**
 * @param folder where the build put the files; read at the first request of one, and kept until they are built anew: it is 1 MB at most
 * @param missing the message if there is none
 */
export function fileServer(folder: string, missing: string): FileServer {
  const read = reader(folder, missing);
  const answer = async (request: FastifyRequest, reply: FastifyReply, { path, headers }: Found): Promise<FastifyReply> => {
    const site = await read.site();
    if (Object.hasOwn(site.files, path)) return sendFile(read, request, reply.headers(headers), site.files[path]!);
    return sendFile(read, request, reply.headers(headers).status(404), site.files[site.notFound]!);
  };
  return {
    has: async (path) => Object.hasOwn((await read.site()).files, path),
    async send(request, reply, found) {
      try {
        return await answer(request, reply, found);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
        // It was built again while this process runs: what we know of it is gone.
        read.forget();
        return answer(request, reply.status(200), found);
      }
    },
  };
}

async function sendFile(read: Reader, request: FastifyRequest, reply: FastifyReply, found: SiteFile): Promise<FastifyReply> {
  const packing = packingFor(request.headers["accept-encoding"], found);
  const name = packing === null ? found.file : `${found.file}.${packing === "gzip" ? "gz" : packing}`;
  const etag = `"${name}"`;
  reply.headers({
    "content-type": found.type,
    "referrer-policy": "no-referrer",
    "cache-control": found.forever ? "public, max-age=31536000, immutable" : "public, no-cache",
    vary: "accept-encoding",
    etag,
    ...(packing !== null && { "content-encoding": packing }),
  });
  if (reply.statusCode === 200 && isKnown(request.headers["if-none-match"], etag)) {
    return reply.status(304).removeHeader("content-type").removeHeader("content-encoding").send();
  }
  return reply.send(await read.file(name));
}

type Reader = ReturnType<typeof reader>;

function reader(folder: string, missing: string) {
  const table = join(folder, "site.json");
  let site: Promise<Site> | null = null;
  let builtAt: number | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const files = new Map<string, Buffer>();
  const forget = (): void => {
    site = null;
    files.clear();
  };
  /** One question a second, however many ask. */
  const forgetOld = async (): Promise<void> => {
    const now = performance.now();
    if (now - lookedAt < LOOK_EVERY_MS) return;
    lookedAt = now;
    const { mtimeMs } = await stat(table);
    if (builtAt !== null && mtimeMs !== builtAt) forget();
    builtAt = mtimeMs;
  };
  return {
    /** Throws route_not_found if the site was not built. */
    async site(): Promise<Site> {
      try {
        await forgetOld();
        return await (site ??= readFile(table, "utf8").then((text) => JSON.parse(text) as Site));
      } catch {
        site = null;
        throw new TillwayError("route_not_found", { message: missing });
      }
    },
    forget,
    async file(name: string): Promise<Buffer> {
      const known = files.get(name) ?? (await readFile(join(folder, name)));
      files.set(name, known);
      return known;
    },
  };
}

/** The smallest form that is there and that the client takes. */
function packingFor(header: string | string[] | undefined, { forever }: SiteFile): "br" | "gzip" | null {
  const accepted = String(header ?? "");
  if (forever && accepts.br.test(accepted)) return "br";
  return acceptsGzip(accepted) ? "gzip" : null;
}

/** @param header `Accept-Encoding` */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  return accepts.gzip.test(String(header ?? ""));
}

/** Named, and not with a quality of 0. */
const accepts = {
  br: /(^|[\s,])br\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))/i,
  gzip: /(^|[\s,])gzip\s*(,|$|;(?!\s*q=0(\.0*)?\s*(,|$)))/i,
};

/** `If-None-Match`: a list of tags, weak or strong, or `*`. */
function isKnown(header: string | undefined, etag: string): boolean {
  return header !== undefined && (header.trim() === "*" || header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag));
}
