/** The loader in a shop that is one page for all of its routes, and by the name that older code knows. */
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import "../journeys/support/patience.ts";
import { needs } from "../support/require-services.ts";
import { openBrowser, programOf } from "./program.ts";
import { openStandIn, type StandIn } from "./stand-in.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the loader in a single-page app", () => {
  let browser: Browser;
  let standIn: StandIn;
  let page: Page;

  beforeAll(async () => {
    standIn = await openStandIn();
    browser = await openBrowser(program.url);
  });
  afterAll(async () => {
    await browser?.close();
    standIn?.close();
  });
  afterEach(async () => {
    expect(await page.evaluate("violations")).toEqual([]);
    await page.close();
  });

  async function visit(): Promise<void> {
    page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    page.setDefaultTimeout(15_000);
    await page.goto(standIn.shop);
  }

  /** Not by Playwright's own waits: they need `eval`, which the shop's policy forbids. */
  const until = <Value>(what: () => Promise<Value> | Value, value: Value) =>
    expect.poll(what, { timeout: 15_000, interval: 50 }).toEqual(value);
  const frames = () => page.frames().filter((one) => one !== page.mainFrame());
  const calls = () => page.evaluate<unknown[]>("calls");
  const html = () => page.evaluate<string>("document.documentElement.outerHTML");
  const leave = (inside: Frame) => inside.evaluate("void setTimeout(() => document.getElementById('leave').click())");

  async function frame(): Promise<Frame> {
    await until(() => frames().length > 0, true);
    await frames()[0]!.waitForSelector("#status:not(:empty)");
    return frames()[0]!;
  }

  it("is opened, destroyed and opened again on other routes, with no step more in the history", async () => {
    await visit();
    const [before, steps] = await page.evaluate<[string, number]>("[document.documentElement.outerHTML, history.length]");
    const route = (path: string) => page.evaluate(`history.pushState(null, "", "${path}")`);
    await page.evaluate(`start()`);
    await frame();
    await route("/basket");
    // The component of the old route goes away, and calls nothing of it.
    await page.evaluate("handle.destroy(); handle.destroy(); handle.close()");
    expect([await calls(), frames().length, await html()]).toEqual([[["promise", "closed"]], 0, before]);
    await page.evaluate(`calls.length = 0; start({ orderId: "ord_2", mode: "inline", container: "#place" })`);
    expect(await (await frame()).textContent("#status")).toContain("ord_2");
    await page.goBack();
    expect([new URL(page.url()).pathname, frames().length]).toEqual(["/", 1]);
    await page.evaluate("handle.destroy()");
    await page.evaluate(`calls.length = 0; start({ orderId: "ord_2" })`);
    const again = await frame();
    await again.click("#pay");
    await leave(again);
    await until(async () => (await calls()).length >= 3, true);
    expect([await calls(), await html(), await page.evaluate("history.length")]).toEqual([
      [["success", "succeeded", "pay_1"], ["promise", "succeeded"], ["close"]],
      before,
      steps + 1,
    ]);
  });

  it("is destroyed by its other name too, and without the secret tells the checkout the order alone", async () => {
    await visit();
    await page.evaluate(`globalThis.gateway = new PaymentGateway({ ...options(), clientSecret: undefined }); void gateway.open()`);
    expect(JSON.parse((await (await frame()).textContent("#status"))!)).toEqual({
      type: "open",
      key: "pk_test_shop",
      orderId: "ord_1",
      mode: "modal",
    });
    await page.evaluate("gateway.destroy(); gateway.destroy()");
    expect([await calls(), frames().length]).toEqual([[], 0]);
  });
});
