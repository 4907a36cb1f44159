// Which pages the site has: docs/navigation.json lists them in groups, in the order in which they are read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A page: its Markdown file (null: made by the build), its address on the site, its Markdown and its title.
 * @typedef {{ file: string | null, url: string, markdown: string, title: string }} Page
 * A group of the navigation. `more` are pages of the group that are too many to be listed on each page; `weight` is what a hit in the
 * group counts in a search, 1 if the list does not say it.
 * @typedef {{ title: string, pages: Page[], more: Page[], weight: number }} Group
 */

export const navigationFile = "docs/navigation.json";

/**
 * All groups with their pages. A page of docs/ that no group names gets into a group of its own, so that it is never lost; `npm run check`
 * asks for its place. @param {string} root @param {readonly Page[]} made pages that are made, by the name `made:…` of the list
 * @returns {{ groups: Group[], unlisted: string[], missing: string[] }}
 */
export function readPages(root, made) {
  const { groups: listed, notPages } = JSON.parse(readFileSync(join(root, navigationFile), "utf8"));
  const files = markdownFiles(root);
  const used = new Set(notPages);
  /** @type {string[]} */
  const missing = [];
  const pagesOf = (/** @type {string} */ name) => {
    if (name.startsWith("made:")) return made.filter(({ url }) => url.startsWith(`/docs/${name.slice("made:".length)}`));
    const found = name.endsWith("/*.md")
      ? files.filter((file) => file.startsWith(name.slice(0, -"*.md".length)) && !used.has(file))
      : [name];
    return found.flatMap((file) => {
      used.add(file);
      const page = pageOf(root, file);
      if (page === null) missing.push(file);
      return page ?? [];
    });
  };
  const groups = listed.map(
    (/** @type {{ title: string, pages: string[], more?: string[], weight?: number }} */ { title, pages, more = [], weight = 1 }) => ({
      title,
      weight,
      pages: pages.flatMap(pagesOf),
      more: more.flatMap(pagesOf),
    }),
  );
  const unlisted = files.filter((file) => !used.has(file));
  if (unlisted.length > 0) groups.push({ title: "More", pages: unlisted.flatMap(pagesOf), more: [], weight: 1 });
  return { groups, unlisted, missing };
}

/** `docs/recipes/refunds.md` is `/docs/recipes/refunds`, `sdk/README.md` is `/docs/sdk`, `CHANGELOG.md` is `/docs/changelog`. @param {string} file */
export function urlOf(file) {
  const name = file
    .replace(/^docs\//, "")
    .replace(/\.md$/, "")
    .replace(/(^|\/)(README|index)$/, "");
  const path = file.startsWith("docs/") ? name : name.toLowerCase();
  return path === "" ? "/docs" : `/docs/${path}`;
}

/** @param {string} root @param {string} file @returns {Page | null} */
function pageOf(root, file) {
  try {
    const markdown = readFileSync(join(root, file), "utf8");
    return { file, url: urlOf(file), markdown, title: titleOf(markdown) ?? file };
  } catch {
    return null;
  }
}

/** @param {string} markdown */
export function titleOf(markdown) {
  return /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll("`", "");
}

/** @param {string} root */
function markdownFiles(root) {
  const names = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return names
    .map((name) => `docs/${name.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".md"))
    .sort();
}
