/**
 * node scripts/count-tests.mjs REPORT EXIT_CODE: vitest's JSON report and exit code as {"passed", "failed", "skipped"}, remarks as lines of
 * standard error. With SECOND_REPORT SECOND_EXIT_CODE, the files of a second run take the place of their first results.
 * node scripts/count-tests.mjs --again REPORT: the files to run once more, a line each.
 */
import { existsSync, readFileSync } from "node:fs";
import { countTests, countWithSecondRun, filesToRunAgain } from "./ci/counts.mjs";

/** @param {string | undefined} file */
const read = (file) => (file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null);
const [first = "", ...others] = process.argv.slice(2);
if (first === "--again") {
  for (const file of filesToRunAgain(read(others[0]))) console.log(file);
} else {
  const [code = "1", secondFile, secondCode = "1"] = others;
  const second = read(secondFile);
  const { counts, remarks } =
    second === null ? countTests(read(first), Number(code)) : countWithSecondRun(read(first), second, Number(secondCode));
  for (const remark of remarks) console.error(`ci: ${remark}`);
  console.log(JSON.stringify(counts));
}
