/** One visit of a page with an empty cache, over a slow line and on a slow processor: of a checkout, or of any page. */
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** A middling phone on a poor mobile network: what Lighthouse calls slow 4G. */
export const SLOW = { downloadBits: 1_600_000, uploadBits: 750_000, roundTripMs: 150, cpu: 4 };

/** Tasks that run longer than this keep who looks at it waiting. */
const TASK_MS = 50;
/** After it is ready: what still runs or moves then counts as well. */
const SETTLE_MS = 1_500;
const PHONE = { width: 360, height: 760, scale: 2 };

/** @returns when the form could be used, what blocked and moved, and what was loaded for it */
export async function visit(browser, { url, locale }) {
  const page = await browser.newPage({ locale, ...PHONE });
  const ready = `html[lang="${locale}"] [data-ready]`;
  // It is usable if it can be typed into.
  return await visitSlowly(page, { url, ready, shown: "[data-ready]", field: "#card-number" });
}

/**
 * Visits an address in a page that is slowed down, and closes that.
 * @param ready a selector: what is there once the page can be used @param shown what is timed, if that is less
 * @param field the selector of what can be typed into then
 */
export async function visitSlowly(page, { url, ready, shown = ready, field }) {
  try {
    await slowDown(page);
    await page.before(`(${String(WATCH)})(${JSON.stringify({ taskMs: TASK_MS, shown })})`);
    await page.goto(url);
    await page.until(`globalThis.seen?.readyAt > 0 && document.querySelector(${JSON.stringify(ready)}) !== null`);
    await sleep(SETTLE_MS);
    await typeInto(page, field);
    const { readyAt, blockedMs, shift, openedAt } = await page.evaluate("({ ...seen, openedAt: performance.timeOrigin })");
    const before = page.requests.filter(({ sentAt }) => sentAt <= openedAt + readyAt);
    const bodies = await Promise.all(before.filter(({ type }) => type === "script" || type === "stylesheet").map(({ body }) => body()));
    return {
      usableMs: readyAt,
      blockedMs,
      shift,
      requests: before.length,
      criticalBytes: bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0),
      foreign: before.filter((one) => new URL(one.url).origin !== new URL(url).origin).length,
      fonts: before.filter(({ type }) => type === "font").length,
    };
  } finally {
    await page.close();
  }
}

/** Throws an Error if what is typed does not stand in the field. */
async function typeInto(page, field) {
  const found = `document.querySelector(${JSON.stringify(field)})`;
  await page.evaluate(`${found}.focus()`);
  await page.type("4242");
  const value = await page.evaluate(`${found}.value`);
  if (value !== "4242") throw new Error(`${field} has ${JSON.stringify(value)} after 4242 was typed`);
}

/** What a shop's page loads, compressed. */
export async function loaderBytes(origin) {
  const answer = await fetch(`${origin}/checkout.js`);
  if (!answer.ok) throw new Error(`${origin}/checkout.js: ${answer.status}`);
  return gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 9 }).length;
}

async function slowDown(page) {
  await page.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: SLOW.roundTripMs,
    downloadThroughput: SLOW.downloadBits / 8,
    uploadThroughput: SLOW.uploadBits / 8,
  });
  await page.send("Emulation.setCPUThrottlingRate", { rate: SLOW.cpu });
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
