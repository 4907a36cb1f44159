/** Every page of the dashboard with something on it, and what opens on them: light and dark, wide and narrow. The built program with all kinds of records. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { addressOf } from "./filled-pages.ts";
import { openings } from "./dashboard-openings.ts";
import { faultsInEachLook } from "./looks.ts";
import { fill } from "./pictures-data.ts";
import { programOf } from "./program.ts";
import { openInstallation, type Installation } from "./support/installation.ts";

// Bounds for what hangs: five pages at once, of which each opens much, on a machine that has more to do.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 240_000 });

const program = needs("chromium", programOf("chromium"));
const table = "../../dashboard/src/routes.tsx";
type Listed = readonly { readonly path: string }[];
const { pages } = (await import(/* @vite-ignore */ table)) as { pages: Listed };

const ROW = "tr[data-row]";
/** What is there once a page has something on it; where nothing is said, a row of its table. */
const filledBy: Readonly<Record<string, string>> = {
  home: `${ROW} ~ ${ROW}`,
  analytics: "main svg, main canvas",
  invariants: "[data-invariant]",
  settings: "main input",
  routing: "main ol > li",
  requests: "main input",
  search: "[data-row]",
};

/** Pages of the table, and those where something opens that are not in it as they stand. */
const places = [
  ...pages.map(({ path }) => ({ at: path, path })),
  ...[...new Set(openings.map(({ at }) => at))].flatMap((at) => (pages.some(({ path }) => path === at) ? [] : [{ at, path: undefined }])),
];

/** A secret warns before it goes. */
async function closeAll(page: Page): Promise<void> {
  const isOpen = () => page.locator("dialog[open], [role=menu], [role=listbox], [role=group][aria-label='More filters']").count();
  await waitFor("all to be closed", async () => {
    if ((await isOpen()) === 0) return true;
    await page.keyboard.press("Escape");
    return false;
  });
}

program.describe("every page of a shop that has sold", () => {
  let shop: Installation;
  let storageState: Awaited<ReturnType<ReturnType<Installation["owner"]["context"]>["storageState"]>>;

  beforeAll(async () => {
    shop = await openInstallation(program.url, { SANDBOX_DELAY_MS: "50", SANDBOX_SUCCESS_RATE: "1" });
    await fill(shop);
    storageState = await shop.owner.context().storageState();
  });
  afterAll(() => shop?.close());

  /** All in one document, whose start costs as much as a look. */
  async function walk(at: string, path: string | undefined): Promise<string[]> {
    const page = await shop.newPage({ storageState });
    await page.goto(await addressOf(shop, at));
    await page.waitForSelector("h1");
    await page.waitForSelector("main .animate-pulse", { state: "detached" });
    const faults: string[] = [];
    if (path !== undefined) {
      await page.waitForSelector(filledBy[path] ?? (path.endsWith("/$id") ? "main section" : ROW));
      faults.push(...(await faultsInEachLook(page)));
    }
    for (const { what, open, widths } of openings.filter((opening) => opening.at === at)) {
      await page.setViewportSize({ width: widths?.[0] ?? 1280, height: 800 });
      const failed = (error: Error) => {
        throw new Error(`${what} does not open: ${error.message}`, { cause: error });
      };
      await open(page).catch(failed);
      faults.push(...(await faultsInEachLook(page, widths)).map((fault) => `${what}: ${fault}`));
      await closeAll(page);
    }
    await page.context().close();
    return faults;
  }

  // Several at once: one that waits for its answer leaves its time to the others.
  it.concurrent.each(places)("has no fault for axe at $at, nor in what opens there, and scrolls not sideways", async ({ at, path }) => {
    const faults = await walk(at, path);
    if (faults.length > 0) throw new Error(faults.join("\n"));
  });

  it("breaks no rule of its policy on the way", () => expect(shop.faults).toEqual([]));
});
