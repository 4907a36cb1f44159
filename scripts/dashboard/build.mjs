// The dashboard's page as a map from address to file, and what it weighs.
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { viteConfig } from "./vite.mjs";

/** @typedef {import("../site/write.mjs").ServedFile} ServedFile */
/** @typedef {import("vite").Rolldown.OutputChunk} Chunk */

const types = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", html: "text/html; charset=utf-8" };

/**
 * Bytes gzip of all that is loaded before home shows, and of what each further route loads; and how many files home is, each of which is a
 * request. `test/browser/dashboard-routes.test.ts` counts what home asks the API for beside them.
 */
const budgets = { first: 138 * 1024, route: 40 * 1024, files: 6 };
const HOME = "routes/home/home.tsx";

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
  const packed = (/** @type {string} */ name) => gzipSync(files.get(name === "" ? "/" : `/${name}`)?.body ?? "", { level: 9 }).length;
  const { sizes, first } = weigh(chunks, String(files.get("/")?.body), packed);
  return { files, sizes, over: tooLarge(sizes, first) };
}

/**
 * The first route is what index.html names and home; a further one is what a page loads beside what index.html names.
 * @param {Chunk[]} chunks @param {string} html @param {(name: string) => number} packed
 */
function weigh(chunks, html, packed) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const base = new Set(["", ...[...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => String(name))]);
  const sum = (/** @type {Iterable<string>} */ names) => [...names].reduce((bytes, name) => bytes + packed(name), 0);
  /** @type {Record<string, string[]>} */
  const pages = {};
  for (const page of chunks.filter((chunk) => chunk.isDynamicEntry)) {
    const own = [...filesOf(page, byName, new Set())].filter((name) => !base.has(name));
    pages[page.facadeModuleId?.split("/dashboard/src/")[1] ?? page.fileName] = own;
  }
  const home = pages[HOME];
  if (home === undefined) throw new Error(`vite made no file of ${HOME}`);
  const first = [...base, ...home];
  const sizes = Object.fromEntries(Object.entries(pages).map(([page, own]) => [page, sum(own)]));
  return { first, sizes: { first: sum(first), ...sizes } };
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

/** @param {Record<string, number>} sizes @param {string[]} first */
function tooLarge(sizes, first) {
  const heavy = Object.entries(sizes).flatMap(([name, bytes]) => {
    const most = name === "first" ? budgets.first : budgets.route;
    return bytes > most ? [`${name} has ${bytes} bytes gzip, of ${most} that it may have`] : [];
  });
  const many = `home is ${first.length} files, of ${budgets.files} that it may be: ${first.join(", ")}`;
  return first.length > budgets.files ? [...heavy, many] : heavy;
}
