// What the site is made of. It loads nothing of it: at each start this is all that runs.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Everything that the site is made of, as one hash: equal hashes make equal sites. @param {string} root */
export function inputsHash(root) {
  const hash = createHash("sha256");
  const here = import.meta.dirname;
  const sources = [...filesBelow(here), ...filesBelow(join(root, "docs")), join(root, "package-lock.json")];
  const { groups } = JSON.parse(readFileSync(join(root, "docs/navigation.json"), "utf8"));
  const outside = groups
    .flatMap((/** @type {{ pages: string[] }} */ { pages }) => pages)
    .filter((/** @type {string} */ name) => !/^(docs\/|made:)/.test(name));
  for (const file of [...sources, ...outside.map((/** @type {string} */ name) => join(root, name))]) {
    const body = readFileSync(file);
    hash.update(`${file.slice(root.length)} ${body.length}\n`).update(body);
  }
  return hash.digest("hex");
}

/** @param {string} folder */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
