/**
 * How fast the checkout can be used on a slow phone: the real page and server, in a Chromium that is slowed down as docs/performance.md says.
 * Prints a table, and exits with 1 beyond a budget. Starts servers of its own and leaves nothing behind.
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { project } from "./build.mjs";
import { checkoutTable, verdictsOf, writeCheckout } from "./checkout-report.mjs";
import { loaderBytes, visit } from "./checkout-visit.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { openSide } from "./side.mjs";
import { startAll } from "./tillway.mjs";

const USAGE = `npm run bench:checkout -- [options]
  --runs N   visits of each page, each with an empty cache; the median counts (9)
  --write    puts the figures into docs/performance.md`;

/** English is in the page's own script; of the other languages the one that is read from right to left has most to do. */
const LOCALES = ["en", "ar"];

let values;
try {
  ({ values } = parseArgs({ options: { runs: { type: "string", default: "9" }, write: { type: "boolean" }, help: { type: "boolean" } } }));
  if (!/^[1-9]\d?$/.test(values.runs)) throw new Error("--runs is a number from 1 to 99");
} catch (error) {
  console.error(`bench: ${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

await runBench(async () => {
  const figures = await measure(Number(values.runs));
  const verdicts = verdictsOf(figures);
  console.log(`\n${checkoutTable(figures)}\n`);
  for (const { isMet, text } of verdicts) console.log(`${isMet ? "holds " : "MISSED"}  ${text}`);
  if (values.write) writeCheckout(figures, verdicts);
  if (verdicts.some(({ isMet }) => !isMet)) process.exitCode = 1;
});

async function measure(runs) {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium || command -v google-chrome || true"], { encoding: "utf8" }).trim();
  if (executablePath === "") throw new Error("there is no chromium and no google-chrome in PATH");
  console.log("starting PostgreSQL and Tillway");
  const side = await openSide("this build", project);
  atEnd(() => side.close());
  const { port, keys } = await startAll(side, { databaseUrl: await side.createDatabase("checkout") });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  atEnd(() => browser.close());
  const pages = LOCALES.map((locale) => ({ locale, visits: [] }));
  // In turn, so that a slow moment of the machine is not one language's. The first round only wakes everything.
  for (let run = 0; run <= runs; run++) {
    for (const { locale, visits } of pages) {
      const url = await newSession({ port, keys, locale });
      const seen = await visit(browser, { url, locale });
      if (run > 0) visits.push(seen);
    }
  }
  const loader = await loaderBytes(new URL(await newSession({ port, keys, locale: "en" })).origin);
  return { runs, pages, loader, browser: `Chromium ${browser.version()}` };
}

/** @returns the address of a checkout of its own: one order, one visit */
async function newSession({ port, keys, locale }) {
  const post = async (path, body) => {
    const headers = { "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  };
  const order = await post("/v1/orders", { amount: 1_299_00, currency: "INR" });
  return (await post("/v1/checkout/sessions", { order_id: order.id, locale })).url;
}
