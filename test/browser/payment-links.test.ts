/** A shopper who was sent a payment link: the real page, API, worker, PostgreSQL and sandbox, driven by labels and roles. */
import { encode } from "uqr";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Json } from "../journeys/support/merchant.ts";
import { linkDesk, type LinkDesk } from "../journeys/support/payment-links.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { watchFaults } from "./faults.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("a shopper with a payment link", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  const contexts: BrowserContext[] = [];
  let browser: Browser;
  let stage: Stage;
  let desk: LinkDesk;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    desk = linkDesk(stage, await stage.merchant());
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function open(made: Json, locale = "en-IN"): Promise<Page> {
    const context = await browser.newContext({ locale, viewport: { width: 390, height: 900 } });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await watchFaults(page, faults, "payment link");
    await page.goto(made.url);
    return page;
  }

  const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();
  const sees = (page: Page, heading: string): Promise<void> => page.getByRole("heading", { name: heading }).waitFor();

  async function payByCard(page: Page, button: string): Promise<void> {
    await page.getByLabel("Card number").fill("4242 4242 4242 4242");
    await page.getByLabel("Expiry date").fill("12/34");
    await page.getByLabel("Security code").fill("123");
    await press(page, button);
  }

  it("reads what it is for, goes on to the checkout, pays, and the next one finds it used up", async () => {
    const made = await desk.link({ amount: 1_299_00, uses: 1, description: "Pottery class" });
    const page = await open(made);
    await page.getByText("Pottery class").waitFor();
    await page.getByText("₹1,299.00", { exact: true }).waitFor();
    expect(await desk.rowsOf(made.id)).toEqual({ orders: 0, taken: 0 });
    await press(page, "Continue with ₹1,299.00");
    await page.waitForURL(/\/c\/cs_\w+$/);
    await page.getByText("Pottery class").waitFor();
    await payByCard(page, "Pay ₹1,299.00");
    await sees(page, "Payment successful");
    expect(await desk.shown(made.id)).toMatchObject({ status: "used_up", times_paid: 1 });
    const next = await open(made);
    await sees(next, "This has been paid already");
    expect(await next.getByRole("button").count()).toBe(0);
  });

  it("types an amount, is told its bounds, and pays what was typed", async () => {
    const made = await desk.link({ amount: undefined, open_amount: { minimum: 10_000, maximum: 5_000_000 } });
    const page = await open(made);
    await page.getByText("Between ₹100.00 and ₹50,000.00.").waitFor();
    for (const [typed, fault] of [
      ["", "Enter how much you want to pay."],
      ["99.99", "Enter ₹100.00 or more."],
      ["50,000.01", "Enter ₹50,000.00 or less."],
      ["12.345", "This is not an amount in this currency. Check the digits."],
    ] as const) {
      await page.getByLabel("Amount in INR").fill(typed);
      await press(page, /^Continue/);
      await page.getByText(fault).waitFor();
    }
    expect(await desk.rowsOf(made.id)).toEqual({ orders: 0, taken: 0 });
    await page.getByLabel("Amount in INR").fill("1,234.5");
    await press(page, "Continue with ₹1,234.50");
    await page.waitForURL(/\/c\/cs_\w+$/);
    await payByCard(page, "Pay ₹1,234.50");
    await sees(page, "Payment successful");
    expect(await desk.shown(made.id)).toMatchObject({ times_paid: 1 });
  });

  it.each([
    ["ar", "المبلغ بعملة KWD", "KWD", "١٢٫٥٠٠", 12_500],
    ["hi", "राशि INR में", "INR", "१,२३४.५०", 123_450],
    ["de", "Betrag in EUR", "EUR", "1.234,50", 123_450],
    ["ja", "金額（JPY）", "JPY", "１２３４", 1_234],
  ])("types digits and signs of their own language: %s", async (locale, label, currency, typed, amount) => {
    const made = await desk.link({ amount: undefined, currency, open_amount: {} });
    const page = await open(made, locale);
    await page.getByLabel(label).fill(typed);
    await page.locator("button[type=submit]").click();
    await page.waitForURL(/\/c\/cs_\w+$/);
    const orders = await waitFor("the order", async () => {
      const rows = await connect(stage.databaseUrl, (client) =>
        client.query("select amount::int4 as amount, currency from orders where payment_link_id = $1", [made.id]),
      );
      return rows.rows.length > 0 ? rows.rows : null;
    });
    expect(orders).toEqual([{ amount, currency }]);
  });

  it("starts with the amount that is suggested", async () => {
    const made = await desk.link({ amount: undefined, open_amount: { suggested: 50_000 } });
    const page = await open(made);
    await page.getByRole("button", { name: "Continue with ₹500.00" }).waitFor();
  });

  it("reads in a sentence that a link has expired, was switched off, or never was, and meets its end while the page is open", async () => {
    const [expired, off, open_] = [await desk.link(), await desk.link(), await desk.link()];
    await connect(stage.databaseUrl, (client) =>
      client.query("update payment_links set expires_at = now() - interval '1 minute' where id = $1", [expired.id]),
    );
    await sees(await open(expired), "This payment link has expired");
    await desk.deactivate(off.id);
    await sees(await open(off), "This payment link is switched off");
    await sees(await open({ ...off, url: `${stage.checkoutUrl}/l/00000000000000000000` }), "This link does not work");
    const page = await open(open_);
    await page.getByRole("button", { name: "Continue with ₹500.00" }).waitFor();
    await desk.deactivate(open_.id);
    await press(page, "Continue with ₹500.00");
    await sees(page, "This payment link is switched off");
  });

  it("is told at the form that somebody else is paying, and that somebody else has paid", async () => {
    const made = await desk.link({ uses: 1 });
    const page = await open(made);
    await press(page, "Continue with ₹500.00");
    const other = await desk.newShopper(made);
    const held = await other.payByCard("4000002500003155");
    await other.until(held.json.id, "requires_action");
    await payByCard(page, "Pay ₹500.00");
    await page.getByText("Somebody else is paying with this link at the moment.").waitFor();
    await other.post(`/payments/${held.json.id}/cancel`, {});
    await other.until(held.json.id, "canceled");
    await other.until((await other.payByCard("4242424242424242")).json.id, "succeeded");
    await press(page, "Pay ₹500.00");
    await sees(page, "This has been paid already");
  });

  it("comes back and presses again: one order, until that is paid", async () => {
    const made = await desk.link();
    const page = await open(made);
    await page.getByRole("button", { name: "Continue with ₹500.00" }).dblclick();
    await page.waitForURL(/\/c\/cs_\w+$/);
    const first = page.url();
    await page.goto(made.url);
    await press(page, "Continue with ₹500.00");
    await page.waitForURL(/\/c\/cs_\w+$/);
    expect([page.url(), (await desk.rowsOf(made.id)).orders]).toEqual([first, 1]);
    await payByCard(page, "Pay ₹500.00");
    await sees(page, "Payment successful");
    await page.goto(made.url);
    await press(page, "Continue with ₹500.00");
    await page.getByRole("button", { name: "Pay ₹500.00" }).waitFor();
    expect([page.url() === first, (await desk.rowsOf(made.id)).orders]).toEqual([false, 2]);
  });

  it("scans a code that is the link's address, dot by dot", async () => {
    const made = await desk.link();
    const context = await browser.newContext({ viewport: { width: 600, height: 600 } });
    contexts.push(context);
    const page = await context.newPage();
    const { data, size } = encode(made.url, { ecc: "M", border: 4 });
    const side = size * 10;
    // In a page of another origin, as a shop's would be.
    await page.setContent(`<body style="margin:0"><img src="${made.qr_url}" width="${side}" height="${side}">`);
    await page.waitForFunction("document.images[0].naturalWidth > 0");
    const picture = await page.screenshot({ clip: { x: 0, y: 0, width: side, height: side } });
    const dots = await page.evaluate<boolean[][]>(DOTS.replace("SIZE", String(size)).replace("PICTURE", picture.toString("base64")));
    expect(dots).toEqual(data);
  });
});

/** The picture as a browser paints it, read at the middle of each dot. */
const DOTS = `(async () => {
  const size = SIZE, scale = 10;
  const image = new Image();
  image.src = "data:image/png;base64,PICTURE";
  await image.decode();
  const canvas = new OffscreenCanvas(size * scale, size * scale);
  const paint = canvas.getContext("2d");
  paint.drawImage(image, 0, 0, size * scale, size * scale);
  const { data } = paint.getImageData(0, 0, size * scale, size * scale);
  const isDark = (x, y) => data[((y * scale + 5) * size * scale + x * scale + 5) * 4] < 128;
  return Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => isDark(x, y)));
})()`;
