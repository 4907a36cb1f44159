// Markdown as GitHub shows it, made into HTML that needs no inline style or script.
import { posix } from "node:path";
import MarkdownIt from "markdown-it";
import { escapeHtml, highlight } from "./highlight.mjs";

/** @typedef {import("./pages.mjs").Page} Page */
/**
 * What search finds: a heading, and the text below it.
 * @typedef {{ url: string, page: string, heading: string, text: string }} Section
 * @typedef {{ html: string, headings: { level: number, id: string, title: string }[], sections: Section[] }} Rendered
 */

/**
 * Where links lead: pages by their file, and other files that the site has, by the path in the repository.
 * @typedef {{ pages: ReadonlyMap<string, string>, assets: ReadonlyMap<string, string>, titles: ReadonlyMap<string, string> }} Places
 */

/** @param {Page} page @param {Places} places @returns {Rendered} */
export function render(page, places) {
  const markdown = createMarkdown();
  const env = {};
  const tokens = markdown.parse(withoutComments(page.markdown), env);
  /** @type {Rendered["headings"]} */
  const headings = [];
  /** @type {Section[]} */
  const sections = [{ url: page.url, page: page.title, heading: page.title, text: "" }];
  const ids = new Set();
  /** A row of a table that has an anchor of its own is found by itself. @type {Section | null} */
  let row = null;
  for (const [at, token] of tokens.entries()) {
    for (const [i, child] of (token.children ?? []).entries())
      if (child.type === "link_open") readdress(child, token.children?.[i + 1], { page, places });
    const anchor = token.type === "inline" && anchorIn(token);
    if (token.type === "heading_open") {
      const title = textOf(tokens[at + 1]);
      const id = freeId(slugOf(title), ids);
      const level = Number(token.tag.slice(1));
      token.attrSet("id", id);
      headings.push({ level, id, title });
      if (level > 1) sections.push({ url: `${page.url}#${id}`, page: page.title, heading: title, text: "" });
    } else if (anchor) {
      sections.splice(-1, 0, (row = { url: `${page.url}#${anchor}`, page: page.title, heading: textOf(token), text: "" }));
    } else if (token.type === "tr_close") row = null;
    else if (token.type === "inline" && tokens[at - 1]?.type !== "heading_open") addText(row ?? sections.at(-1), textOf(token));
    else if (token.type === "fence") addText(sections.at(-1), token.content);
  }
  return { html: markdown.renderer.render(tokens, markdown.options, env), headings, sections };
}

/** The Markdown that is served beside each page: links lead to the twins of their pages. @param {Page} page @param {Places} places */
export function twinOf(page, places) {
  return withoutComments(page.markdown).replaceAll(/(\]\()([^)\s]+)(\))/g, (whole, open, target, close) => {
    const { href } = resolve(target, page, places);
    if (href === undefined) return whole;
    const [path = "", anchor] = href.split("#");
    const twin = [...places.pages.values()].includes(path) ? twinUrl(path) : path;
    return `${open}${target.startsWith("#") ? target : `${twin}${anchor === undefined ? "" : `#${anchor}`}`}${close}`;
  });
}

/** @param {string} url of a page */
export function twinUrl(url) {
  return url === "/docs" ? "/docs/index.md" : `${url}.md`;
}

/** As GitHub makes them. @param {string} title */
export function slugOf(title) {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
}

