/** Every state of the checkout's catalogue, in a browser: no fault that axe knows, nothing that the policy stops, nothing cut off. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scenes, type Act, type Scene } from "../../checkout/src/states.ts";
import { needs } from "../support/require-services.ts";
import { openFakeCheckout, type FakeCheckout } from "./fake-checkout.ts";
import { programOf } from "./program.ts";

/** `npm run screenshots` sets it. */
const pictures = process.env["SCREENSHOTS"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const program = needs("chromium", programOf("chromium"));

const locales = ["en", "ar"] as const;
const looks = (["light", "dark"] as const).flatMap((colors) => ([1280, 360] as const).map((width) => ({ colors, width })));
const cases = locales.flatMap((locale) => scenes.map((scene) => ({ locale, name: scene.name, scene })));

program.describe("the checkout in every state", () => {
  let browser: Browser;
  let fake: FakeCheckout;
  const faults: string[] = [];

  beforeAll(async () => {
    fake = await openFakeCheckout();
    browser = await chromium.launch({ executablePath: program.url, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => {
    await browser.close();
    await fake.close();
  });

  async function open(context: BrowserContext, scene: Scene, locale: string): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("pageerror", (error) => faults.push(`${scene.name}: ${error.message}`));
    page.on("console", (line) => {
      if (line.type() === "error" && !/Failed to load resource/.test(line.text())) faults.push(`${scene.name}: ${line.text()}`);
    });
    await page.clock.install({ time: new Date("2026-11-28T10:00:00Z") });
    await page.goto(fake.play(scene, locale));
    await page.waitForSelector(`html[lang="${locale}"]`);
    for (const act of scene.acts ?? []) await perform(page, act);
    await page.waitForSelector(`[data-screen="${scene.screen}"]`);
    if (scene.shows !== undefined) await page.waitForSelector(scene.shows, { state: "attached" });
    return page;
  }

  it.each(locales)("is a form that can be used after five requests to its own origin, and nothing moves then: %s", async (locale) => {
    const context = await browser.newContext({ locale, viewport: { width: 360, height: 800 } });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(fake.play(scenes[0]!, locale));
    await page.waitForSelector(`html[lang="${locale}"] [data-ready]`);
    expect(asked.map((url) => new URL(url).origin).filter((origin) => origin !== fake.url)).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(await page.evaluate<number>(SHIFTS)).toBeLessThanOrEqual(0.02);
    await context.close();
  });

  it.each(cases)("$name in $locale has no fault for axe, and cuts nothing off", async ({ locale, scene }) => {
    const context = await browser.newContext({ locale, reducedMotion: "reduce" });
    const page = await open(context, scene, locale);
    const found: string[] = [];
    for (const { colors, width } of looks) {
      await page.emulateMedia({ colorScheme: colors });
      await page.setViewportSize({ width, height: 900 });
      found.push(...(await axeFaults(page)).map((fault) => `${colors}, ${width}: ${fault}`));
      if ((await sidewaysBy(page)) !== 0) found.push(`${width}: scrolls sideways`);
      await picture(page, [scene.name, locale, colors, width].join("-"));
    }
    // 1280 px at a zoom of 400 %.
    await page.setViewportSize({ width: 320, height: 640 });
    if ((await sidewaysBy(page)) !== 0) found.push("at 400 %: scrolls sideways");
    found.push(...(await page.evaluate<string[]>(SMALL_TARGETS)).map((target) => `is hard to hit: ${target}`));
    await context.close();
    expect([found, faults]).toEqual([[], []]);
  });
});

/** Layout shifts from the first paint on. */
const SHIFTS = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})`;

async function perform(page: Page, act: Act): Promise<void> {
  if ("click" in act) await page.click(act.click);
  else if ("choose" in act) await page.selectOption(act.choose, act.option);
  else if ("passMs" in act) await page.clock.fastForward(act.passMs);
  else await page.fill(act.type, act.text);
}

async function axeFaults(page: Page): Promise<string[]> {
  // By the debugger, not by a tag: the page's policy stays as it is.
  await page.evaluate(axe);
  return page.evaluate<string[]>(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " at " + target + ": " + failureSummary)))`,
  );
}

/** Each state once, as most shoppers see it, and a few in other looks: all of them are 5 MB. */
function isKept(name: string): boolean {
  return (
    name.endsWith("-en-light-360") ||
    /^(card-filled|declined|success)-en-light-1280$/.test(name) ||
    /^(test-mode|upi-qr)-en-dark-1280$/.test(name) ||
    /^(card-errors|success)-ar-dark-360$/.test(name)
  );
}

function sidewaysBy(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** What a thumb must hit: 44 px high at least. A link in a sentence is as high as its line. */
const SMALL_TARGETS = `[...document.querySelectorAll("button, a.primary, a.secondary, input:not([type=radio]), select, .method-head, summary")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
  .map((one) => one.outerHTML.slice(0, 80) + " " + one.getBoundingClientRect().height)`;

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined || !(process.env["SCREENSHOTS_ALL"] !== undefined || isKept(name))) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
