/** A shopper without a mouse, at the real page, API, worker and sandbox: each key, and where the focus is after it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { watchFaults } from "./faults.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("a shopper without a mouse", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let stage: Stage;
  let merchant: Merchant;
  let shop: string;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    const { server, url } = await openShop(stage.checkoutUrl);
    stops.push(() => server.close().closeAllConnections());
    shop = url;
    expect((await merchant.put("/v1/checkout/settings", { name: "Shop", origins: [shop] })).status).toBe(200);
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function newPage(): Promise<Page> {
    const page = await (await browser.newContext({ locale: "en", viewport: { width: 900, height: 800 } })).newPage();
    page.setDefaultTimeout(20_000);
    await watchFaults(page, faults);
    return page;
  }

  const order = async (): Promise<Json> => (await merchant.post("/v1/orders", { amount: 45_00, currency: "USD" })).json;

  async function hosted(): Promise<Page> {
    const { id } = await order();
    const session: Json = (await merchant.post("/v1/checkout/sessions", { order_id: id, cancel_url: "https://shop.example/" })).json;
    const page = await newPage();
    await page.goto(session.url);
    await page.getByRole("button", { name: "Pay $45.00" }).waitFor();
    return page;
  }

  async function inShop(mode: "modal" | "inline"): Promise<{ readonly page: Page; readonly frame: Frame }> {
    const { id, client_secret } = await order();
    const page = await newPage();
    await page.goto(`${shop}/?key=${merchant.keys.key}&order=${id}&secret=${client_secret}&mode=${mode}`);
    await page.keyboard.press("Tab");
    expect(await focused(page.mainFrame())).toBe("Buy");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".frame:not(.wait) iframe");
    const frame = page.frames()[1]!;
    await frame.getByRole("button", { name: "Pay $45.00" }).waitFor();
    return { page, frame };
  }

  const eventually = (what: () => Promise<string>, name: string): Promise<void> => expect.poll(what, { timeout: 15_000 }).toBe(name);
  const sees = (frame: Frame, name: string): Promise<void> => frame.getByRole("heading", { name }).waitFor();

  /** Tab until the element of that name has the focus. Returns what had it on the way, the last one included. */
  async function tabTo(page: Page, frame: Frame, name: string): Promise<string[]> {
    const passed: string[] = [];
    while (passed.at(-1) !== name && passed.length < 40) {
      await page.keyboard.press("Tab");
      passed.push(await focused(frame));
    }
    expect(passed.at(-1)).toBe(name);
    return passed;
  }

  it("is declined, and pays by another method, by keys alone", async () => {
    const page = await hosted();
    const frame = page.mainFrame();
    await tabTo(page, frame, "Card");
    await tabTo(page, frame, "Card number");
    await page.keyboard.type("4000000000009995");
    // No jump while typing, however complete the field is.
    expect(await focused(frame)).toBe("Card number");
    expect(await tabTo(page, frame, "Expiry date")).toEqual(["Expiry date"]);
    await page.keyboard.type("1234");
    expect(await tabTo(page, frame, "Security code")).toEqual(["Security code"]);
    await page.keyboard.type("123");
    expect(await tabTo(page, frame, "Cancel")).toEqual(["Name on card (optional)", "Pay $45.00", "Cancel"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await sees(frame, "The payment was not completed");
    await eventually(() => focused(frame), "alert");
    expect(await tabTo(page, frame, "Card")).toEqual(["Card"]);
    await page.keyboard.press("ArrowDown");
    expect(await focused(frame)).toBe("UPI");
    expect(await tabTo(page, frame, "UPI ID")).toEqual(["UPI ID"]);
    await page.keyboard.type("success@sandbox");
    await tabTo(page, frame, "Pay $45.00");
    await page.keyboard.press("Space");
    await sees(frame, "Payment successful");
    await eventually(() => focused(frame), "Payment successful");
    await page.context().close();
  });

  it("is led from the list of what is wrong to each field", async () => {
    const page = await hosted();
    const frame = page.mainFrame();
    await tabTo(page, frame, "Pay $45.00");
    await page.keyboard.press("Enter");
    await eventually(() => focused(frame), "alert");
    expect(await tabTo(page, frame, "Enter the expiry date.")).toEqual(["Enter the card number.", "Enter the expiry date."]);
    await page.keyboard.press("Enter");
    expect(await focused(frame)).toBe("Expiry date");
    await page.context().close();
  });

  it("fills in a test card by the ribbon, and keeps the focus there", async () => {
    const page = await hosted();
    const frame = page.mainFrame();
    await tabTo(page, frame, "Success");
    await page.keyboard.press("Enter");
    expect([await focused(frame), await frame.getByLabel("Card number").inputValue()]).toEqual(["Success", "4242 4242 4242 4242"]);
    await page.context().close();
  });

  it("is asked by Escape before what was typed is lost, and is at the opener again after leaving", async () => {
    const { page, frame } = await inShop("modal");
    await eventually(() => page.evaluate("document.activeElement.shadowRoot?.activeElement?.tagName ?? ''"), "IFRAME");
    await tabTo(page, frame, "Card number");
    await page.keyboard.type("4242");
    await page.keyboard.press("Escape");
    await eventually(() => focused(frame), "Stay");
    expect(await tabTo(page, frame, "Leave")).toEqual(["Leave"]);
    await page.keyboard.press("Escape");
    await frame.waitForSelector("dialog", { state: "detached" });
    await eventually(() => focused(frame), "Card number");
    expect(await frame.getByLabel("Card number").inputValue()).toBe("4242");
    await page.keyboard.press("Escape");
    await eventually(() => focused(frame), "Stay");
    await page.keyboard.press("Enter");
    await frame.waitForSelector("dialog", { state: "detached" });
    await eventually(() => focused(frame), "Card number");
    await page.keyboard.press("Escape");
    await eventually(() => focused(frame), "Stay");
    await page.keyboard.press("Tab");
    // Not waited for: the frame that would answer goes away by it.
    void page.keyboard.press("Enter").catch(() => null);
    await eventually(() => focused(page.mainFrame()), "Buy");
    await page.context().close();
  });

  it("is asked by an Escape that comes right after it stayed", async () => {
    const { page, frame } = await inShop("modal");
    await tabTo(page, frame, "Card number");
    await page.keyboard.type("4242");
    await page.keyboard.press("Escape");
    await eventually(() => focused(frame), "Stay");
    // In one go, as the browser tells of a dialog's end only later.
    await frame.evaluate(`(async () => {
      const dialog = document.querySelector("dialog");
      const told = new Promise((resolve) => dialog.addEventListener("close", resolve));
      dialog.querySelector(".primary").click();
      while (dialog.isConnected) await null;
      dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
      await told;
    })()`);
    await eventually(() => focused(frame), "Stay");
    await page.context().close();
  });

  it("never gets behind the window, goes round in it, and leaves it by its own button once paid", async () => {
    const { page, frame } = await inShop("modal");
    for (let n = 0; n < 30; n++) {
      await page.keyboard.press("Tab");
      expect(["Buy", "After"]).not.toContain(await focused(page.mainFrame()));
    }
    await tabTo(page, frame, "Success");
    await page.keyboard.press("Enter");
    await tabTo(page, frame, "Security code");
    await page.keyboard.press("Enter");
    await sees(frame, "Payment successful");
    await eventually(() => focused(frame), "Payment successful");
    await page.keyboard.press("Tab");
    expect(await focused(frame)).toBe("Close");
    void page.keyboard.press("Enter").catch(() => null);
    await eventually(() => focused(page.mainFrame()), "Buy");
    await page.context().close();
  });

  it("passes through a checkout that is a part of the page, and comes out behind it", async () => {
    const { page, frame } = await inShop("inline");
    await tabTo(page, frame, "Pay $45.00");
    await page.keyboard.press("Tab");
    expect(await focused(page.mainFrame())).toBe("After");
    await page.context().close();
  });

  it("has none of it stopped by a policy", () => {
    expect(faults).toEqual([]);
  });
});

