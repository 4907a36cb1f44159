import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSite } from "../site/build.mjs";
import { navigationFile } from "../site/pages.mjs";

/** @typedef {import("./lib.mjs").Problem} Problem */
/** @typedef {import("../site/build.mjs").SiteFile} SiteFile */

/** @type {import("./lib.mjs").Check} */
export const siteCheck = {
  name: "site",
  about:
    "the documentation as it is served: each page has its place, each link and anchor leads somewhere, nothing is inline or from elsewhere",
  run: async (root) => {
    const { files, unlisted, missing } = buildSite(root);
    const errors = join(root, "server/dist/core/errors.js");
    if (!existsSync(errors)) throw new Error("server/dist is missing: run npm run build");
    const { docUrlBase, errorTable, failureTable } = await import(pathToFileURL(errors).href);
    const docUrls = Object.keys({ ...errorTable, ...failureTable }).map((code) => docUrlBase + code);
    const problems = [
      ...unlisted.map((file) => ({
        file,
        line: 0,
        message: "is a page without a place in the navigation",
        cure: `Name it in ${navigationFile}.`,
      })),
      ...missing.map((file) => ({ file: navigationFile, line: 0, message: `names ${file}, which does not exist`, cure: "Take it out." })),
      ...siteProblems(files, docUrls),
    ];
    return { problems, note: `${[...files.values()].filter(isHtml).length} pages` };
  },
};

/**
 * @param {ReadonlyMap<string, SiteFile>} files of the site, by address @param {readonly string[]} promised addresses that others give out
 * @returns {Problem[]}
 */
export function siteProblems(files, promised) {
  const ids = new Map([...files].filter(([, file]) => isHtml(file)).map(([url, { body }]) => [url, idsOf(body)]));
  const broken = (/** @type {string} */ target, /** @type {string} */ from) => {
    const [path = "", anchor] = target.split("#");
    const url = path === "" ? from : (path.split("?")[0] ?? "");
    if (!files.has(url)) return `${target} leads nowhere`;
    return anchor === undefined || !ids.has(url) || ids.get(url)?.includes(anchor) ? null : `${target}: ${url} has no such anchor`;
  };
  const found = promised.map((target) => ({ from: "a doc_url", message: broken(target, "") }));
  for (const [url, file] of files) {
    if (isHtml(file)) for (const message of pageFaults(file.body, ids.get(url) ?? [])) found.push({ from: url, message });
    for (const target of targetsOf(file)) found.push({ from: url, message: broken(target, url) });
  }
  return found.flatMap(({ from, message }) =>
    message === null ? [] : [{ file: from, line: 0, message, cure: "Mend the document that it is made of." }],
  );
}

/** Links within the site: all of them, for those to elsewhere nobody can promise. @param {SiteFile} file */
function targetsOf(file) {
  const pattern = isHtml(file)
    ? /\s(?:href|src|action|data-search|data-index)="([^"]*)"/g
    : file.type.startsWith("text/markdown")
      ? /\]\(([^)\s]+)\)/g
      : null;
  if (pattern === null) return [];
  const text = isHtml(file) ? file.body : withoutCode(file.body);
  const targets = [...text.matchAll(pattern)].map(([, target = ""]) => target.replaceAll("&amp;", "&"));
  return targets.filter((target) => target.startsWith("#") || target.startsWith("/"));
}

/** @param {string} html @param {readonly string[]} ids */
function pageFaults(html, ids) {
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  const checks = /** @type {[RegExp, string][]} */ ([
    [/<[^>]+\sstyle="/, "has an inline style, which its policy forbids"],
    [/<style|<script(?![^>]*\ssrc=")|\son\w+="/, "has an inline script or style, which its policy forbids"],
    [/<(?:script|link|img|iframe)[^>]*\s(?:src|href)="(?:https?:)?\/\//, "loads something from elsewhere"],
    [/<a href="(?![a-z]+:|[#/])/, "has a link that is relative: its file is not on the site"],
  ]);
  return [
    ...checks.flatMap(([pattern, fault]) => (pattern.test(html) ? [fault] : [])),
    ...new Set(twice.map((id) => `has the id ${id} twice`)),
  ];
}

/** @param {string} html */
function idsOf(html) {
  return [...html.matchAll(/<[^>]+\sid="([^"]+)"/g)].map(([, id = ""]) => id);
}

/** @param {string} markdown */
function withoutCode(markdown) {
  return markdown.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`]*`/g, "");
}

/** @param {SiteFile} file */
function isHtml({ type }) {
  return type.startsWith("text/html");
}
