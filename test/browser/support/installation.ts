/** The built program over a database of its own, as one process, and its first owner signed in to the dashboard. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { Merchant, type Keys } from "../../journeys/support/merchant.ts";
import { freePort } from "../../journeys/support/ports.ts";
import { launch } from "../../journeys/support/program.ts";
import { startReceiver } from "../../journeys/support/receiver.ts";
import { databaseServers } from "../../support/databases.ts";
import { migratedDatabase } from "../../support/migrated-database.ts";
import { watchFaults } from "../faults.ts";
import { openBrowser } from "../program.ts";
import { joinTeam } from "./dashboard.ts";

export interface Installation {
  readonly merchant: Merchant;
  readonly databaseUrl: string;
  /** Where its webhooks arrive, and are heard. */
  readonly hooksUrl: string;
  readonly owner: Page;
  /** `/{merchant}/{mode}/` with the dashboard's origin. */
  readonly base: string;
  /** Errors, words of the console and broken policies of all its pages. */
  readonly faults: string[];
  newPage(options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** @param browser where the program of the browser is @param settings of the environment, as a user would give them */
export async function openInstallation(browser: string | undefined, settings: Readonly<Record<string, string>>): Promise<Installation> {
  const stops: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  try {
    const home = mkdtempSync(join(tmpdir(), "tillway installation "));
    stops.push(() => rmSync(home, { recursive: true, force: true }));
    const database = await migratedDatabase(databaseServers()[0]!.url);
    stops.push(() => database.drop());
    const receiver = await startReceiver((response) => void response.writeHead(200).end("heard"));
    stops.push(() => receiver.close());
    const ports = { API_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()), DASHBOARD_PORT: String(await freePort()) };
    const own = { TILLWAY_HOME: join(home, "home"), DATABASE_URL: database.url, LOG_LEVEL: "warn" };
    const tillway = launch(["all", "--json"], { ...ports, ...own, ...settings });
    stops.push(() => tillway.stop("SIGKILL"));
    const [line] = await tillway.printed(/^\{.*"checkout_url".*\}$/m, 90_000);
    const facts = JSON.parse(line) as { url: string; test_keys: string; sign_in_url: string };
    const merchant = new Merchant(facts.url, JSON.parse(readFileSync(facts.test_keys, "utf8")) as Keys);
    const program = await openBrowser(browser!);
    stops.push(() => program.close());
    const faults: string[] = [];
    const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await program.newContext({ locale: "en-GB", timezoneId: "Asia/Kolkata", reducedMotion: "reduce", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      await watchFaults(page, faults);
      return page;
    };
    const owner = await newPage();
    const base = await joinTeam(owner, facts.sign_in_url);
    return { merchant, databaseUrl: database.url, hooksUrl: receiver.url, owner, base, faults, newPage, close };
  } catch (error) {
    await close();
    throw error;
  }
}
