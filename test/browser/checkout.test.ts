/** A shopper at the checkout: the real page, API, worker, PostgreSQL and sandbox, driven by labels and roles as a shopper reads them. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { watchFaults } from "./faults.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("a shopper at the checkout", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let context: BrowserContext;
  let stage: Stage;
  let merchant: Merchant;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
    context = await browser.newContext({ locale: "en-IN", viewport: { width: 1000, height: 900 } });
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function session(more: object = {}): Promise<{ readonly order: string; readonly id: string; readonly url: string }> {
    const order: Json = (await merchant.post("/v1/orders", { amount: 1_299_00, currency: "INR" })).json;
    const made = await merchant.post("/v1/checkout/sessions", { order_id: order.id, ...more });
    expect([made.status, made.json.error]).toEqual([201, undefined]);
    return { order: order.id, id: made.json.id, url: made.json.url };
  }

  async function open(url: string): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await watchFaults(page, faults);
    await page.goto(url);
    await page.getByRole("button", { name: "Pay ₹1,299.00" }).waitFor();
    return page;
  }

  async function typeCard(page: Page, number: string): Promise<void> {
    await page.getByLabel("Card number").fill(number);
    await page.getByLabel("Expiry date").fill("12/34");
    await page.getByLabel("Security code").fill("123");
  }

  const press = (page: Page): Promise<void> => page.getByRole("button", { name: "Pay ₹1,299.00" }).click();
  const sees = (page: Page, heading: string): Promise<void> => page.getByRole("heading", { name: heading }).waitFor();

  /** By the merchant's API: the payments of an order, by status. A list shows a row once all that was begun before has ended, so one that comes after them is waited for. */
  async function payments(order: string): Promise<string[]> {
    const { id } = (await merchant.create({ amount: 100, currency: "INR", confirm: false })).json;
    const all = await waitFor("the list to show what came before", async () => {
      const listed: Json[] = (await merchant.get("/v1/payments?limit=100")).json.data;
      return listed.some((payment) => payment.id === id) ? listed : null;
    });
    return all.filter((payment) => payment.order_id === order).map((payment) => payment.status);
  }

  /** At the bank: what was taken for an order. */
  async function charged(order: string): Promise<number> {
    await waitFor("the order is paid", async () => (await merchant.get(`/v1/orders/${order}`)).json.status === "paid");
    return (await payments(order)).filter((status) => status === "succeeded").length;
  }

  it("pays by card in five actions, from a link whose secret leaves the address at once", async () => {
    const { order, url } = await session();
    const page = await open(url);
    expect([url.includes("#cs_"), page.url().includes("#")]).toEqual([true, false]);
    await typeCard(page, "4242 4242 4242 4242");
    await press(page);
    await sees(page, "Payment successful");
    expect(await page.getByText("Visa ending in 4242").count()).toBe(1);
    expect(await charged(order)).toBe(1);
    await page.reload();
    await sees(page, "Payment successful");
    await page.close();
  });

  it.each(ways)("is led by labels and roles alone through paying by %s, in eight actions at most", async (_way, steps) => {
    const { order, url } = await session();
    const page = await open(url);
    for (const [act, name, value] of steps) {
      if (act === "fill") await page.getByLabel(name).fill(value!);
      else if (act === "select") await page.getByRole("combobox", { name }).selectOption({ label: value! });
      else await page.getByRole(act, { name, exact: true }).click();
    }
    await sees(page, "Payment successful");
    // Opening the link is one.
    expect([steps.length + 1 <= 8, await charged(order)]).toEqual([true, 1]);
    await page.close();
  });

  it("pays by UPI, and is told to approve it in the app", async () => {
    const { order, url } = await session();
    const page = await open(url);
    await page.getByRole("radio", { name: "UPI" }).check();
    await page.getByLabel("UPI ID").fill("processing@sandbox");
    await press(page);
    await page.getByText("Approve the request for ₹1,299.00 in your UPI app.").waitFor();
    await sees(page, "Payment successful");
    expect(await charged(order)).toBe(1);
    await page.close();
  });

  it("says why a card was declined, keeps what was typed but the code, and pays by another method", async () => {
    const { order, url } = await session();
    const page = await open(url);
    await typeCard(page, "4000 0000 0000 9995");
    await press(page);
    await sees(page, "The payment was not completed");
    expect(await page.getByRole("alert").textContent()).toContain("There is not enough money in the account. You have not been charged.");
    const kept = await Promise.all(["Card number", "Expiry date", "Security code"].map((label) => page.getByLabel(label).inputValue()));
    expect(kept).toEqual(["4000 0000 0000 9995", "12 / 34", ""]);
    await page.getByRole("radio", { name: "Net banking" }).check();
    await page.getByRole("combobox", { name: "Bank" }).selectOption("SANDBOX_SLOW");
    await press(page);
    await sees(page, "Payment successful");
    expect([await charged(order), (await payments(order)).toSorted()]).toEqual([1, ["failed", "succeeded"]]);
    await page.close();
  });

  it.each([
    ["passes", "Complete authentication", "Payment successful", ["succeeded"]],
    ["fails", "Fail authentication", "The payment was not completed", ["failed"]],
  ])("goes to the bank's page and back when the challenge %s", async (_how, button, heading, statuses) => {
    const { order, url } = await session();
    const page = await open(url);
    await typeCard(page, "4000 0025 0000 3155");
    await press(page);
    await page.getByRole("button", { name: button }).click();
    await page.waitForURL(/\/c\/cs_/);
    await sees(page, heading);
    expect(await payments(order)).toEqual(statuses);
    await page.close();
  });

  it("calls a challenge off, and pays otherwise: the bank's page can't charge any more", async () => {
    const { order, url } = await session();
    const page = await open(url);
    await typeCard(page, "4000 0025 0000 3155");
    await press(page);
    await page.getByRole("button", { name: "Complete authentication" }).waitFor();
    const bank = page.url();
    await page.goto(url);
    await sees(page, "Your bank asks for confirmation");
    await page.getByRole("button", { name: "Cancel this payment" }).click();
    await page.getByText("The payment was cancelled. You have not been charged.").waitFor();
    const late = await context.newPage();
    await late.goto(bank);
    expect(await late.getByRole("button", { name: "Complete authentication" }).count()).toBe(0);
    await late.close();
    await typeCard(page, "4242 4242 4242 4242");
    await press(page);
    await sees(page, "Payment successful");
    expect([await charged(order), (await payments(order)).toSorted()]).toEqual([1, ["canceled", "succeeded"]]);
    await page.close();
  });

  it("says that a session has expired or was called off, and takes nothing then", async () => {
    const expired = await session({ cancel_url: "https://shop.example/basket" });
    const page = await open(expired.url);
    await connect(stage.databaseUrl, (client) =>
      client.query("update checkout_sessions set expires_at = now() - interval '1 minute' where id = $1", [expired.id]),
    );
    await typeCard(page, "4242 4242 4242 4242");
    await press(page);
    await sees(page, "This checkout has expired");
    expect([await page.getByRole("link", { name: "Back to Shop" }).getAttribute("href"), await payments(expired.order)]).toEqual([
      "https://shop.example/basket",
      [],
    ]);
    await page.close();
    const called = await session({ cancel_url: "https://shop.example/basket" });
    const other = await open(called.url);
    await other.getByRole("button", { name: "Cancel" }).click();
    await sees(other, "This checkout was cancelled");
    expect(await payments(called.order)).toEqual([]);
    await other.close();
  });

  it("takes a double click and five times Enter for one charge", async () => {
    const { order, url } = await session();
    const page = await open(url);
    await typeCard(page, "4242 4242 4242 4242");
    await page.getByRole("button", { name: "Pay ₹1,299.00" }).dblclick();
    await sees(page, "Payment successful");
    expect([await charged(order), (await payments(order)).length]).toEqual([1, 1]);
    await page.close();
    const again = await session();
    const other = await open(again.url);
    await typeCard(other, "4242 4242 4242 4242");
    const code = other.getByLabel("Security code");
    await code.focus();
    await Promise.all([1, 2, 3, 4, 5].map(() => other.keyboard.press("Enter")));
    await sees(other, "Payment successful");
    expect([await charged(again.order), (await payments(again.order)).length]).toEqual([1, 1]);
    await other.close();
  });

  it("shows in a second tab, and after a reload, the payment that lives", async () => {
    const { order, url } = await session();
    const [one, two] = [await open(url), await open(url)];
    for (const page of [one, two]) {
      await page.getByRole("radio", { name: "UPI" }).check();
      await page.getByLabel("UPI ID").fill("pending@sandbox");
    }
    await Promise.all([press(one), press(two)]);
    await sees(two, "Confirming your payment");
    await one.reload();
    await one.getByText("Approve the request").waitFor();
    await Promise.all([sees(one, "Payment successful"), sees(two, "Payment successful")]);
    expect([await charged(order), (await payments(order)).length]).toEqual([1, 1]);
    await one.close();
    await two.close();
  });

  it("says that nobody answers, asks again under the same key, and is charged once", async () => {
    const { order, url } = await session();
    const page = await open(url);
    const keys: string[] = [];
    await page.route("**/v1/checkout/payments", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]!);
      // The first request is carried out and its answer lost; the second does not arrive.
      if (keys.length === 1) await route.fetch();
      await (keys.length < 3 ? route.abort() : route.continue());
    });
    await typeCard(page, "4242 4242 4242 4242");
    await press(page);
    await sees(page, "We cannot reach the payment server");
    await sees(page, "Payment successful");
    expect([new Set(keys).size, keys.length, await charged(order), (await payments(order)).length]).toEqual([1, 3, 1, 1]);
    await page.close();
  });

  it("has none of it stopped by the pages' policy", () => {
    expect(faults).toEqual([]);
  });
});

type Step = readonly ["fill" | "select" | "radio" | "button", name: string, value?: string];

const card = (number: string): readonly Step[] => [
  ["fill", "Card number", number],
  ["fill", "Expiry date", "12/34"],
  ["fill", "Security code", "123"],
  ["button", "Pay ₹1,299.00"],
];

const ways: readonly (readonly [string, readonly Step[]])[] = [
  ["card", card("4242424242424242")],
  ["a card whose bank asks", [...card("4000002500003155"), ["button", "Complete authentication"]]],
  [
    "UPI",
    [
      ["radio", "UPI"],
      ["fill", "UPI ID", "success@sandbox"],
      ["button", "Pay ₹1,299.00"],
    ],
  ],
  [
    "net banking",
    [
      ["radio", "Net banking"],
      ["select", "Bank", "Slow Sandbox Bank, which pays after 10 seconds without a page"],
      ["button", "Pay ₹1,299.00"],
    ],
  ],
];
