// One hash of many files, by which a build sees that nothing has changed.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** @param {string} root @param {readonly string[]} folders with all below them but tests and what is made @param {readonly string[]} files below the root */
export function hashOfFiles(root, folders, files) {
  const hash = createHash("sha256");
  for (const file of [...folders.flatMap(filesBelow), ...files.map((name) => join(root, name))]) {
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
    .filter((file) => !/[\\/](dist|node_modules)[\\/]/.test(file))
    .sort();
}
