/** The checkout's page with the card fields of real gateways: each far side's own script and frame in it, in Chromium, and a charge at its books. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { STRIPE_PUBLISHABLE_KEY } from "../../sandbox/src/index.ts";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { textOfAllTables } from "../journeys/support/tables.ts";
import "../journeys/support/patience.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openCheckoutShop } from "./checkout-shop.ts";
import { only, openFarSides, razorpayKeys, stripeSecrets, type FarSides } from "./far-sides.ts";
import { watchFaults } from "./faults.ts";
import { openBrowser, programOf } from "./program.ts";

/** Screenshots go there if it is set: for people who look. */
const screenshots = process.env["SCREENSHOTS"];
const program = needs("chromium", programOf("chromium"));
const cards = { approved: "4242424242424242", declined: "4000000000009995", challenged: "4000002760003184" };
const abroad = { approved: "4012888888881881", declined: "4000000000000002" };

program.describe("a gateway's own card fields in the checkout", () => {
  const stops: (() => unknown)[] = [];
  /** What browsers sent, by origin. */
  const sent: { readonly origin: string; readonly text: string }[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let far: FarSides;
  let merchant: Merchant;
  let shop: string;

  beforeAll(async () => {
    far = await openFarSides((stop) => stops.push(stop));
    merchant = (await far.stage.merchant()).client;
    const opened = await openCheckoutShop(far.stage.checkoutUrl);
    stops.push(() => opened.close());
    shop = opened.url;
    expect((await merchant.put("/v1/checkout/settings", { name: "Chai & Chapters", origins: [shop] })).status).toBe(200);
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
    await only(merchant, "stripe", { ...stripeSecrets, publishable_key: STRIPE_PUBLISHABLE_KEY });
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function order(): Promise<Json> {
    return (await merchant.post("/v1/orders", { amount: 45_00, currency: "EUR" })).json;
  }

  async function newPage(into = faults): Promise<Page> {
    const page = await (await browser.newContext({ locale: "en", viewport: { width: 900, height: 900 } })).newPage();
    page.setDefaultTimeout(20_000);
    page.on("request", (request) =>
      sent.push({ origin: new URL(request.url()).origin, text: `${request.url()} ${request.postData() ?? ""}` }),
    );
    await watchFaults(page, into);
    return page;
  }

  /** The hosted page of a new order, and the policy that it came with. */
  async function hosted(into = faults) {
    const { id } = await order();
    const { json } = await merchant.post("/v1/checkout/sessions", { order_id: id });
    const page = await newPage(into);
    const answer = await page.goto(json.url);
    return { order: id as string, page, policy: answer!.headers()["content-security-policy"]!.split("; ") };
  }

  async function type(fields: FrameLocator, number: string): Promise<void> {
    await fields.locator("[name=number]").fill(number);
    await fields.locator("[name=expiry]").fill("12 / 34");
    await fields.locator("[name=cvc]").fill("123");
  }

  const fieldsIn = (page: Page | FrameLocator): FrameLocator => page.frameLocator(".gateway-fields iframe");
  const press = (page: Page | FrameLocator): Promise<void> => page.getByRole("button", { name: /^Pay €/ }).click();
  const sees = (page: Page | FrameLocator, name: string): Promise<void> => page.getByRole("heading", { name }).waitFor();
  const statusOf = async (id: string): Promise<string> => (await merchant.get(`/v1/orders/${id}`)).json.status;

  async function look(page: Page, name: string): Promise<void> {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  }

  it("take the card on the hosted page, which goes to the gateway alone; its policy lets in the gateway's origins and no others", async () => {
    const { order: id, page, policy } = await hosted();
    expect(policy).toEqual([
      "default-src 'none'",
      `script-src 'self' ${far.stripeUrl}`,
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${far.stripeUrl}`,
      `frame-src ${far.stripeUrl}`,
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types tillway-fields default",
    ]);
    await type(fieldsIn(page), cards.approved);
    await look(page, "gateway-filled");
    await press(page);
    await sees(page, "Payment successful");
    await look(page, "gateway-paid");
    expect([await statusOf(id), far.stripe.books().at(-1)]).toMatchObject(["paid", { status: "succeeded", captured: 45_00 }]);
    const numbers = sent.filter(({ text }) => text.includes(cards.approved));
    expect(numbers.map(({ origin }) => origin)).toEqual([far.stripeUrl]);
    await page.context().close();
  });

  it("say why a card was declined, and are there anew for another one", async () => {
    const { order: id, page } = await hosted();
    await type(fieldsIn(page), cards.declined);
    await press(page);
    await page.getByText("There is not enough money in the account.").waitFor();
    await look(page, "gateway-declined");
    await type(fieldsIn(page), cards.approved);
    await press(page);
    await sees(page, "Payment successful");
    const payments: Json[] = (await merchant.get(`/v1/payments?order_id=${id}`)).json.data;
    expect(payments.map(({ status }) => status).toSorted()).toEqual(["failed", "succeeded"]);
    await page.context().close();
  });

  it("say what is missing, and charge nothing, if the button is pressed before anything was typed", async () => {
    const { order: id, page } = await hosted();
    await fieldsIn(page).locator("[name=number]").waitFor();
    await press(page);
    await page.getByRole("alert").getByText("Complete the card details.").waitFor();
    await look(page, "gateway-empty");
    expect(await statusOf(id)).toBe("created");
    await type(fieldsIn(page), cards.approved);
    await press(page);
    await sees(page, "Payment successful");
    await page.context().close();
  });

  it("say in the shopper's words that they did not come, and come at the next press of the button", async () => {
    const { id } = await order();
    const { json } = await merchant.post("/v1/checkout/sessions", { order_id: id });
    const stopped: string[] = [];
    const page = await newPage(stopped);
    let isAway = true;
    await page.route(`${far.stripeUrl}/v3/`, (route) => (isAway ? route.abort() : route.continue()));
    await page.goto(json.url);
    await page.getByRole("alert").getByText("The card form could not be loaded.").waitFor();
    await look(page, "gateway-away");
    isAway = false;
    await press(page);
    await type(fieldsIn(page), cards.approved);
    await press(page);
    await sees(page, "Payment successful");
    // For who looks into it: which script, and what might be the reason.
    expect(stopped.join()).toContain("did not load");
    await page.context().close();
  });

  it("lead through 3-D Secure and back to the hosted page", async () => {
    const { order: id, page } = await hosted();
    await type(fieldsIn(page), cards.challenged);
    await press(page);
    await page.getByRole("button", { name: "Complete authentication" }).click();
    await page.waitForURL(/\/c\/cs_/);
    await sees(page, "Payment successful");
    expect(await statusOf(id)).toBe("paid");
    await page.context().close();
  });

  it("let the gateway's script load further ones from its origins, and nobody make a script of a text or of another address", async () => {
    const stopped: string[] = [];
    const { page } = await hosted(stopped);
    await fieldsIn(page).locator("[name=number]").waitFor();
    const setting = (text: string) =>
      page.evaluate<string>(`(() => { try { ${text}; return "set"; } catch (error) { return error.name; } })()`);
    const script = (url: string) => setting(`document.createElement("script").src = ${JSON.stringify(url)}`);
    expect(await script(`${far.stripeUrl}/v3/more.js`)).toBe("set");
    for (const url of ["https://evil.example/a.js", "data:text/javascript,alert(1)", "/assets/a.js"])
      expect(await script(url)).toBe("TypeError");
    expect(await setting(`document.body.innerHTML = "<img src=x onerror=alert(1)>"`)).toBe("TypeError");
    expect(await setting(`document.createElement("script").text = "alert(1)"`)).toBe("TypeError");
    expect(await setting(`trustedTypes.createPolicy("evil", {})`)).toBe("TypeError");
    expect(await setting(`trustedTypes.createPolicy("default", {})`)).toBe("TypeError");
    // Each of them was seen by the policy.
    await expect.poll(() => stopped.filter((fault) => fault.startsWith("policy: ")).length).toBeGreaterThanOrEqual(6);
    await page.context().close();
  });

  it.each([
    ["inline", true],
    ["modal", false],
  ] as const)("pay %s in a shop's page of another origin; with the order's secret: %s", async (mode, withSecret) => {
    const { id, client_secret: secret } = await order();
    const page = await newPage();
    await page.goto(`${shop}/?${new URLSearchParams({ key: merchant.keys.key, order: id, mode, ...(withSecret && { secret }) })}`);
    await page.getByRole("button", { name: "Buy" }).click();
    const frame = page.frameLocator("iframe");
    await type(fieldsIn(frame), cards.approved);
    await look(page, `gateway-${mode}`);
    await press(frame);
    await waitFor("the shop hears", async () => (await page.evaluate<string[]>("window.heard")).includes("success succeeded"));
    expect(await statusOf(id)).toBe("paid");
    await page.context().close();
  });

  it("are a window of the gateway's, after the button, where it has such a one; its page does without Trusted Types and else with the same", async () => {
    await only(merchant, "razorpay", { ...razorpayKeys, key_id: "rzp_test_browser" });
    const { order: id, page, policy } = await hosted();
    expect(policy.filter((rule) => /trusted|script-src/.test(rule))).toEqual([`script-src 'self' ${far.razorpayUrl}`]);
    await page.getByText("Your card is entered in the payment provider's own window.").waitFor();
    await look(page, "gateway-window-before");
    await press(page);
    const fields = page.frameLocator("iframe[title='Razorpay Checkout']");
    await type(fields, abroad.declined);
    await look(page, "gateway-window");
    // The next fields come late: the button is pressed before they are there, and waits for them.
    let come = () => {};
    const isPressed = new Promise<void>((resolve) => (come = resolve));
    await page.route("**/card-fields*", async (route) => {
      await isPressed;
      await route.continue();
    });
    await fields.getByRole("button").click();
    await sees(page, "The payment was not completed");
    await press(page);
    come();
    await type(fields, abroad.approved);
    await fields.getByRole("button").click();
    await sees(page, "Payment successful");
    expect(await statusOf(id)).toBe("paid");
    await page.context().close();
  });

  it("let no number out to the shop or to Tillway, and nothing was stopped by the pages' policies", async () => {
    const all = [...far.stage.log, await textOfAllTables(far.stage.databaseUrl)].join("\n");
    const ours = sent.filter(({ origin }) => [shop, far.stage.url, far.stage.checkoutUrl].includes(origin)).map(({ text }) => text);
    // What was looked through holds what it should.
    expect(ours.join("\n")).toContain("pm_");
    for (const number of [...Object.values(cards), ...Object.values(abroad)])
      expect([all.includes(number), ours.join("\n").includes(number)], number).toEqual([false, false]);
    expect(faults).toEqual([]);
  });
});
