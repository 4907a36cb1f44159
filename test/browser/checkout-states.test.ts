/** Every state of the checkout's catalogue, in a browser: no fault that axe knows, nothing that the policy stops, nothing cut off or hidden. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scenes } from "../../checkout/src/states.ts";
import { sampleOr } from "../support/how-much.ts";
import { needs } from "../support/require-services.ts";
import { openFakeCheckout, type FakeCheckout } from "./fake-checkout.ts";
import { axeFaults, cutOff, smallTargets, walkByTab } from "./looks.ts";
import { openBrowser, programOf } from "./program.ts";
import { show } from "./scenes.ts";

/** `npm run screenshots` sets it. */
const pictures = process.env["SCREENSHOTS"];
const program = needs("chromium", programOf("chromium"));

const locales = ["en", "ar"] as const;
const schemes = ["light", "dark"] as const;
const allLooks = schemes.flatMap((colors) => ([1280, 360] as const).map((width) => ({ colors, width })));
const all = scenes.flatMap((scene) =>
  locales.map((locale) => ({ locale, name: scene.name, scene, looks: allLooks, zoomed: schemes as readonly ("light" | "dark")[] })),
);
/** Each state in one of the languages, with both colours and both widths, and zoomed in one of the colours. */
const sample = all
  .filter((_, n) => n % 4 === 0 || n % 4 === 3)
  .map((one, n) => ({
    ...one,
    looks: n % 2 === 0 ? [allLooks[0]!, allLooks[3]!] : [allLooks[1]!, allLooks[2]!],
    zoomed: [schemes[n % 2]!],
  }));
const cases = pictures === undefined ? sampleOr(sample, all) : all;
/** 1280 × 1024 px at a zoom of 400 %. */
const ZOOMED = { width: 320, height: 256 };

program.describe("the checkout in every state", () => {
  let browser: Browser;
  let fake: FakeCheckout;
  const faults: string[] = [];

  beforeAll(async () => {
    fake = await openFakeCheckout();
    browser = await openBrowser(program.url);
  });
  afterAll(async () => {
    await browser.close();
    await fake.close();
  });

  it.each(locales)("is a form that can be used after five requests to its own origin, and nothing moves then: %s", async (locale) => {
    const context = await browser.newContext({ locale, viewport: { width: 360, height: 800 } });
    const page = await context.newPage();
    const asked: { readonly url: string; readonly type: string }[] = [];
    page.on("request", (request) => asked.push({ url: request.url(), type: request.resourceType() }));
    await page.goto(fake.play(scenes[0]!, locale));
    await page.waitForSelector(`html[lang="${locale}"] [data-ready]`);
    expect(asked.map(({ url }) => new URL(url).origin).filter((origin) => origin !== fake.url)).toEqual([]);
    expect(asked.filter(({ type }) => type === "font")).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(await page.evaluate<number>(SHIFTS)).toBeLessThanOrEqual(0.02);
    await context.close();
  });

  it.each([
    ["slow", "This takes longer than usual"],
    ["away-processing", "We cannot reach the payment server"],
  ])("reads out what changes while a shopper waits: %s", async (name, title) => {
    const context = await browser.newContext({ locale: "en" });
    const { frame } = await show(
      { context, fake, faults },
      scenes.find((scene) => scene.name === name)!,
      "en",
    );
    expect(await frame.textContent('[aria-live="polite"] h2')).toBe(title);
    await context.close();
  });

  it("lets the shopper go at once, though nobody answers", async () => {
    const context = await browser.newContext({ locale: "en" });
    const { page, frame } = await show(
      { context, fake, faults },
      scenes.find(({ name }) => name === "modal-away")!,
      "en",
    );
    // Inside the page, since the frame that would answer goes away by it.
    await frame.evaluate(`setTimeout(() => document.querySelector(".close").click())`);
    await page.waitForSelector("iframe", { state: "detached", timeout: 1_000 });
    await context.close();
  });

  it.each(cases)(
    "$name in $locale has no fault for axe, shows where the focus is, and cuts nothing off",
    async ({ locale, scene, looks, zoomed }) => {
      const context = await browser.newContext({ locale, reducedMotion: "reduce" });
      const { page, frame } = await show({ context, fake, faults }, scene, locale);
      const found: string[] = [];
      for (const { colors, width } of looks) {
        const look = `${colors}, ${width}: `;
        await page.emulateMedia({ colorScheme: colors });
        await page.setViewportSize({ width, height: 900 });
        const wrong = [...(await axeFaults(frame)), ...(await cutOff(frame))];
        // The shop's page, with the checkout in it.
        if (frame !== page.mainFrame()) wrong.push(...(await axeFaults(page.mainFrame())), ...(await cutOff(page.mainFrame())));
        found.push(...wrong.map((fault) => look + fault));
        await picture(page, [scene.name, locale, colors, width].join("-"));
      }
      await page.setViewportSize(ZOOMED);
      for (const colorScheme of zoomed) {
        await page.emulateMedia({ colorScheme });
        const walked = await walkByTab(page, frame);
        found.push(...[...walked.faults, ...(await cutOff(frame))].map((fault) => `at 400 %, ${colorScheme}: ${fault}`));
      }
      found.push(...(await smallTargets(frame)));
      await context.close();
      expect([found, faults.splice(0)]).toEqual([[], []]);
    },
  );
});

/** Layout shifts from the first paint on. */
const SHIFTS = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})`;

/** Each state once, as most shoppers see it, and a few in other looks. */
function isKept(name: string): boolean {
  return (
    name.endsWith("-en-light-360") ||
    /^(card|card-filled|declined|success|modal|modal-leave|inline)-en-light-1280$/.test(name) ||
    /^(test-mode|upi-qr)-en-dark-1280$/.test(name) ||
    /^(card-errors|success|modal-leave)-ar-dark-360$/.test(name) ||
    /^card-ar-light-1280$/.test(name)
  );
}

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined || !(process.env["SCREENSHOTS_ALL"] !== undefined || isKept(name))) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
