// What the checkout's pages are made of. It loads nothing of it: at each start this is all that runs.
import { join } from "node:path";
import { hashOfFiles } from "../site/hash-files.mjs";

/** Where the code of the pages is. @param {string} root */
export const pageSources = (root) => [join(root, "checkout/src"), join(root, "sdk/src/browser")];

/** Everything that the pages are made of, as one hash. @param {string} root */
export function inputsHash(root) {
  const single = ["package-lock.json", "server/src/core/money.ts", "server/src/core/constants.ts", "scripts/site/write.mjs"];
  return hashOfFiles(root, [import.meta.dirname, ...pageSources(root)], single);
}
