// node scripts/count-tests.mjs REPORT EXIT_CODE: vitest's JSON report and exit code as {"passed", "failed", "skipped"}; each failure by name on standard error.
import { existsSync, readFileSync } from "node:fs";
import { countTests } from "./ci/counts.mjs";

const [file = "", code = "1"] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
const { counts, remarks } = countTests(report, Number(code));
for (const remark of remarks) console.error(`ci: ${remark}`);
console.log(JSON.stringify(counts));
