/** A payment by UPI without a UPI ID, on the real server with Razorpay's far side: the code and the link are shown, and whoever scans it has paid, once. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { qrOf } from "../../checkout/src/qr.ts";
import { createRazorpayFarSide, startGatewayServer } from "../../sandbox/src/index.ts";
import { createHttp } from "../../server/src/net/http.ts";
import { machineClock } from "../../server/src/system/clock.ts";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { openStage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { openBrowser, programOf } from "./program.ts";
import { AMOUNT, reads, sees, tillOf, type Till } from "./till.ts";

const program = needs("chromium", programOf("chromium"));
const credentials = { key_id: "rzp_test_codes", key_secret: "key-secret-of-codes", webhook_secret: "webhooks-of-codes" };
const customer = { email: "asha@example.com", phone: "+919999999999" };

program.describe("UPI by a code", () => {
  const stops: (() => unknown)[] = [];
  let browser: Browser;
  let merchant: Merchant;
  let till: Till;
  let farUrl: string;

  beforeAll(async () => {
    const port = await freePort();
    farUrl = `http://127.0.0.1:${port}`;
    const http = createHttp();
    stops.push(() => http.close());
    // Nobody pays by himself: the test says when the code is scanned.
    const far = createRazorpayFarSide({ clock: machineClock(), http, publicUrl: farUrl, upiAfterMs: 3_600_000 });
    stops.push(() => far.close());
    const server = await startGatewayServer(far, { port });
    stops.push(() => server.close());
    const stage = await openStage(databaseServers()[0]!.url, { RAZORPAY_URL: farUrl });
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    const { json } = await merchant.post("/v1/connector-accounts", { connector: "razorpay", name: "Razorpay", credentials });
    const { key_id, key_secret, webhook_secret: secret } = credentials;
    await control("/_webhooks", { key_id, key_secret, url: json.webhook_url, secret });
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    till = tillOf(merchant, stage.sandboxUrl, browser);
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const control = async (path: string, body?: object): Promise<Json> =>
    (await fetch(farUrl + path, body ? { method: "POST", body: JSON.stringify(body) } : {})).json();

  /** The shop's server asked for it: it knows the shopper's e-mail and phone, which this gateway wants. */
  async function waiting(): Promise<{ page: Page; order: string; url: string; link: string }> {
    const { order, url } = await till.session();
    const asked = { amount: AMOUNT, currency: "INR", method: "upi", upi: {}, order_id: order, customer, confirm: true };
    const { status, json } = await merchant.create(asked);
    expect([status, json.status, json.next_action?.type]).toEqual([201, "requires_action", "upi_intent"]);
    const page = await (await browser.newContext({ locale: "en-IN", viewport: { width: 400, height: 900 } })).newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => till.faults.push(error.message));
    page.on("console", (line) => line.type() === "error" && till.faults.push(line.text()));
    await page.goto(url);
    return { page, order, url, link: json.next_action.url };
  }

  /** In the payer's app. The link names the payment there. */
  const scan = (link: string): Promise<Json> => control(`/_payments/${new URL(link).searchParams.get("tr")}/approve`, {});
  /** By Razorpay's own books: what it holds of this payment. */
  const captured = async (link: string): Promise<number[]> => {
    const { payments } = await control("/_books");
    return payments.filter(({ id }: Json) => link.includes(id)).map((one: Json) => one.captured - one.refunded);
  };

  it("shows the code and the link of the payment, goes on when it is scanned, twice at that, and has charged once", async () => {
    const { page, order, link } = await waiting();
    await sees(page, "Scan to pay");
    expect(link).toMatch(/^upi:\/\/pay\?pa=.*&am=1299\.00&cu=INR&tr=pay_/);
    const code = page.getByRole("img", { name: "QR code of the UPI payment link" });
    expect(await code.locator("path").getAttribute("d")).toBe(qrOf(link).path);
    expect(await page.getByRole("link", { name: "Open a UPI app" }).getAttribute("href")).toBe(link);
    await page.reload();
    await sees(page, "Scan to pay");
    await Promise.all([scan(link), scan(link)]);
    await sees(page, "Payment successful");
    expect([await captured(link), (await merchant.get(`/v1/orders/${order}`)).json.status]).toEqual([[AMOUNT], "paid"]);
    await page.context().close();
  });

  it("scanned after it was called off, says that it came too late, and that all of it was given back", async () => {
    const { page, order, link } = await waiting();
    await page.getByRole("button", { name: "Cancel this payment" }).click();
    await sees(page, "Cancelling …");
    expect(await page.getByRole("link", { name: "Open a UPI app" }).count()).toBe(0);
    await scan(link);
    await reads(page, "The cancel came too late: your bank had already paid. All of it has been given back");
    expect([await captured(link), (await merchant.get(`/v1/orders/${order}`)).json.status]).toEqual([[0], "attempted"]);
    await page.context().close();
  });

  it("has none of it stopped by the page's policy", () => {
    expect(till.faults).toEqual([]);
  });
});
