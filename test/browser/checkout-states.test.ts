/** Every state of the checkout's catalogue, in a browser: no fault that axe knows, nothing that the policy stops, nothing cut off. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scenes, type Act, type Scene } from "../../checkout/src/states.ts";
import { needs } from "../support/require-services.ts";
import { openFakeCheckout, type FakeCheckout } from "./fake-checkout.ts";

/** `npm run screenshots` sets it. */
const pictures = process.env["SCREENSHOTS"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const program = needs("chromium", programOf("chromium"));

const locales = ["en", "ar"] as const;
const looks = (["light", "dark"] as const).flatMap((colors) => ([1280, 360] as const).map((width) => ({ colors, width })));
const cases = locales.flatMap((locale) => scenes.map((scene) => ({ locale, name: scene.name, scene })));

function programOf(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

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

  it.each(cases)("$name in $locale has no fault for axe, and cuts nothing off", async ({ locale, scene }) => {
    const context = await browser.newContext({ locale, reducedMotion: "reduce" });
    const page = await open(context, scene, locale);
    const found: string[] = [];
    for (const { colors, width } of looks) {
      await page.emulateMedia({ colorScheme: colors });
      await page.setViewportSize({ width, height: 900 });
      found.push(...(await axeFaults(page)).map((fault) => `${colors}, ${width}: ${fault}`));
      const sideways = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      if (sideways !== 0) found.push(`${width}: scrolls sideways by ${String(sideways)}`);
      await picture(page, [scene.name, locale, colors, width].join("-"));
    }
    await context.close();
    expect([found, faults]).toEqual([[], []]);
  });
});

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

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
