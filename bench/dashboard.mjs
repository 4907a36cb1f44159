/**
 * How soon the dashboard's first page after sign-in can be used on a slow line: the real page and server, in a Chromium that is slowed down
 * as docs/performance.md says. Prints a table, and exits with 1 beyond a budget. Starts servers of its own and leaves nothing behind.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { project } from "./build.mjs";
import { openChromium, pathOfChromium } from "./chromium.mjs";
import { median } from "./compare.mjs";
import { readRuns } from "./options.mjs";
import { atEnd, runBench } from "./processes.mjs";
import { openSide } from "./side.mjs";
import { visitSlowly } from "./slow-visit.mjs";
import { startAll } from "./tillway.mjs";

const USAGE = `npm run bench:dashboard -- [options]
  --runs N   visits, each with an empty cache; the median counts (5)`;

/** What the first page may take: the member of a visit, its name, and the most; null: it is only told. */
const budgets = [
  { of: "usableMs", name: "first page usable, ms", most: 1_500, digits: 0 },
  { of: "criticalBytes", name: "JS and CSS on the way, gzip, bytes", most: 138 * 1024, digits: 0 },
  { of: "foreign", name: "requests to other origins", most: 0, digits: 0 },
  { of: "blockedMs", name: "total blocking time, ms", most: null, digits: 0 },
  { of: "shift", name: "layout shift", most: null, digits: 3 },
  { of: "requests", name: "requests to a usable page", most: 14, digits: 0 },
];
/** Payments are in its table, and nothing waits for its figures. */
const READY = "main:has(h1):has(tr[data-row]):not(:has(.animate-pulse))";
const PRINTED_MS = 30_000;

const { runs } = readRuns(USAGE, "5");

await runBench(async () => {
  const visits = await measure();
  console.log("\n|  | budget | median (least to most) |\n| --- | --- | --- |");
  for (const { of, name, most, digits } of budgets) {
    const [least, middle, largest] = [Math.min, (...all) => median(all), Math.max].map((pick) => pick(...visits.map((one) => one[of])));
    console.log(`| ${name} | ${most ?? "-"} | ${middle.toFixed(digits)} (${least.toFixed(digits)} to ${largest.toFixed(digits)}) |`);
    if (most !== null && middle > most) process.exitCode = 1;
  }
  console.log(process.exitCode === 1 ? "\nMISSED" : "\nholds");
});

async function measure() {
  const browser = await openChromium();
  console.log("starting PostgreSQL and Tillway");
  const side = await openSide("this build", project);
  atEnd(() => side.close());
  const started = await startAll(side, { databaseUrl: await side.createDatabase("dashboard") });
  await makeSampleData(started);
  console.log(browser.version);
  const { url, kept } = await signedIn(await signInLink(started.logFile));
  const visits = [];
  // The first one only wakes everything.
  for (let run = 0; run <= runs; run++) {
    const page = await browser.newPage({ locale: "en-GB", width: 1280, height: 800, kept });
    const seen = await visitSlowly(page, { url, ready: READY, field: "[role=combobox]" });
    if (run > 0) visits.push(seen);
  }
  return visits;
}

async function makeSampleData({ port, keys }) {
  const headers = { "content-type": "application/json", "x-api-key": keys.key, "x-api-secret": keys.secret };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/sample-data`, { method: "POST", headers, body: "{}" });
  if (!answer.ok) throw new Error(`/v1/sample-data: ${answer.status} ${await answer.text()}`);
}

/** The program prints it once all of it listens. */
async function signInLink(logFile) {
  for (const endsAt = performance.now() + PRINTED_MS; performance.now() < endsAt; await sleep(50)) {
    const [, link] = /first sign-in: (\S+)/.exec(readFileSync(logFile, "utf8")) ?? [];
    if (link !== undefined) return link;
  }
  throw new Error(`no link for a first sign-in was printed:\n${readFileSync(logFile, "utf8").slice(-2_000)}`);
}

/** @returns the address of the home page, and what a browser keeps of who signed in */
async function signedIn(link) {
  const browser = await chromium.launch({ executablePath: pathOfChromium(), args: ["--no-sandbox", "--disable-gpu"] });
  atEnd(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(link);
  await page.getByLabel("Your name").fill("Asha Rao");
  await page.getByLabel("Choose a password").fill("a kettle that sings at dawn");
  await page.locator("button[type=submit]").click();
  await page.waitForURL(/\/test\/home/);
  // Where somebody was is known from the first page on that they were shown.
  await page.waitForSelector(READY, { state: "attached" });
  const found = { url: page.url(), kept: await page.context().storageState() };
  await browser.close();
  return found;
}
