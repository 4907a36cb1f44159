/** The checkout in the page of a shop, by the loader: the real page, API, worker and sandbox, and a shop at another origin. */
import type { Browser, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { Shopper } from "../journeys/support/shopper.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { watchFaults } from "./faults.ts";
import { openCheckoutShop } from "./checkout-shop.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the checkout in a shop's page", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let shop: string;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    const opened = await openCheckoutShop(stage.checkoutUrl, "127.0.0.1");
    stops.push(() => opened.close());
    shop = opened.url;
    const look = { name: "Chai & Chapters", color: "#ffe600", origins: [shop] };
    expect((await merchant.put("/v1/checkout/settings", look)).status).toBe(200);
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  /** @param withSecret false: the shop has the order's id only, as in `new PaymentGateway({ key, orderId }).open()` */
  async function open(mode: "modal" | "inline", withSecret = true): Promise<Opened> {
    const order: Json = (await merchant.post("/v1/orders", { amount: 45_00, currency: "USD" })).json;
    const page = await (await browser.newContext({ locale: "en", viewport: { width: 900, height: 800 } })).newPage();
    page.setDefaultTimeout(20_000);
    await watchFaults(page, faults);
    const secret = withSecret ? `&secret=${order.client_secret}` : "";
    await page.goto(`${shop}/?key=${merchant.keys.key}&order=${order.id}${secret}&mode=${mode}`);
    await page.getByRole("button", { name: "Buy" }).click();
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Pay $45.00" }).waitFor();
    return { page, frame, order: order.id };
  }

  async function typeCard(frame: FrameLocator, number: string): Promise<void> {
    await frame.getByLabel("Card number").fill(number);
    await frame.getByLabel("Expiry date").fill("12/34");
    await frame.getByLabel("Security code").fill("123");
    await frame.getByRole("button", { name: "Pay $45.00" }).click();
  }

  const log = (page: Page): Promise<string[]> => page.evaluate("window.heard");

  it.each(["modal", "inline"] as const)("pays %s, and the shop hears of it once", async (mode) => {
    const { page, frame, order } = await open(mode);
    await typeCard(frame, "4242 4242 4242 4242");
    await waitFor("the shop hears", async () => (await log(page)).length > 0);
    expect((await merchant.get(`/v1/orders/${order}`)).json.status).toBe("paid");
    expect((await log(page)).filter((line) => line !== "close")).toEqual(["success succeeded"]);
    await page.context().close();
  });

  it("opens the bank's page in a window by the shopper's click, says when it was closed, and goes on when it comes back", async () => {
    const { page, frame } = await open("modal");
    await typeCard(frame, "4000 0025 0000 3155");
    const first = page.waitForEvent("popup");
    await frame.getByRole("button", { name: "Go to the bank" }).click();
    await (await first).close();
    await frame.getByText("The bank's window was closed before the payment was confirmed.").waitFor();
    const second = page.waitForEvent("popup");
    await frame.getByRole("button", { name: "Open the bank's page again" }).click();
    await (await second).getByRole("button", { name: "Complete authentication" }).click();
    await waitFor("the shop hears", async () => (await log(page)).includes("success succeeded"));
    await page.context().close();
  });

  it("asks before what was typed is lost, and tells a decline when the shopper leaves", async () => {
    const { page, frame } = await open("modal");
    await typeCard(frame, "4000 0000 0000 9995");
    await frame.getByRole("heading", { name: "The payment was not completed" }).waitFor();
    expect(await log(page)).toEqual([]);
    await frame.getByRole("button", { name: "Close" }).click();
    await frame.getByRole("button", { name: "Stay" }).click();
    expect(await frame.getByLabel("Card number").inputValue()).toBe("4000 0000 0000 9995");
    await frame.getByRole("button", { name: "Close" }).click();
    await frame.getByRole("button", { name: "Leave" }).click();
    await page.locator("iframe").waitFor({ state: "detached" });
    expect(await log(page)).toEqual(["failure failed insufficient_funds", "close"]);
    await page.context().close();
  });

  it("pays without the client secret, by the name that shops know, through a decline and a challenge", async () => {
    const { page, frame, order } = await open("modal", false);
    await frame.getByRole("heading", { name: "Pay Chai & Chapters" }).waitFor();
    await typeCard(frame, "4000 0000 0000 9995");
    await frame.getByText("There is not enough money in the account.").waitFor();
    await typeCard(frame, "4000 0025 0000 3155");
    const bank = page.waitForEvent("popup");
    await frame.getByRole("button", { name: "Go to the bank" }).click();
    await (await bank).getByRole("button", { name: "Complete authentication" }).click();
    await waitFor("the shop hears", async () => (await log(page)).includes("success succeeded"));
    expect((await merchant.get(`/v1/orders/${order}`)).json.status).toBe("paid");
    await page.context().close();
  });

  it("shows to whoever has the order's id alone nothing of a payment that another page has begun", async () => {
    const { page, frame, order } = await open("inline", false);
    const secret = (await merchant.get(`/v1/orders/${order}`)).json.client_secret;
    const other = new Shopper(stage.checkoutUrl, merchant.keys.key, secret);
    const begun = await other.payByCard("4000002500003155");
    await other.until(begun.json.id, "requires_action");
    await typeCard(frame, "4242 4242 4242 4242");
    await frame.getByText("Another payment for this order is under way or has succeeded.").waitFor();
    expect(await frame.locator("body").textContent()).not.toContain("pay_");
    await page.context().close();
  });

  it("has none of it stopped by the pages' policies", () => {
    expect(faults).toEqual([]);
  });
});

interface Opened {
  readonly page: Page;
  readonly frame: FrameLocator;
  readonly order: string;
}
