// What the dashboard's page is made of. It loads nothing of it: at each start this is all that runs.
import { join } from "node:path";
import { hashOfFiles } from "../site/hash-files.mjs";

/** Everything that the page is made of, as one hash. @param {string} root */
export function inputsHash(root) {
  const folders = [import.meta.dirname, join(root, "dashboard")];
  const single = ["package-lock.json", "server/src/core/money.ts", "server/src/core/constants.ts", "scripts/site/write.mjs"];
  return hashOfFiles(root, folders, single);
}
