import { isTest, listFiles, read } from "./lib.mjs";

/** For information: never fails. @type {import("./lib.mjs").Check} */
export const ratioCheck = {
  name: "ratio",
  about: "lines of tests for each line of code (information only)",
  run: async (root) => {
    const files = listFiles(root).filter((file) => /\.(ts|mjs|js)$/.test(file));
    const count = (/** @type {string[]} */ some) => some.reduce((sum, file) => sum + read(root, file).split("\n").length - 1, 0);
    const tests = count(files.filter((file) => isTest(file) || file.startsWith("test/")));
    const code = count(files.filter((file) => !isTest(file) && !file.startsWith("test/")));
    return { problems: [], note: `test ${tests} : code ${code} = ${(tests / Math.max(1, code)).toFixed(2)}` };
  },
};
