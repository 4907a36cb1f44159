/** Our own process is killed with -9 while a shopper pays, and started again: the page goes on without a reload, and the bank has charged once. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Merchant, type Keys } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { launch, type Program } from "../journeys/support/program.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { needs } from "../support/require-services.ts";
import { openBrowser, programOf } from "./program.ts";
import { AMOUNT, CARD, press, sees, tillOf, typeCard, typeVpa, type Till } from "./till.ts";

const program = needs("chromium", programOf("chromium"));
/** A process that dies while it calls the bank leaves a lease that ends after 40 s; then the bank is asked. */
const LEASE_ENDS_WITHIN_MS = 90_000;
const LONG = { timeout: 3 * LEASE_ENDS_WITHIN_MS };
const AWAY = "We cannot reach the payment server";

/** A Tillway that may be killed, at a bank that does not fall with it, and a page at its checkout. */
interface Shop {
  readonly till: Till;
  start(): Promise<{ url: string; test_keys: string }>;
  /** kill -9, in the middle of whatever it does. */
  kill(): Promise<void>;
}

program.describe("one charge, although our process is killed", () => {
  const stops: (() => unknown)[] = [];
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(program.url!);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    await browser.close();
  });

  async function openShop(): Promise<Shop> {
    const home = mkdtempSync(join(tmpdir(), "tillway one charge "));
    stops.push(() => rmSync(home, { recursive: true, force: true }));
    const database = await migratedDatabase(databaseServers()[0]!.url);
    stops.push(() => database.drop());
    const [sandboxPort, apiPort, checkoutPort] = [await freePort(), await freePort(), await freePort()];
    const sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    const journal = join(home, "journal.jsonl");
    const bank = launch(["gateway", "sandbox", "--port", String(sandboxPort), "--journal", journal], { SANDBOX_DELAY_MS: "0" });
    stops.push(() => bank.stop());
    await bank.printed(/listens on/);
    const environment = {
      TILLWAY_HOME: join(home, "home"),
      DATABASE_URL: database.url,
      SANDBOX_URL: sandboxUrl,
      API_PORT: String(apiPort),
      CHECKOUT_PORT: String(checkoutPort),
      DASHBOARD_PORT: "0",
      LOG_LEVEL: "warn",
    };
    let tillway: Program | undefined;
    stops.push(() => tillway?.stop("SIGKILL"));
    const start = async () => {
      tillway = launch(["all", "--json"], environment);
      const [line] = await tillway.printed(/^\{.*"checkout_url".*\}$/m, 90_000);
      return JSON.parse(line) as { url: string; test_keys: string };
    };
    const kill = async () => {
      tillway!.process.kill("SIGKILL");
      await tillway!.ended;
    };
    const { url, test_keys: file } = await start();
    const merchant = new Merchant(url, JSON.parse(readFileSync(file, "utf8")) as Keys);
    return { till: tillOf(merchant, sandboxUrl, browser), start, kill };
  }

  /** Loaded once, and never again: what it shows at the end, it found by itself. */
  async function open(till: Till, url: string): Promise<Page> {
    const page = await till.open(url);
    page.setDefaultTimeout(LEASE_ENDS_WITHIN_MS);
    await page.evaluate("globalThis.isFirstLoad = true");
    return page;
  }

  async function expectPaidWithoutReload(till: Till, page: Page, order: string): Promise<void> {
    await sees(page, "Payment successful");
    expect([await page.evaluate("globalThis.isFirstLoad"), await till.taken(order), (await till.payments(order)).length]).toEqual([
      true,
      [AMOUNT],
      1,
    ]);
    await page.context().close();
  }

  // All wait for a lease to end, so they do it at once; each is at a shop of its own, since each kills it.
  it.concurrent("killed while the payment is processed, and started again, it shows the end", LONG, async () => {
    const { till, start, kill } = await openShop();
    const { order, url } = await till.session();
    const page = await open(till, url);
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await sees(page, "Confirming your payment");
    await kill();
    await sees(page, AWAY);
    await start();
    await expectPaidWithoutReload(till, page, order);
  });

  it.concurrent("killed between the click and the answer, the click is repeated under its key", LONG, async () => {
    const { till, start, kill } = await openShop();
    const { order, url } = await till.session();
    const page = await open(till, url);
    const keys: string[] = [];
    await page.route("**/v1/checkout/payments", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]!);
      if (keys.length > 1) return route.continue();
      // It is carried out, and the process dies before the page hears of it.
      await route.fetch();
      await kill();
      await route.continue();
    });
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await sees(page, AWAY);
    await start();
    await expectPaidWithoutReload(till, page, order);
    expect([keys.length > 1, new Set(keys).size]).toEqual([true, 1]);
  });

  it.concurrent("killed while a challenge waits, which is answered meanwhile, it shows that it is paid", LONG, async () => {
    const { till, start, kill } = await openShop();
    const { order, url } = await till.session();
    const first = await till.open(url);
    await typeCard(first, CARD.challenged);
    await press(first);
    const button = first.getByRole("button", { name: "Complete authentication" });
    await button.waitFor();
    // The checkout in another tab waits, and the bank's page stays open.
    const page = await first.context().newPage();
    page.setDefaultTimeout(LEASE_ENDS_WITHIN_MS);
    await page.goto(url);
    await page.evaluate("globalThis.isFirstLoad = true");
    await sees(page, "Your bank asks for confirmation");
    await kill();
    await sees(page, AWAY);
    // It sends the shopper back to us, who are not there: what it was told counts all the same.
    await Promise.all([first.waitForEvent("requestfailed"), button.click({ noWaitAfter: true })]);
    await start();
    await expectPaidWithoutReload(till, page, order);
  });
});
