/** One visit of a page with an empty cache, over a slow line and on a slow processor: of a checkout, or of any page. */
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { atEnd } from "./processes.mjs";

/** A middling phone on a poor mobile network: what Lighthouse calls slow 4G. */
export const SLOW = { downloadBits: 1_600_000, uploadBits: 750_000, roundTripMs: 150, cpu: 4 };

/** Tasks that run longer than this keep who looks at it waiting. */
const TASK_MS = 50;
/** After it is ready: what still runs or moves then counts as well. */
const SETTLE_MS = 1_500;

/** The browser of this machine; it ends with the bench. Throws an Error with one line if there is none. */
export async function openChromium() {
  const executablePath = execFileSync("sh", ["-c", "command -v chromium || command -v google-chrome || true"], { encoding: "utf8" }).trim();
  if (executablePath === "") throw new Error("there is no chromium and no google-chrome in PATH");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  atEnd(() => browser.close());
  return browser;
}

/** @returns when the form could be used, what blocked and moved, and what was loaded for it */
export async function visit(browser, { url, locale }) {
  const context = await browser.newContext({ locale, viewport: { width: 360, height: 760 }, deviceScaleFactor: 2 });
  const ready = `html[lang="${locale}"] [data-ready]`;
  // It is usable if it can be typed into.
  return await visitSlowly(context, { url, ready, shown: "[data-ready]", use: (page) => page.fill("#card-number", "4242") });
}

/**
 * Visits a page in a browser that is slowed down, and closes that.
 * @param ready a selector: what is there once the page can be used @param shown what is timed, if that is less
 * @param use what somebody does then, which must be possible
 */
export async function visitSlowly(context, { url, ready, shown = ready, use }) {
  try {
    const page = await context.newPage();
    await slowDown(await context.newCDPSession(page));
    const loaded = record(page);
    await page.addInitScript(WATCH, { taskMs: TASK_MS, shown });
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForSelector(ready, { state: "attached", timeout: 30_000 });
    const until = loaded.length;
    await page.waitForTimeout(SETTLE_MS);
    await use(page);
    const { readyAt, blockedMs, shift } = await page.evaluate("seen");
    const before = loaded.slice(0, until);
    const bodies = await Promise.all(before.filter(({ type }) => type === "script" || type === "stylesheet").map(({ body }) => body()));
    return {
      usableMs: readyAt,
      blockedMs,
      shift,
      requests: before.length,
      criticalBytes: bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0),
      foreign: before.filter((one) => one.origin !== new URL(url).origin).length,
      fonts: before.filter(({ type }) => type === "font").length,
    };
  } finally {
    await context.close();
  }
}

/** What a shop's page loads, compressed. */
export async function loaderBytes(origin) {
  const answer = await fetch(`${origin}/checkout.js`);
  if (!answer.ok) throw new Error(`${origin}/checkout.js: ${answer.status}`);
  return gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 9 }).length;
}

async function slowDown(session) {
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: SLOW.roundTripMs,
    downloadThroughput: SLOW.downloadBits / 8,
    uploadThroughput: SLOW.uploadBits / 8,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW.cpu });
}

function record(page) {
  const loaded = [];
  page.on("request", (request) => {
    if (request.url().startsWith("data:")) return;
    const body = async () => (await request.response()).body();
    loaded.push({ type: request.resourceType(), origin: new URL(request.url()).origin, body });
  });
  return loaded;
}

/** In the page, before anything of it: what it is for is ready with the frame that paints it. */
function WATCH({ taskMs, shown }) {
  const seen = (globalThis.seen = { readyAt: null, blockedMs: 0, shift: 0 });
  const look = new MutationObserver(() => {
    if (document.querySelector(shown) === null) return;
    look.disconnect();
    requestAnimationFrame(() => setTimeout(() => (seen.readyAt = performance.now())));
  });
  look.observe(document, { childList: true, subtree: true });
  const watch = (type, add) => new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type, buffered: true });
  watch("longtask", ({ duration }) => (seen.blockedMs += Math.max(0, duration - taskMs)));
  watch("layout-shift", ({ value, hadRecentInput }) => (seen.shift += hadRecentInput ? 0 : value));
}
