// The dashboard's page as a map from address to file, and what it weighs.
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { viteConfig } from "./vite.mjs";

/** @typedef {import("../site/write.mjs").ServedFile} ServedFile */
/** @typedef {import("vite").Rolldown.OutputChunk} Chunk */

const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", html: "text/html; charset=utf-8" };

/** Bytes gzip: of all that is loaded before the first route shows, and of what each further route loads. */
const budgets = { first: 200 * 1024, route: 80 * 1024 };

/** @param {string} root @returns {Promise<{ files: Map<string, ServedFile>, over: string[], sizes: Record<string, number> }>} */
export async function buildDashboard(root) {
  const result = await build(viteConfig(root));
  const made = Array.isArray(result) ? result[0] : result;
  if (made === undefined || !("output" in made)) throw new Error("vite watches instead of building");
  /** @type {Map<string, ServedFile>} */
  const files = new Map();
  for (const one of made.output) {
    const body = one.type === "chunk" ? one.code : String(one.source);
    const type = types[/** @type {keyof typeof types} */ (one.fileName.split(".").at(-1))];
    if (type === undefined) throw new Error(`no content type for ${one.fileName}`);
    // The page answers for every address that is no file.
    if (one.fileName === "index.html") files.set("/", { type, body });
    else files.set(`/${one.fileName}`, { type, body, forever: true });
  }
  const chunks = made.output.filter((one) => one.type === "chunk");
  const sizes = weigh(chunks, (name) => gzipSync(files.get(`/${name}`)?.body ?? "", { level: 9 }).length);
  return { files, sizes, over: tooLarge(sizes) };
}

/**
 * The first route is the entry with what it imports and the largest of its pages; a further one is what a page loads beside the entry.
 * @param {Chunk[]} chunks @param {(name: string) => number} packed
 */
function weigh(chunks, packed) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const entry = chunks.find((chunk) => chunk.isEntry);
  if (entry === undefined) throw new Error("vite made no entry of dashboard/index.html");
  const base = filesOf(entry, byName, new Set());
  const sum = (/** @type {Iterable<string>} */ names) => [...names].reduce((bytes, name) => bytes + packed(name), 0);
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const page of chunks.filter((chunk) => chunk.isDynamicEntry)) {
    const own = [...filesOf(page, byName, new Set())].filter((name) => !base.has(name));
    sizes[page.facadeModuleId?.split("/dashboard/src/")[1] ?? page.fileName] = sum(own);
  }
  return { first: sum(base) + Math.max(0, ...Object.values(sizes)), ...sizes };
}

/** A chunk with all that it imports at once, and their styles. @param {Chunk} chunk @param {Map<string, Chunk>} byName @param {Set<string>} seen */
function filesOf(chunk, byName, seen) {
  if (seen.has(chunk.fileName)) return seen;
  seen.add(chunk.fileName);
  for (const style of chunk.viteMetadata?.importedCss ?? []) seen.add(style);
  for (const name of chunk.imports) {
    const imported = byName.get(name);
    if (imported !== undefined) filesOf(imported, byName, seen);
  }
  return seen;
}

/** @param {Record<string, number>} sizes */
function tooLarge(sizes) {
  return Object.entries(sizes).flatMap(([name, bytes]) => {
    const most = name === "first" ? budgets.first : budgets.route;
    return bytes > most ? [`${name} has ${bytes} bytes gzip, of ${most} that it may have`] : [];
  });
}
