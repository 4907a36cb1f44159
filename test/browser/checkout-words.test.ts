/** The checkout's words in each language, in each state, on the narrowest screen: none is cut off, none hangs out. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scenes } from "../../checkout/src/states.ts";
import { needs } from "../support/require-services.ts";
import { openFakeCheckout, type FakeCheckout } from "./fake-checkout.ts";
import { cutOff } from "./looks.ts";
import { openBrowser, programOf } from "./program.ts";
import { show } from "./scenes.ts";

const program = needs("chromium", programOf("chromium"));

/** What is longest in any language is longest in this one: each state is seen in it, and in the others those with most words. */
const PSEUDO = "en-XA";
const WORDY = /^(card-errors|slow|modal-leave|declined)$/;
const locales = readdirSync(join(import.meta.dirname, "../../checkout/src/locales")).map((file) => file.replace(".json", ""));
const cases = locales
  .filter((locale) => locale !== "en" && locale !== "ar")
  .map((locale) => ({ locale, shown: locale === PSEUDO ? scenes : scenes.filter(({ name }) => WORDY.test(name)) }));

program.describe("the checkout's words", () => {
  let browser: Browser;
  let fake: FakeCheckout;

  beforeAll(async () => {
    fake = await openFakeCheckout();
    browser = await openBrowser(program.url);
  });
  afterAll(async () => {
    await browser.close();
    await fake.close();
  });

  it.each(cases)("fit a screen of 320 px in $locale", { timeout: 240_000 }, async ({ locale, shown }) => {
    const found: string[] = [];
    for (const scene of shown) {
      const context = await browser.newContext({ locale, viewport: { width: 320, height: 640 }, reducedMotion: "reduce" });
      const { frame } = await show({ context, fake, faults: found }, scene, locale);
      found.push(...(await cutOff(frame)).map((fault) => `${scene.name}: ${fault}`));
      await context.close();
    }
    expect(found).toEqual([]);
  });
});
