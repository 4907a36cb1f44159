/**
 * How fast the checkout can be used on a slow phone: the real page and server, in a Chromium that is slowed down as docs/performance.md says.
 * Prints a table, and exits with 1 beyond a budget. Starts servers of its own and leaves nothing behind.
 */
import { project } from "./build.mjs";
import { checkoutTable, verdictsOf, writeCheckout } from "./checkout-report.mjs";
import { openChromium } from "./chromium.mjs";
import { readRuns } from "./options.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { openSide } from "./side.mjs";
import { loaderBytes, visit } from "./slow-visit.mjs";
import { startAll } from "./tillway.mjs";

const USAGE = `npm run bench:checkout -- [options]
  --runs N   visits of each page, each with an empty cache; the median counts (9)
  --write    puts the figures into docs/performance.md`;

/** English is in the page's own script; of the other languages the one that is read from right to left has most to do. */
const LOCALES = ["en", "ar"];

const { runs, write } = readRuns(USAGE, "9", { write: { type: "boolean" } });

await runBench(async () => {
  const figures = await measure();
  const verdicts = verdictsOf(figures);
  console.log(`\n${checkoutTable(figures)}\n`);
  for (const { isMet, text } of verdicts) console.log(`${isMet ? "holds " : "MISSED"}  ${text}`);
  if (write) writeCheckout(figures, verdicts);
  if (verdicts.some(({ isMet }) => !isMet)) process.exitCode = 1;
});

async function measure() {
  const browser = await openChromium();
  console.log("starting PostgreSQL and Tillway");
  const side = await openSide("this build", project);
  atEnd(() => side.close());
  const { port, keys } = await startAll(side, { databaseUrl: await side.createDatabase("checkout") });
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
  return { runs, pages, loader, browser: browser.version };
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
