/** Pictures of every route of the dashboard in both looks, over the built program with something on each page. `npm run screenshots` takes them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { addressOf } from "./filled-pages.ts";
import { fill } from "./pictures-data.ts";
import { programOf } from "./program.ts";
import { openInstallation, type Installation } from "./support/installation.ts";

/** `npm run screenshots` sets them: where pictures go, and which pages are taken, as `settings,cases-one`; none is all. */
const folder = process.env["SCREENSHOTS"];
const only = (process.env["SCREENSHOTS_ONLY"] ?? "").split(",").filter((name) => name !== "");
const table = "../../dashboard/src/routes.tsx";
type Listed = readonly { readonly path: string; readonly signedIn?: boolean }[];
const { pages, plainPages } = (await import(/* @vite-ignore */ table)) as { pages: Listed; plainPages: Listed };

/** Also taken as narrow as a phone: those that people open most. */
const NARROW = new Set(["home", "payments", "payments/$id", "webhooks", "analytics", "/sign-in"]);
/** The look that was chosen stands on the screen. */
const PAINTED = "new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 250))";
const isWanted = (name: string): boolean => only.length === 0 || only.includes(name);
const program = needs("chromium", programOf("chromium"));

(folder === undefined ? describe.skip : program.describe)("the dashboard's pictures", () => {
  let shop: Installation;
  beforeAll(async () => {
    mkdirSync(join(folder!, "dashboard"), { recursive: true });
    shop = await openInstallation(program.url, { SANDBOX_DELAY_MS: "200", SANDBOX_SUCCESS_RATE: "1" });
  });
  afterAll(() => shop?.close());

  it("are of a shop that was just opened, and of one with something on each page", { timeout: 900_000 }, async () => {
    const { owner, base } = shop;
    await take(owner, `${base}home`, "home-fresh");
    await fill(shop);
    for (const { path } of pages) await take(owner, await addressOf(shop, path), path);
    await take(owner, `${base}settings?tab=general`, "settings-general");
    for (const { path } of plainPages.filter(({ signedIn }) => signedIn)) await take(owner, new URL(path, base).href, path);
    const nobody = await shop.newPage();
    for (const { path } of plainPages.filter(({ signedIn }) => !signedIn))
      await take(nobody, new URL(path === "/reset" ? `${path}#token` : path, base).href, path);
    await takeStepUp(owner);
    expect(shop.faults).toEqual([]);
  });

  async function take(page: Page, address: string, path: string): Promise<void> {
    const name = path.replace(/^\//, "").replace("/$id", "-one").replaceAll("/", "-");
    if (!isWanted(name)) return;
    await page.goto(address);
    await inEachLook(page, name, NARROW.has(path) ? [1280, 360] : [1280]);
  }

  /** What somebody is asked who signed in a while ago, over the page that they act on. */
  async function takeStepUp(page: Page): Promise<void> {
    if (!isWanted("step-up")) return;
    await connect(shop.databaseUrl, (sql) => sql.query("update person_sessions set confirmed_at = to_timestamp(0)"));
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${shop.base}keys`);
    await page.getByRole("button", { name: "Create key" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Till");
    await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
    await page.getByRole("dialog", { name: "Is it still you?" }).waitFor();
    await inEachLook(page, "step-up", [1280]);
  }

  async function inEachLook(page: Page, name: string, widths: readonly number[]): Promise<void> {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 800 : 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForSelector(`html[data-theme="${colorScheme}"]`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForSelector("main .animate-pulse", { state: "detached" });
        await page.evaluate(PAINTED);
        await page.screenshot({ path: join(folder!, "dashboard", `${name}-${colorScheme}${width === 360 ? "-360" : ""}.png`) });
      }
    }
  }
});
