// The site: pages, their Markdown twins, the reference, llms.txt and the files that search needs, as one map from address to bytes.
import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { render, twinOf, twinUrl } from "./markdown.mjs";
import { readPages } from "./pages.mjs";
import { referencePages } from "./reference.mjs";
import { notFoundHtml, pageHtml } from "./template.mjs";
import { hashOf, writeFiles } from "./write.mjs";

/**
 * @typedef {import("./write.mjs").ServedFile} SiteFile
 * @typedef {{ files: Map<string, SiteFile>, unlisted: string[], missing: string[] }} Site
 */

const html = "text/html; charset=utf-8";
const markdown = "text/markdown; charset=utf-8";
const json = "application/json; charset=utf-8";
const plain = "text/plain; charset=utf-8";
const script = "text/javascript; charset=utf-8";

/** What is served if nothing else has the address. */
export const notFoundUrl = "/docs/404";

/** @param {string} root @returns {Site} */
export function buildSite(root) {
  const { groups, unlisted, missing } = readPages(root, referencePages(root));
  const pages = groups.flatMap((group) => [...group.pages, ...group.more]);
  const data = dataFiles(root);
  const places = {
    pages: new Map(pages.flatMap(({ file, url }) => (file === null ? [] : [[file, url]]))),
    titles: new Map(pages.map(({ url, title }) => [url, title])),
    assets: new Map([...data.keys()].map((url) => [url.slice(1), url])),
  };
  const rendered = pages.map((page) => ({ page, content: render(page, places) }));
  const sections = groups.flatMap(({ pages, more, weight }) => {
    const urls = new Set([...pages, ...more].map(({ url }) => url));
    const own = rendered.filter(({ page }) => urls.has(page.url));
    return own.flatMap(({ content }) => content.sections.map((section) => ({ ...section, weight })));
  });
  /** @type {Map<string, SiteFile>} */
  const files = new Map(data);
  const hashed = (/** @type {string} */ name, /** @type {string} */ type, /** @type {string} */ body) => {
    const url = `/docs/assets/${name.replace(".", `.${hashOf(body)}.`)}`;
    files.set(url, { type, body, forever: true });
    return url;
  };
  const frame = {
    groups,
    style: hashed("site.css", "text/css; charset=utf-8", read("client/site.css")),
    script: hashed("site.js", script, read("client/site.js")),
    search: hashed("minisearch.js", script, miniSearch()),
    index: hashed("sections.json", json, JSON.stringify(sections)),
  };
  for (const { page, content } of rendered) {
    files.set(page.url, { type: html, body: pageHtml(frame, page, content) });
    files.set(twinUrl(page.url), { type: markdown, body: twinOf(page, places) });
  }
  files.set(notFoundUrl, { type: html, body: notFoundHtml(frame) });
  const list = llmsText(groups);
  for (const url of ["/llms.txt", "/docs/llms.txt"]) files.set(url, { type: plain, body: list });
  return { files, unlisted, missing };
}

/** @param {Site} site @param {string} folder @param {string} inputs its hash */
export function writeSite({ files }, folder, inputs) {
  writeFiles(files, folder, { inputs, notFound: notFoundUrl });
}

/** The document of the API, and the JSON Schemas of events. @param {string} root @returns {Map<string, SiteFile>} */
function dataFiles(root) {
  const events = readdirSync(join(root, "docs/events"), { recursive: true }).map((name) => `events/${String(name).replaceAll("\\", "/")}`);
  const names = ["openapi.json", ...events].filter((name) => name.endsWith(".json"));
  return new Map(names.map((name) => [`/docs/${name}`, { type: json, body: readFileSync(join(root, "docs", name), "utf8") }]));
}

/** For programs that read: a line per page, by the form of llmstxt.org. @param {readonly import("./pages.mjs").Group[]} groups */
function llmsText(groups) {
  const line = (/** @type {import("./pages.mjs").Page} */ page) => {
    const about = firstSentence(page.markdown);
    return `- [${page.title}](${twinUrl(page.url)})${about === "" ? "" : `: ${about}`}`;
  };
  const parts = groups.map(({ title, pages, more }) => `## ${title}\n\n${[...pages, ...more].map(line).join("\n")}`);
  const about = "One API in front of payment gateways, which never charges twice and can explain itself. The whole API: /docs/openapi.json";
  return `# Tillway\n\n> ${about}\n\n${parts.join("\n\n")}\n`;
}

/** @param {string} text */
function firstSentence(text) {
  const [paragraph = ""] = text.replace(/^# .*\n+/, "").split(/\n\s*\n/);
  if (!/^[A-Z`*]/.test(paragraph)) return "";
  const words = paragraph.replaceAll(/\s+/g, " ").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return /^.*?[.:](?=\s|$)/.exec(words)?.[0] ?? words;
}

/** The library of the search, as a module for browsers. */
function miniSearch() {
  return readFileSync(
    createRequire(import.meta.url)
      .resolve("minisearch")
      .replace(/cjs.index\.cjs$/, "es/index.js"),
    "utf8",
  ).replace(/^\/\/# sourceMappingURL=.*$/m, "");
}

/** @param {string} name */
function read(name) {
  return readFileSync(join(import.meta.dirname, name), "utf8");
}
