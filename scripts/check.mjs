// All fast checks, one line each. `npm run check`, or `npm run check -- rings tidy` for some of them; --report FILE keeps the counts.
import { writeFileSync } from "node:fs";
import { docsPathsCheck } from "./check/docs-paths.mjs";
import { driftCheck, schemaCheck } from "./check/drift.mjs";
import { openapiCheck } from "./check/openapi.mjs";
import { moneyCheck } from "./check/money.mjs";
import { namesCheck } from "./check/names.mjs";
import { ratioCheck } from "./check/ratio.mjs";
import { ringsCheck } from "./check/rings.mjs";
import { runChecks } from "./check/run.mjs";
import { siteCheck } from "./check/site.mjs";
import { sqlCheck } from "./check/sql.mjs";
import { tidyCheck } from "./check/tidy.mjs";
import { formatCheck, lintCheck, typesCheck, unusedCheck } from "./check/tools.mjs";

// Types first: it makes the build that drift and docs read.
const checks = [
  typesCheck,
  lintCheck,
  formatCheck,
  ringsCheck,
  namesCheck,
  sqlCheck,
  moneyCheck,
  unusedCheck,
  tidyCheck,
  docsPathsCheck,
  siteCheck,
  driftCheck,
  schemaCheck,
  openapiCheck,
  ratioCheck,
];

const words = process.argv.slice(2);
const reportAt = words.indexOf("--report");
const [, reportFile] = reportAt === -1 ? [] : words.splice(reportAt, 2);
const unknown = words.filter((word) => !checks.some((check) => check.name === word));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(", ")}. There are: ${checks.map((check) => check.name).join(", ")}`);
  process.exit(2);
}

const chosen = words.length === 0 ? checks : checks.filter((check) => words.includes(check.name));
const counts = await runChecks(process.cwd(), chosen, (line) => console.log(line));
if (reportFile !== undefined) writeFileSync(reportFile, `${JSON.stringify(counts)}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
