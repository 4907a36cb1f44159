/** A shopper who is sent to the bank, and goes back, closes its page, cancels, or answers late: one charge or none, and never another word about it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openBrowser, programOf } from "./program.ts";
import { AMOUNT, CARD, press, reads, sees, tillOf, typeCard, typeVpa, type Till } from "./till.ts";

const program = needs("chromium", programOf("chromium"));

/** Tells how this page came to be shown: `true` if the browser had kept it as it was. */
const WATCH_SHOWN = "addEventListener('pageshow', ({ persisted }) => { globalThis.wasKept = persisted; });";

program.describe("one charge, whatever the shopper does at the bank", () => {
  const stops: (() => unknown)[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let till: Till;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    browser = await openBrowser(program.url!, true);
    stops.push(() => browser.close());
    till = tillOf(merchant, stage.sandboxUrl, browser);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const paid = (page: Page) => sees(page, "Payment successful");
  const approve = (page: Page): Promise<void> => page.getByRole("button", { name: "Complete authentication" }).click();

  /** A page that went to the bank, and the address of that. */
  async function atBank(more: object = {}): Promise<{ page: Page; order: string; url: string; bank: string }> {
    const { order, url } = await till.session(more);
    const page = await till.open(url);
    await page.addInitScript(WATCH_SHOWN);
    await page.reload();
    await typeCard(page, CARD.challenged);
    await press(page);
    await page.getByRole("button", { name: "Complete authentication" }).waitFor();
    return { page, order, url, bank: page.url() };
  }

  /** Not by Playwright's `goBack`: it waits for a page that is loaded. */
  async function back(page: Page): Promise<void> {
    await page.evaluate("void setTimeout(() => history.back())");
    await page.waitForURL(/\/c\/cs_/, { waitUntil: "commit" });
  }

  const wasKept = (page: Page): Promise<boolean> => page.evaluate("globalThis.wasKept");

  async function statuses(order: string): Promise<string[]> {
    return (await till.payments(order)).map(({ status }) => status as string).toSorted();
  }

  it("back from the bank's page, the checkout offers to go there again, and is paid then", async () => {
    const { page, order } = await atBank();
    await back(page);
    expect(await wasKept(page)).toBe(true);
    await sees(page, "Your bank asks for confirmation");
    await page.getByRole("button", { name: "Go to the bank" }).click();
    await approve(page);
    await paid(page);
    expect([await till.taken(order), await statuses(order)]).toEqual([[AMOUNT], ["succeeded"]]);
    await page.context().close();
  });

  it("out of the back/forward cache, the checkout shows what was answered at the bank in another tab", async () => {
    const { page, order, bank } = await atBank();
    const other = await page.context().newPage();
    await other.goto(bank);
    await approve(other);
    await waitFor("the order is paid", async () => (await merchant.get(`/v1/orders/${order}`)).json.status === "paid");
    await back(page);
    await paid(page);
    expect([await wasKept(page), await till.taken(order)]).toEqual([true, [AMOUNT]]);
    await page.context().close();
  });

  it("out of the back/forward cache, a form that was paid elsewhere meanwhile is a form no more", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await page.addInitScript(WATCH_SHOWN);
    await page.reload();
    await typeCard(page, CARD.approved);
    await page.goto(`${stage.sandboxUrl}/health`);
    const other = await till.open(url, page.context());
    await typeCard(other, CARD.approved);
    await press(other);
    await paid(other);
    await back(page);
    await paid(page);
    expect([await wasKept(page), await page.getByRole("button").count(), await till.taken(order)]).toEqual([true, 0, [AMOUNT]]);
    await page.context().close();
  });

  it("back from the shop's page after it is paid, the checkout says paid, and has no form", async () => {
    const { order, url } = await till.session({ return_url: `${stage.sandboxUrl}/health` });
    const page = await till.open(url);
    await typeCard(page, CARD.approved);
    await press(page);
    await page.getByRole("link", { name: "Return to Shop" }).click();
    await page.waitForURL(/payment_id=/);
    await back(page);
    await paid(page);
    expect(await till.taken(order)).toEqual([AMOUNT]);
    await page.context().close();
  });

  it("called off while it waits: the bank's page that was open before can't charge any more, and says so", async () => {
    const { page, order, bank } = await atBank();
    const open = await page.context().newPage();
    await open.goto(bank);
    await back(page);
    await page.getByRole("button", { name: "Cancel this payment" }).click();
    await reads(page, "The payment was cancelled. You have not been charged.");
    await approve(open);
    await reads(open, "This payment was called off. Nothing was charged.");
    expect([await till.taken(order), await statuses(order)]).toEqual([[], ["canceled"]]);
    // The order is free: another card, one charge.
    await typeCard(page, CARD.approved);
    await press(page);
    await paid(page);
    expect([await till.taken(order), await statuses(order)]).toEqual([[AMOUNT], ["canceled", "succeeded"]]);
    await page.context().close();
  });

  it("a cancel that comes after the bank has paid is told as such: all of it is given back, and the order can be paid", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    // Nobody can stop a request in a UPI app: the payer may approve it after all.
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await page.getByRole("button", { name: "Cancel this payment" }).click();
    await sees(page, "Cancelling …");
    await reads(page, "The cancel came too late: your bank had already paid. All of it has been given back");
    expect([await till.taken(order), await statuses(order)]).toEqual([[0], ["succeeded"]]);
    await page.reload();
    await typeCard(page, CARD.approved);
    await press(page);
    await paid(page);
    expect([(await till.taken(order)).toSorted(), (await merchant.get(`/v1/orders/${order}`)).json.status]).toEqual([[0, AMOUNT], "paid"]);
    await page.context().close();
  });

  it("a reload while it is being called off goes on saying so", async () => {
    const { order, url } = await till.session();
    const page = await till.open(url);
    await typeVpa(page, "processing@sandbox");
    await press(page);
    await page.getByRole("button", { name: "Cancel this payment" }).click();
    await sees(page, "Cancelling …");
    await page.reload();
    await sees(page, "Cancelling …");
    await reads(page, "The cancel came too late");
    expect(await till.taken(order)).toEqual([0]);
    await page.context().close();
  });

  it("has none of it stopped by the page's policy", () => {
    expect(till.faults).toEqual([]);
  });
});