/** The name of what has the focus, as a screen reader says it; of the notice above the form its role. */
function focused(frame: Frame): Promise<string> {
  return frame.evaluate<string>(`(() => {
    const one = document.activeElement;
    return (one.labels?.[0]?.textContent || one.ariaLabel || one.getAttribute("role") || one.textContent || one.tagName).trim();
  })()`);
}

/** A page with something before and after the checkout, which may load its own script, the loader and the frame, and nothing else. */
async function openShop(checkoutUrl: string) {
  const policy = `default-src 'none'; script-src 'self' ${checkoutUrl}; frame-src ${checkoutUrl}; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'`;
  const page = `<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"><script src="${checkoutUrl}/checkout.js"></script>
    <script src="/shop.js" defer></script><main><h1>Shop</h1><button id="buy">Buy</button><div id="here"></div><button>After</button></main>`;
  const code = `const given = new URLSearchParams(location.search);
    document.getElementById("buy").addEventListener("click", () => Tillway.open({
      key: given.get("key"), orderId: given.get("order"), clientSecret: given.get("secret"), mode: given.get("mode"), container: "#here",
    }));`;
  const server = createServer((request, reply) => {
    const isCode = request.url === "/shop.js";
    reply.writeHead(200, { "content-type": isCode ? "text/javascript" : "text/html; charset=utf-8", "content-security-policy": policy });
    reply.end(isCode ? code : page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
