/** A shopper who reloads the shop's page, closes the modal, opens two tabs of the shop, or closes the bank's window: one charge, or none. */
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openCheckoutShop } from "./checkout-shop.ts";
import { openBrowser, programOf } from "./program.ts";
import { AMOUNT, CARD, PAY, press, reads, sees, tillOf, typeCard, typeVpa, type Till } from "./till.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("one charge, whatever the shopper does in a shop's page", () => {
  const stops: (() => unknown)[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let till: Till;
  let shop: string;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url, { SANDBOX_DELAY_MS: "700" });
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    const opened = await openCheckoutShop(stage.checkoutUrl);
    stops.push(() => opened.close());
    shop = opened.url;
    expect((await merchant.put("/v1/checkout/settings", { name: "Chai & Chapters", origins: [shop] })).status).toBe(200);
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    till = tillOf(merchant, stage.sandboxUrl, browser);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const newContext = (): Promise<BrowserContext> => browser.newContext({ locale: "en-IN", viewport: { width: 900, height: 800 } });
  const newOrder = async (): Promise<Json> => (await merchant.post("/v1/orders", { amount: AMOUNT, currency: "INR" })).json;
  const heard = (page: Page): Promise<string[]> => page.evaluate("window.heard");
  const hears = (page: Page, line: string) =>
    waitFor(`the shop hears: ${line}`, async () => (await heard(page)).includes(line), { timeoutMs: 30_000 });

  async function visit(order: Json, context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => till.faults.push(error.message));
    page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && till.faults.push(line.text()));
    await page.goto(`${shop}/?key=${merchant.keys.key}&order=${order.id}&secret=${order.client_secret}&mode=modal`);
    return page;
  }

  async function buy(page: Page): Promise<FrameLocator> {
    await page.getByRole("button", { name: "Buy" }).click();
    return page.frameLocator("iframe");
  }

  async function expectOneCharge(order: string): Promise<void> {
    expect([await till.taken(order), (await merchant.get(`/v1/orders/${order}`)).json.status]).toEqual([[AMOUNT], "paid"]);
  }

  it("a double click in the modal makes one payment, and the shop hears of it once", async () => {
    const order = await newOrder();
    const page = await visit(order, await newContext());
    const frame = await buy(page);
    await typeCard(frame, CARD.approved);
    await frame.getByRole("button", { name: PAY }).dblclick();
    await hears(page, "success succeeded");
    await expectOneCharge(order.id);
    expect([await heard(page), (await till.payments(order.id)).length]).toEqual([["success succeeded"], 1]);
    await page.context().close();
  });

  it("the shop's page reloaded while it is processed shows that payment when the checkout is opened again", async () => {
    const order = await newOrder();
    const page = await visit(order, await newContext());
    const first = await buy(page);
    await typeVpa(first, "processing@sandbox");
    await press(first);
    await sees(first, "Confirming your payment");
    await page.reload();
    const second = await buy(page);
    await sees(second, "Confirming your payment");
    await hears(page, "success succeeded");
    await expectOneCharge(order.id);
    await page.context().close();
  });

  it("the modal closed while it is processed says first that the payment goes on, and is found again", async () => {
    const order = await newOrder();
    const page = await visit(order, await newContext());
    const first = await buy(page);
    await typeVpa(first, "processing@sandbox");
    await press(first);
    await sees(first, "Confirming your payment");
    await first.getByRole("button", { name: "Close" }).click();
    await reads(first, "Your payment is under way and may go on without this window.");
    await first.getByRole("button", { name: "Leave" }).click();
    await hears(page, "close");
    await page.locator("iframe").waitFor({ state: "detached" });
    const second = await buy(page);
    await sees(second, "Confirming your payment");
    await hears(page, "success succeeded");
    expect(await heard(page)).toEqual(["close", "success succeeded"]);
    await expectOneCharge(order.id);
    await page.context().close();
  });

  it("two tabs of the shop that pay at the same moment make one payment, and both hear that it is paid", async () => {
    const order = await newOrder();
    const context = await newContext();
    const [one, two] = [await visit(order, context), await visit(order, context)];
    const [left, right] = [await buy(one), await buy(two)];
    await typeCard(left, CARD.approved);
    await typeVpa(right, "processing@sandbox");
    await Promise.all([press(left), press(right)]);
    await Promise.all([hears(one, "success succeeded"), hears(two, "success succeeded")]);
    await expectOneCharge(order.id);
    await context.close();
  });

  it("offline in the modal while it is processed, the shop hears the end when the line is back", async () => {
    const order = await newOrder();
    const page = await visit(order, await newContext());
    const frame = await buy(page);
    await typeVpa(frame, "processing@sandbox");
    await press(frame);
    await sees(frame, "Confirming your payment");
    await page.context().setOffline(true);
    await sees(frame, "You are offline");
    await waitFor("the order is paid", async () => (await merchant.get(`/v1/orders/${order.id}`)).json.status === "paid", {
      timeoutMs: 30_000,
    });
    await page.context().setOffline(false);
    await hears(page, "success succeeded");
    await expectOneCharge(order.id);
    await page.context().close();
  });

  it("the bank's window closed, the page offers to go on or to cancel; after the cancel no window of the bank can charge", async () => {
    const order = await newOrder();
    const page = await visit(order, await newContext());
    const frame = await buy(page);
    await typeCard(frame, CARD.challenged);
    await press(frame);
    const popup = page.waitForEvent("popup");
    await frame.getByRole("button", { name: "Go to the bank" }).click();
    const window = await popup;
    await window.getByRole("button", { name: "Complete authentication" }).waitFor();
    const left = await page.context().newPage();
    await left.goto(window.url());
    await window.close();
    await reads(frame, "The bank's window was closed before the payment was confirmed. Nothing has been charged so far.");
    expect(await frame.getByRole("button", { name: "Open the bank's page again" }).count()).toBe(1);
    await frame.getByRole("button", { name: "Cancel this payment" }).click();
    await reads(frame, "The payment was cancelled. You have not been charged.");
    await left.getByRole("button", { name: "Complete authentication" }).click();
    await reads(left, "This payment was called off. Nothing was charged.");
    expect([await till.taken(order.id), await heard(page)]).toEqual([[], []]);
    await page.context().close();
  });

  it("has none of it stopped by the pages' policies", () => {
    expect(till.faults).toEqual([]);
  });
});
