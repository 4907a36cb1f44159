/** The sample shops as merchants run them: each with its own server and origin, before a Tillway that runs. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Merchant } from "../journeys/support/merchant.ts";
import "../journeys/support/patience.ts";
import { freePort } from "../journeys/support/ports.ts";
import { openStage, type Stage, type StageMerchant } from "../journeys/support/stage.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { FORGE } from "./forgeries.ts";
import { watchFaults } from "./faults.ts";
import { openBrowser, programOf } from "./program.ts";

/** Screenshots go there if it is set: for people who look. */
const screenshots = process.env["SCREENSHOTS"];
const folder = join(import.meta.dirname, "../../examples/shops");
const program = needs("chromium", programOf("chromium"));

/** By name of the folder; `stranger` is the plain one at an origin that the merchant did not list. */
const shops = ["plain", "react", "vue", "stranger"] as const;
type Shop = (typeof shops)[number];

program.describe("the sample shops", () => {
  const stops: (() => unknown)[] = [];
  const urls = new Map<Shop, string>();
  /** What the shop's page should not have said. */
  const faults: string[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    const owner = await stage.merchant();
    merchant = owner.client;
    for (const name of shops) urls.set(name, await startShop(name, owner));
    const origins = [...urls].filter(([name]) => name !== "stranger").map(([, url]) => url);
    const settings = await merchant.put("/v1/checkout/settings", { name: "Tea & Time", origins });
    expect([settings.status, settings.json.origins]).toEqual([200, origins]);
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });
  afterEach(async () => {
    expect(faults.splice(0)).toEqual([]);
    await page.close();
  });

  async function startShop(name: Shop, { created }: StageMerchant): Promise<string> {
    const port = await freePort();
    const child = spawn(process.execPath, [join(folder, name === "stranger" ? "plain" : name, "server.mjs")], {
      env: {
        PATH: process.env["PATH"],
        PORT: String(port),
        TILLWAY_URL: stage.url,
        CHECKOUT_URL: stage.checkoutUrl,
        TILLWAY_KEY: created.key,
        TILLWAY_SECRET: created.secret,
      },
    });
    stops.push(() => child.kill());
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
    await waitFor(`the shop ${name}`, () => said.includes("listening") || Promise.reject(new Error(said)), { timeoutMs: 30_000 });
    // Of another site than the checkout, which is at 127.0.0.1: browsers keep the two apart as they do in life.
    return `http://localhost:${port}`;
  }

  async function visit(name: Shop): Promise<void> {
    page = await browser.newPage({ viewport: { width: 900, height: 760 }, locale: "en" });
    page.setDefaultTimeout(15_000);
    await watchFaults(page, faults);
    await page.goto(urls.get(name)!);
  }

  const until = <Value>(what: () => Promise<Value> | Value, value: Value) =>
    expect.poll(what, { timeout: 15_000, interval: 50 }).toEqual(value);
  const frames = () => page.frames().filter((one) => one !== page.mainFrame());
  const status = async () => (await page.textContent("[role=status]"))!;
  const buy = () => page.getByRole("button", { name: "Buy tea" }).click();

  const focusedText = () => page.evaluate<string>("document.activeElement.textContent");
  /** Presses a button by which the frame goes away, so nobody waits for its answer. */
  const go = (frame: Frame, name: string) =>
    frame
      .getByRole("button", { name, exact: true })
      .evaluate((button) => void setTimeout(() => (button as unknown as { click(): void }).click()));

  async function opened(): Promise<Frame> {
    await until(() => frames().length, 1);
    const [frame] = frames();
    await frame!.getByRole("button", { name: "Pay ₹499.00" }).waitFor();
    return frame!;
  }

  async function pay(frame: Frame, number: string): Promise<void> {
    await frame.getByLabel("Card number").fill(number);
    await frame.getByLabel("Expiry date").fill("12 / 34");
    await frame.getByLabel("Security code").fill("123");
    await frame.getByRole("button", { name: "Pay ₹499.00" }).click();
  }

  async function look(name: string): Promise<void> {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `shop-${name}.png`) });
  }

  it.each(["plain", "react", "vue"] as const)("%s sells, and its own server knows that it was paid", async (name) => {
    await visit(name);
    await look(`${name}-before`);
    await buy();
    const frame = await opened();
    await look(`${name}-open`);
    await pay(frame, "4242424242424242");
    await until(status, "Thank you: the order is paid.");
    await look(`${name}-paid`);
    await expect
      .poll(async () => (await merchant.get("/v1/orders?limit=1")).json.data[0])
      .toMatchObject({ amount: 499_00, status: "paid" });
  });

  it("plain hears once that nothing was paid, when the shopper leaves after a decline", async () => {
    await visit("plain");
    await buy();
    const frame = await opened();
    await pay(frame, "4000000000009995");
    await frame.getByText("There is not enough money in the account.").waitFor();
    await look("plain-declined");
    expect(await status()).toBe("");
    // Beside the window: what was typed would be lost, so the checkout asks.
    await page.mouse.click(10, 400);
    await go(frame, "Leave");
    await until(status, "Not paid: insufficient_funds.");
    await until(() => frames().length, 0);
    expect(await focusedText()).toBe("Buy tea for ₹499");
  });

  it("plain gets its page back when the shopper leaves by Escape, and can sell again", async () => {
    await visit("plain");
    for (const round of [1, 2, 3]) {
      await buy();
      const frame = await opened();
      await frame.getByLabel("Card number").focus();
      // Not waited for: the frame that would answer goes away by it.
      void page.keyboard.down("Escape").catch(() => null);
      await until(() => frames().length, 0);
      expect([round, await status(), await focusedText(), await page.evaluate("document.adoptedStyleSheets.length")]).toEqual([
        round,
        "",
        "Buy tea for ₹499",
        0,
      ]);
    }
  });

  it("plain believes no forged message, and the checkout's page takes no second shop", async () => {
    await visit("plain");
    await buy();
    const frame = await opened();
    await page.evaluate(FORGE);
    await page.waitForTimeout(300);
    expect([await status(), frames().length]).toEqual(["", 1]);
    await pay(frame, "4242424242424242");
    await until(status, "Thank you: the order is paid.");
  });

  it("react takes the checkout out of its page with its component, twenty times over", async () => {
    await visit("react");
    for (let round = 0; round < 20; round++) {
      await buy();
      await opened();
      await page.getByRole("button", { name: "Not now" }).click();
      await until(() => frames().length, 0);
    }
    expect(await page.evaluate("document.querySelectorAll('#app > *').length")).toBe(2);
  });

  it("a stranger's origin is refused by the browser, and the shop hears so", async () => {
    await visit("stranger");
    await buy();
    await until(status, "Not paid: checkout_unreachable.");
    await until(() => frames().length, 0);
    // Said by the browser, about the checkout's policy and not about the shop's.
    expect(faults.splice(0).join()).toContain("frame-ancestors");
  });
});
