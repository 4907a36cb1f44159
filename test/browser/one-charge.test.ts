/** A shopper who presses twice, reloads, goes back, opens two tabs, loses the line: the sandbox's own books hold one charge, and the page says so. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openBrowser, programOf } from "./program.ts";
import { AMOUNT, CARD, PAY, press, reads, sees, tillOf, typeCard, typeVpa, type Till } from "./till.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("one charge, whatever the shopper does", () => {
  const stops: (() => unknown)[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let till: Till;

  beforeAll(async () => {
    // Long enough for a shopper to do something while the bank thinks.
    stage = await openStage(databaseServers()[0]!.url, { SANDBOX_DELAY_MS: "700" });
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    till = tillOf(merchant, stage.sandboxUrl, browser);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const paid = (page: Page) => sees(page, "Payment successful");
  const isPaid = (order: string) =>
    waitFor("the order is paid", async () => (await merchant.get(`/v1/orders/${order}`)).json.status === "paid", { timeoutMs: 30_000 });
  const newContext = (): Promise<BrowserContext> => browser.newContext({ locale: "en-IN", viewport: { width: 1000, height: 900 } });

  async function expectOneCharge(order: string): Promise<void> {
    expect([await till.taken(order), (await merchant.get(`/v1/orders/${order}`)).json.status]).toEqual([[AMOUNT], "paid"]);
  }

  it.each([
    ["a double click", (page: Page) => page.getByRole("button", { name: PAY }).dblclick()],
    [
      "five times Enter",
      async (page: Page) => {
        await page.getByLabel("Security code").focus();
        await Promise.all([1, 2, 3, 4, 5].map(() => page.keyboard.press("Enter")));
      },
    ],
    [
      "ten clicks by a script, in one turn",
      (page: Page) =>
        page.getByRole("button", { name: PAY }).evaluate((button) => {
          for (let n = 0; n < 10; n++) (button as unknown as { click(): void }).click();
        }),
    ],
  ])("%s makes one payment", async (_what, act) => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await typeCard(page, CARD.approved);
    await act(page);
    await paid(page);
    await expectOneCharge(order);
    expect(await till.payments(order)).toHaveLength(1);
    await page.context().close();
  });

  it("a reload while the request to pay is on its way finds the payment that it made", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    // It arrives, and the page that would hear the answer is gone.
    await page.route("**/v1/checkout/payments", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await waitFor("the payment is made", async () => (await till.payments(order)).length === 1);
    await page.reload();
    await reads(page, "Approve the request for ₹1,299.00 in your UPI app.");
    await paid(page);
    await expectOneCharge(order);
    await page.context().close();
  });

  it("three reloads while it is processed change nothing", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await typeVpa(page, "pending@sandbox");
    await press(page);
    for (let n = 0; n < 3; n++) {
      await sees(page, "Confirming your payment");
      await page.reload();
    }
    await paid(page);
    await expectOneCharge(order);
    await page.context().close();
  });

  it("the link opened again after it is paid says so, and has nothing to press", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await typeCard(page, CARD.approved);
    await press(page);
    await paid(page);
    const again = await page.context().newPage();
    await again.goto(url);
    await paid(again);
    expect(await again.getByRole("button").count()).toBe(0);
    await expectOneCharge(order);
    await page.context().close();
  });

  it.each([
    ["at the same moment", (one: Page, two: Page) => Promise.all([press(one), press(two)])],
    [
      "one after the other",
      async (one: Page, two: Page) => [await press(one), await sees(one, "Confirming your payment"), await press(two)],
    ],
  ])("two tabs that pay %s make one payment, and both show its end", async (_when, act) => {
    const { order, url } = await till.session();
    const context = await newContext();
    const [one, two] = [await till.open(url, context), await till.open(url, context)];
    await typeCard(one, CARD.approved);
    await typeVpa(two, "processing@sandbox");
    await act(one, two);
    await Promise.all([paid(one), paid(two)]);
    await expectOneCharge(order);
    await context.close();
  });

  it("the form that was left open in another tab says that it is paid, when it is pressed at last", async () => {
    const { order, url } = await till.session();
    const context = await newContext();
    const [one, two] = [await till.open(url, context), await till.open(url, context)];
    await typeCard(one, CARD.approved);
    await press(one);
    await paid(one);
    await typeCard(two, CARD.approved);
    await press(two);
    await paid(two);
    await expectOneCharge(order);
    await context.close();
  });

  it("a tab that calls the checkout off while another one pays shows that payment, and what becomes of it", async () => {
    const { order, url } = await till.session({ cancel_url: "https://shop.example/basket" });
    const context = await newContext();
    const [one, two] = [await till.open(url, context), await till.open(url, context)];
    await typeVpa(one, "processing@sandbox");
    await press(one);
    await sees(one, "Confirming your payment");
    await two.getByRole("button", { name: "Cancel" }).click();
    // Not "nothing was charged": the bank is at it.
    await sees(two, "Confirming your payment");
    await Promise.all([paid(one), paid(two)]);
    await expectOneCharge(order);
    await context.close();
  });

  it.each([
    ["before the request has left", "lost"],
    ["when it has arrived, before the answer", "carried out"],
  ])("offline %s, it says so, and asks again under the same key when the line is back", async (_when, how) => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    const keys: string[] = [];
    await page.route("**/v1/checkout/payments", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]!);
      if (keys.length > 1) return route.continue();
      if (how === "carried out") await route.fetch();
      await page.context().setOffline(true);
      await route.abort("internetdisconnected");
    });
    await typeCard(page, CARD.approved);
    await press(page);
    await sees(page, "You are offline");
    if (how === "carried out") await isPaid(order);
    expect(await till.payments(order)).toHaveLength(how === "carried out" ? 1 : 0);
    await page.context().setOffline(false);
    await paid(page);
    await expectOneCharge(order);
    expect([new Set(keys).size, (await till.payments(order)).length]).toEqual([1, 1]);
    await page.context().close();
  });

  it("offline while it is processed, it says so at once, and shows the end when the line is back", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await sees(page, "Confirming your payment");
    await page.context().setOffline(true);
    await sees(page, "You are offline");
    await isPaid(order);
    await page.context().setOffline(false);
    await paid(page);
    await expectOneCharge(order);
    await page.context().close();
  });

  it("a line that is dead without a word is noticed, and the end is shown all the same", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await page.clock.install();
    let streams = 0;
    // As a phone that has changed its network: no answer, no end, no error.
    await page.route("**/stream", (route) => (++streams === 1 ? undefined : route.continue()));
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await sees(page, "Confirming your payment");
    await isPaid(order);
    await page.clock.fastForward(60_000);
    await paid(page);
    await expectOneCharge(order);
    await page.context().close();
  });

  it("has none of it stopped by the page's policy", () => {
    expect(till.faults).toEqual([]);
  });
});