function createMarkdown() {
  const markdown = new MarkdownIt({ html: true });
  const { rules } = markdown.renderer;
  // What is wider than the page scrolls by itself, and by the keyboard.
  rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
  rules.table_close = () => "</table></div>\n";
  rules.th_open = (tokens, at) => `<th${alignment(tokens[at])}>`;
  rules.td_open = (tokens, at) => `<td${alignment(tokens[at])}>`;
  // A long name in a narrow column breaks between its words.
  rules.code_inline = (tokens, at) => `<code>${escapeHtml(tokens[at]?.content ?? "").replaceAll(/_(?=\w)/g, "_<wbr>")}</code>`;
  rules.fence = (tokens, at) => {
    const { info, content } = tokens[at] ?? { info: "", content: "" };
    const [language = "", ...words] = info.trim().split(/\s+/);
    const code = `<div class="code">${captionOf(words)}<pre tabindex="0"><code>${highlight(content, language)}</code></pre></div>\n`;
    return language === "mermaid" ? `<details><summary>The chart as Mermaid text</summary>\n${code}</details>\n` : code;
  };
  return markdown;
}

/** From the words behind the language: `terminal-2` is where it runs, `output` what the block before it prints. @param {string[]} words */
function captionOf(words) {
  const terminal = words.find((word) => /^terminal-\d$/.test(word))?.replace("terminal-", "Terminal ");
  const text = words.includes("output") ? (terminal === undefined ? "Output" : `${terminal} shows`) : terminal;
  return text === undefined ? "" : `<p class="caption">${text}</p>`;
}

/** markdown-it writes it as a style, which the site's policy does not allow. @param {import("markdown-it").Token | undefined} token */
function alignment(token) {
  const align = /text-align:(right|center)/.exec(String(token?.attrGet("style") ?? ""))?.[1];
  return align === undefined ? "" : ` class="${align}"`;
}

/**
 * Leads to the page on the site. What the site does not have becomes plain text, and the name of a file the title of its page.
 * @param {any} token @param {any} label the token of its text @param {{ page: Page, places: Places }} where
 */
function readdress(token, label, { page, places }) {
  const { href, isOutside } = resolve(token.attrGet("href") ?? "", page, places);
  const title = places.titles.get(href?.split("#")[0] ?? "");
  if (title !== undefined && /^[\w./-]+(\.md|\/)$/.test(label?.content ?? "")) label.content = title;
  if (href === undefined) token.attrs = [["class", "nowhere"]];
  else token.attrSet("href", href);
  if (isOutside) token.attrSet("rel", "noopener noreferrer");
}

/** @param {string} target @param {Page} page @param {Places} places @returns {{ href: string | undefined, isOutside?: boolean }} */
function resolve(target, page, places) {
  if (/^[a-z]+:/i.test(target)) return { href: target, isOutside: true };
  if (target.startsWith("#") || target.startsWith("/docs") || page.file === null) return { href: target };
  const [path = "", anchor] = target.split("#");
  const file = posix.normalize(posix.join(posix.dirname(page.file), path)).replace(/\/$/, "");
  const url = places.pages.get(file) ?? places.pages.get(`${file}.md`) ?? places.pages.get(`${file}/README.md`) ?? places.assets.get(file);
  return { href: url === undefined ? undefined : anchor === undefined ? url : `${url}#${anchor}` };
}

/** @param {string} slug @param {Set<string>} taken */
function freeId(slug, taken) {
  let id = slug;
  for (let i = 1; taken.has(id); i++) id = `${slug}-${i}`;
  taken.add(id);
  return id;
}

/** Marks of generated blocks are for those who edit. @param {string} text */
function withoutComments(text) {
  return text.replaceAll(/^<!-- .* -->\n/gm, "");
}

/** @param {import("markdown-it").Token | undefined} token */
function textOf(token) {
  const parts = (token?.children ?? []).map(({ type, content }) =>
    type === "text" || type === "code_inline" ? content : type.endsWith("break") ? " " : "",
  );
  return parts.join("");
}

/** @param {Section | undefined} section @param {string} text */
function addText(section, text) {
  if (section !== undefined && text !== "") section.text += `${text} `;
}

/** @param {import("markdown-it").Token} token */
function anchorIn({ children }) {
  return (children ?? [])
    .map(({ type, content }) => (type === "html_inline" ? /^<a id="([^"]+)">/.exec(content)?.[1] : undefined))
    .find(Boolean);
}
