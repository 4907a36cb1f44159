// The frame of each page.
import { escapeHtml } from "./highlight.mjs";
import { twinUrl } from "./markdown.mjs";

/** @typedef {import("./pages.mjs").Page} Page */
/** @typedef {import("./pages.mjs").Group} Group */
/** @typedef {{ groups: readonly Group[], style: string, script: string, search: string, index: string }} Frame addresses of the files that each page uses */

/** @param {Frame} frame @param {Page} page @param {import("./markdown.mjs").Rendered} content */
export function pageHtml(frame, page, { html, headings }) {
  const onPage = headings.filter(({ level }) => level === 2);
  return frameHtml(frame, page, {
    title: page.url === "/docs" ? "Tillway" : `${page.title} · Tillway`,
    head: `<link rel="alternate" type="text/markdown" href="${twinUrl(page.url)}">`,
    main: `<article>\n${html}${footer(frame, page)}</article>\n${onPage.length > 1 ? contents(onPage) : ""}`,
  });
}

/** @param {Frame} frame */
export function notFoundHtml(frame) {
  const main = '<article><h1>There is no such page</h1><p>Search above, or begin at <a href="/docs">the first page</a>.</p></article>';
  return frameHtml(frame, null, { title: "There is no such page · Tillway", head: '<meta name="robots" content="noindex">', main });
}

/** @param {Frame} frame @param {Page | null} page @param {{ title: string, head: string, main: string }} parts */
function frameHtml(frame, page, { title, head, main }) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${frame.style}">
${head}
<script type="module" src="${frame.script}"></script>
</head>
<body data-search="${frame.search}" data-index="${frame.index}">
<a class="skip" href="#content">To the content</a>
<header>
<a class="name" href="/docs">Tillway</a>
<form role="search" action="/docs" method="get">
<input type="search" id="query" name="q" placeholder="Search  /" aria-label="Search the documentation" autocomplete="off" spellcheck="false">
<div id="found" hidden></div>
<p id="count" class="unseen" role="status"></p>
</form>
<nav aria-label="Shortcuts">${shortcuts(frame.groups)}</nav>
</header>
<details class="menu"><summary>All pages</summary><nav aria-label="All pages, on a small screen">${navigation(frame.groups, page)}</nav></details>
<div class="columns">
<nav class="pages" aria-label="All pages">${navigation(frame.groups, page)}</nav>
<main id="content" tabindex="-1">
${main}
</main>
</div>
</body>
</html>
`;
}

/** @param {readonly Group[]} groups */
function shortcuts(groups) {
  const urls = new Set(groups.flatMap(({ pages }) => pages.map(({ url }) => url)));
  const wanted = Object.entries({ Quickstart: "/docs/quickstart", API: "/docs/api", Errors: "/docs/errors" });
  return wanted.flatMap(([title, url]) => (urls.has(url) ? [`<a href="${url}">${title}</a>`] : [])).join(" ");
}

/** @param {readonly Group[]} groups @param {Page | null} page */
function navigation(groups, page) {
  const item = (/** @type {Page} */ one) =>
    `<li><a href="${one.url}"${one.url === page?.url ? ' aria-current="page"' : ""}>${escapeHtml(one.title)}</a></li>`;
  return groups.map(({ title, pages }) => `<p>${escapeHtml(title)}</p><ul>${pages.map(item).join("")}</ul>`).join("");
}

/** @param {{ id: string, title: string }[]} headings */
function contents(headings) {
  const items = headings.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`);
  return `<nav class="contents" aria-label="On this page"><p>On this page</p><ul>${items.join("")}</ul></nav>`;
}

/** The pages before and after, and the page as Markdown. @param {Frame} frame @param {Page} page */
function footer({ groups }, page) {
  const pages = groups.flatMap((group) => group.pages);
  const at = pages.findIndex(({ url }) => url === page.url);
  const link = (/** @type {Page | undefined} */ one, /** @type {string} */ rel) =>
    one === undefined
      ? ""
      : `<a rel="${rel}" href="${one.url}">${rel === "prev" ? "← " : ""}${escapeHtml(one.title)}${rel === "next" ? " →" : ""}</a>`;
  const [before, after] = at === -1 ? [] : [pages[at - 1], pages[at + 1]];
  return `<footer>${link(before, "prev")}${link(after, "next")}<a class="twin" href="${twinUrl(page.url)}">This page as Markdown</a></footer>\n`;
}
