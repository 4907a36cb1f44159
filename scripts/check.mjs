// All fast checks, one line each. `npm run check`, or `npm run check -- rings tidy` for some of them; --report FILE keeps the counts.
import { docsPathsCheck } from "./check/docs-paths.mjs";
import { driftCheck, schemaCheck } from "./check/drift.mjs";
import { openapiCheck } from "./check/openapi.mjs";
import { moneyCheck } from "./check/money.mjs";
import { namesCheck } from "./check/names.mjs";
import { ratioCheck } from "./check/ratio.mjs";
import { ringsCheck } from "./check/rings.mjs";
import { runAsked } from "./check/run.mjs";
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

await runAsked(process.cwd(), checks);
