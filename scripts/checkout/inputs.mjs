// What the checkout's pages are made of. It loads nothing of it: at each start this is all that runs.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the code of the pages is. @param {string} root */
export const pageSources = (root) => [join(root, "checkout/src"), join(root, "sdk/src/browser")];

/** Everything that the pages are made of, as one hash. @param {string} root */
export function inputsHash(root) {
  const hash = createHash("sha256");
  const folders = [import.meta.dirname, ...pageSources(root)];
  const single = ["package-lock.json", "server/src/core/money.ts", "server/src/core/constants.ts", "scripts/site/write.mjs"];
  for (const file of [...folders.flatMap(filesBelow), ...single.map((name) => join(root, name))]) {
    const body = readFileSync(file);
    hash.update(`${file.slice(root.length)} ${body.length}\n`).update(body);
  }
  return hash.digest("hex");
}

/** @param {string} folder */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(test|testing)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
