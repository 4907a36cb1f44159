/** The dashboard's own listener with all that is behind it, and people who come in as people do: by a link, or with a password. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { firstSignIn } from "../../../server/src/cli/first-owner.ts";
import { freePort } from "../../journeys/support/ports.ts";
import { openStage, type Stage, type StageMerchant } from "../../journeys/support/stage.ts";
import { databaseServers } from "../../support/databases.ts";
import { watchFaults } from "../faults.ts";
import { openBrowser } from "../program.ts";
import { openLine } from "./line.ts";

/** Of the link that a start prints. */
export const OWNER = "owner@merchant.example";
export const PASSWORD = "a kettle that sings at dawn";

export interface Dashboard {
  readonly url: string;
  readonly stage: Stage;
  readonly browser: Browser;
  readonly shop: StageMerchant;
  /** Errors, words of the console and broken policies of all its pages. */
  readonly faults: string[];
  /** Somebody's browser, which has never been there before. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** The link of the start, of the shop's first owner. */
  ownerLink(): Promise<string>;
  /** Nothing comes through between browsers and listener until it is put back. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

/** @param program where the browser is */
export async function openDashboard(program: string | undefined): Promise<Dashboard> {
  const stops: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  try {
    const port = await freePort();
    const stage = await openStage(databaseServers()[0]!.url, { DASHBOARD_PORT: String(port) });
    stops.push(() => stage.close());
    const app = stage.parts.dashboardApp();
    stops.push(() => app.close());
    const line = await openLine(app, port);
    stops.push(() => line.close());
    const shop = await stage.merchant();
    const browser = await openBrowser(program!);
    stops.push(() => browser.close());
    const faults: string[] = [];
    const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({
        locale: "en-GB",
        viewport: { width: 1280, height: 900 },
        reducedMotion: "reduce",
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      await watchFaults(page, faults);
      return page;
    };
    const ownerLink = async () => (await firstSignIn(stage.parts, shop.created.merchantId))!;
    return { url: `http://localhost:${port}`, stage, browser, shop, faults, newPage, ownerLink, cut: line.cut, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Somebody follows the link of an invitation and chooses a password. @returns `/{merchant}/{mode}/` with the dashboard's origin */
export async function joinTeam(page: Page, link: string, name = "Asha Rao"): Promise<string> {
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Choose a password").fill(PASSWORD);
  await page.locator("button[type=submit]").click();
  await page.waitForURL(/\/test\/home/);
  return page.url().replace(/home.*$/, "");
}

/** At the form that is shown. */
export async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail").fill(OWNER);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** What a page sends that changes something, as `POST /v1/refunds`. */
export function changesSentBy(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() !== "GET" && pathname.startsWith("/v1/")) sent.push(`${request.method()} ${pathname}`);
  });
  return sent;
}
