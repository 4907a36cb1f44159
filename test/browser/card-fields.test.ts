/** Card fields in a real browser: a shop's page, the real API, worker and PostgreSQL, and each gateway's far side with its own script and frame. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { STRIPE_PUBLISHABLE_KEY, type StripeFarSide } from "../../sandbox/src/index.ts";
import type { Merchant } from "../journeys/support/merchant.ts";
import type { Stage } from "../journeys/support/stage.ts";
import { textOfAllTables } from "../journeys/support/tables.ts";
import "../journeys/support/patience.ts";
import { needs } from "../support/require-services.ts";
import { only, openFarSides, razorpayKeys, stripeSecrets } from "./far-sides.ts";
import { openBrowser, programOf } from "./program.ts";
import { openShop, type Shop } from "./shop.ts";

/** Screenshots go there if it is set: for people who look. */
const screenshots = process.env["SCREENSHOTS"];

const program = needs("chromium", programOf("chromium"));
const cards = { approved: "4242424242424242", declined: "4000000000009995", challenged: "4000002760003184", real: "4539578763621486" };
const abroad = { approved: "4012888888881881", declined: "4000000000000002" };

program.describe("card fields in a browser", () => {
  const stops: (() => unknown)[] = [];
  /** What the browser sent, by origin. */
  const sent: { readonly origin: string; readonly text: string }[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let shop: Shop;
  let stripe: StripeFarSide;
  let stripeUrl: string;

  beforeAll(async () => {
    ({ stage, stripe, stripeUrl } = await openFarSides((stop) => stops.push(stop)));
    merchant = (await stage.merchant()).client;
    shop = await openShop(merchant);
    stops.push(() => shop.close());
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function open(path: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 480, height: 480 } });
    page.setDefaultTimeout(15_000);
    page.on("request", (request) =>
      sent.push({ origin: new URL(request.url()).origin, text: `${request.url()} ${request.postData() ?? ""}` }),
    );
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (line) => line.type() === "error" && !/status of 40[0-9]/.test(line.text()) && faults.push(line.text()));
    await page.goto(path);
    return page;
  }

  async function frameOf(page: Page): Promise<Frame> {
    await page.waitForSelector("#pay:not([disabled])");
    return page.frames().find((frame) => frame !== page.mainFrame())!;
  }

  async function type(fields: Frame, number: string): Promise<void> {
    await fields.fill("[name=number]", number);
    await fields.fill("[name=expiry]", "12 / 34");
    await fields.fill("[name=cvc]", "123");
  }

  async function outcome(page: Page): Promise<string> {
    await page.click("#pay");
    await page.waitForSelector("#status:not(:empty)");
    return (await page.textContent("#status"))!;
  }

  async function pay(number: string, name: string) {
    const { id, page: path } = await shop.checkout({ amount: 45_00, currency: "EUR" });
    const page = await open(path);
    const fields = await frameOf(page);
    await type(fields, number);
    await page.waitForSelector("#pay[data-complete=true]");
    const shown = await outcome(page);
    await look(page, name);
    // The frame's window is another origin's: what was typed can't be read from the page around it.
    expect(await page.evaluate(READS_THE_FRAME)).toMatch(/SecurityError|Blocked/);
    await page.close();
    return { id, shown };
  }

  /** The card is typed after confirm, into a window over the page. */
  async function payInWindow(number: string, name: string) {
    const { id, page: path } = await shop.checkout({ amount: 45_00, currency: "EUR" });
    const page = await open(path);
    await page.click("#pay");
    const fields = (await (await page.waitForSelector("iframe")).contentFrame())!;
    await type(fields, number);
    await look(page, name);
    await fields.click("button");
    await page.waitForSelector("#status:not(:empty)");
    const shown = (await page.textContent("#status"))!;
    await page.close();
    return { id, shown };
  }

  async function look(page: Page, name: string): Promise<void> {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  it("pay at the sandbox with a published test card, whose number leaves the browser for nowhere", async () => {
    await only(merchant, "sandbox");
    const approved = await pay(cards.approved, "sandbox-approved");
    expect([approved.shown, (await merchant.payment(approved.id)).card]).toEqual(["succeeded", { network: "visa", last4: "4242" }]);
    expect((await pay(cards.declined, "sandbox-declined")).shown).toBe("insufficient_funds");
    const refused = await pay(cards.real, "sandbox-refused");
    expect([refused.shown, (await merchant.payment(refused.id)).status]).toEqual(["FieldsError: test_card_required", "created"]);
    expect(sent.filter(({ text }) => Object.values(cards).some((number) => text.includes(number)))).toEqual([]);
  });

  it("pay at Stripe with a token of Stripe's own script, at the account that made it", async () => {
    const account = await only(merchant, "stripe", { ...stripeSecrets, publishable_key: STRIPE_PUBLISHABLE_KEY });
    const approved = await pay(cards.approved, "stripe-approved");
    const payment = await merchant.payment(approved.id);
    expect([approved.shown, payment.attempts[0].account_id]).toEqual(["succeeded", account]);
    expect(stripe.books().at(-1)).toMatchObject({ status: "succeeded", captured: 45_00 });
    expect((await pay(cards.declined, "stripe-declined")).shown).toBe("insufficient_funds");
    expect((await pay(cards.real, "stripe-refused")).shown).toBe("FieldsError: card_declined");
    // The number did leave the browser, for Stripe.
    const numbers = sent.filter(({ text }) => text.includes(cards.approved));
    expect(numbers.map(({ origin }) => origin)).toEqual([stripeUrl]);
  });

  it("lead through 3-D Secure and back to the shop", async () => {
    const { id, page: path } = await shop.checkout({ amount: 45_00, currency: "EUR" });
    const page = await open(path);
    await type(await frameOf(page), cards.challenged);
    await page.click("#pay");
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.waitForURL(`${shop.url}/back**`);
    expect((await merchant.until(id, "succeeded")).amount_captured).toBe(45_00);
    await page.close();
  });

  it("pay in Razorpay's own window, and what it signed is checked before Razorpay is asked", async () => {
    await only(merchant, "razorpay", { ...razorpayKeys, key_id: "rzp_test_browser" });
    const approved = await payInWindow(abroad.approved, "razorpay-approved");
    expect([approved.shown, (await merchant.payment(approved.id)).amount_captured]).toEqual(["succeeded", 45_00]);
    const declined = await payInWindow(abroad.declined, "razorpay-declined");
    expect(declined.shown).toBe("failed");
    // The browser's word is none: the payment fails because Razorpay says so.
    expect((await merchant.until(declined.id, "failed")).error.decline_code).toBe("card_declined");
  });

  it("believe no success that Razorpay did not sign for this payment", async () => {
    const { id } = await shop.checkout({ amount: 45_00, currency: "EUR" });
    const { token, account } = { token: "razorpay_checkout", account: (await merchant.get(`/v1/payments/${id}/card-fields`)).json.account };
    const { json } = await merchant.post(`/v1/payments/${id}/confirm`, { method: "card", card: { token, account } });
    expect([json.status, json.next_action.type, Object.keys(json.next_action.values).toSorted()]).toEqual([
      "requires_action",
      "card_fields",
      ["key_id", "order_id", "tillway_account", "tillway_capture", "tillway_key"],
    ]);
    const forged = {
      razorpay_payment_id: "pay_forged",
      razorpay_order_id: json.next_action.values.order_id,
      razorpay_signature: "0".repeat(64),
    };
    const answer = await merchant.post(`/v1/payments/${id}/returned`, { proof: forged });
    expect([answer.status, answer.json.error.param, (await merchant.payment(id)).status]).toEqual([422, "proof", "requires_action"]);
  });

  it("let no number and no secret out: not to the shop, not to Tillway, not into its database or log", async () => {
    const all = [...shop.seen, ...stage.log, await textOfAllTables(stage.databaseUrl)].join("\n");
    const ours = sent.filter(({ origin }) => origin === shop.url || origin === stage.url).map(({ text }) => text);
    // What was looked through holds what it should.
    expect(all).toContain("card_fields");
    expect(ours.join("\n")).toContain("pm_");
    for (const number of [...Object.values(cards), ...Object.values(abroad)])
      expect([all.includes(number), ours.join("\n").includes(number)], number).toEqual([false, false]);
    const offers = shop.seen.filter((text) => text.includes('"card_fields"')).join("\n");
    expect(offers).toContain(STRIPE_PUBLISHABLE_KEY);
    for (const secret of [...Object.values(stripeSecrets), ...Object.values(razorpayKeys)]) expect(offers).not.toContain(secret);
    expect(faults).toEqual([]);
  });
});

const READS_THE_FRAME = `(() => { try { return String(document.querySelector("iframe").contentWindow.document); } catch (error) { return error.name; } })()`;
