/** The loader in a real browser: what it promises to a shop's page, whatever the checkout in the frame does. */
import { gzipSync } from "node:zlib";
import type { Browser, CDPSession, Frame, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import "../journeys/support/patience.ts";
import { needs } from "../support/require-services.ts";
import { FORGE, FORGE_FROM_A_FRAME, WATCH } from "./forgeries.ts";
import { openBrowser, programOf } from "./program.ts";
import { openStandIn, type StandIn } from "./stand-in.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the loader", () => {
  let browser: Browser;
  let standIn: StandIn;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    standIn = await openStandIn();
    browser = await openBrowser(program.url);
  });
  afterAll(async () => {
    await browser?.close();
    standIn?.close();
  });
  afterEach(async () => {
    // Under a policy that allows nothing but the checkout, and with Trusted Types.
    expect(await page.evaluate("violations")).toEqual([]);
    expect(faults.splice(0)).toEqual([]);
    await page.close();
  });

  async function visit(before?: (page: Page) => Promise<unknown>): Promise<void> {
    page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => faults.push(error.message));
    await before?.(page);
    await page.goto(standIn.shop);
  }

  /** Not by Playwright's own waits: they need `eval`, which the shop's policy forbids. */
  const until = <Value>(what: () => Promise<Value> | Value, value: Value) =>
    expect.poll(what, { timeout: 15_000, interval: 50 }).toEqual(value);
  const frames = () => page.frames().filter((one) => one !== page.mainFrame());

  async function frame(index = 0): Promise<Frame> {
    await until(() => frames().length > index, true);
    const found = frames()[index]!;
    await found.waitForSelector("#status:not(:empty)");
    return found;
  }

  /** Not by Playwright's click: it waits for an answer of a frame that is gone. The frame may be gone before it answers this as well. */
  const leave = (inside: Frame) =>
    inside.evaluate("void setTimeout(() => document.getElementById('leave').click())").catch((error: Error) => {
      if (!/detached|destroyed/.test(error.message)) throw error;
    });
  const calls = () => page.evaluate<unknown[]>("calls");
  const html = () => page.evaluate<string>("document.documentElement.outerHTML");
  const focused = () => page.evaluate<string>("document.activeElement.id");
  const called = (count: number) => until(async () => (await calls()).length >= count, true);

  it("is small, and does nothing but to leave two names before open", async () => {
    expect(gzipSync(standIn.loader).length).toBeLessThanOrEqual(5 * 1024);
    standIn.asked.length = 0;
    await visit((one) => one.addInitScript(WATCH));
    expect(standIn.asked).toEqual(["/checkout.js"]);
    expect(await page.evaluate("[listened, [...new Set(Object.keys(globalThis))].filter((name) => !before.has(name))]")).toEqual([
      ["securitypolicyviolation"],
      ["listened", "before", "Tillway", "PaymentGateway", "calls", "violations", "options", "start"],
    ]);
  });

  it("opens a window over the page, and leaves the page as it was", async () => {
    await visit();
    await page.evaluate("scrollTo(0, 400)");
    await page.evaluate("document.getElementById('buy').focus({ preventScroll: true })");
    const before = await html();
    await page.keyboard.press("Enter");
    const inside = await frame();
    expect(JSON.parse((await inside.textContent("#status"))!)).toEqual({
      type: "open",
      key: "pk_test_shop",
      orderId: "ord_1",
      clientSecret: "ord_1_secret_x",
      mode: "modal",
    });
    await until(() => page.evaluate("document.querySelector('body > div:last-of-type').shadowRoot.activeElement?.tagName"), "IFRAME");
    const [box, allow, title] = await page.evaluate<[{ height: number }, string, string]>(`(() => {
      const root = document.querySelector("body > div:last-of-type").shadowRoot, frame = root.querySelector("iframe");
      return [root.querySelector("dialog").getBoundingClientRect().toJSON(), frame.allow, frame.title];
    })()`);
    expect([box.height, allow, title]).toEqual([321, "payment *; publickey-credentials-get *; clipboard-write", "Checkout"]);
    await page.mouse.move(10, 10);
    await page.mouse.wheel(0, 500);
    // What was typed goes into the frame, since the focus is there.
    await page.keyboard.press("Tab");
    await page.keyboard.type("A");
    expect([await page.evaluate("scrollY"), await inside.inputValue("#name")]).toEqual([400, "A"]);
    await leave(inside);
    await called(2);
    expect([await calls(), await focused(), await page.evaluate("scrollY"), await html()]).toEqual([
      [["close"], ["promise", "closed"]],
      "buy",
      400,
      before,
    ]);
    await page.mouse.wheel(0, 100);
    await until(() => page.evaluate("scrollY > 400"), true);
  });

  it("calls each callback once, and the promise agrees", async () => {
    await visit();
    await page.click("#buy");
    const inside = await frame();
    await inside.click("#pay");
    await inside.click("#decline");
    await leave(inside);
    await called(3);
    expect(await calls()).toEqual([["success", "succeeded", "pay_1"], ["promise", "succeeded"], ["close"]]);
    // And again in the same page, by the other name.
    await page.evaluate(`calls.length = 0; globalThis.gateway = new PaymentGateway(options()); gateway.open()`);
    await (await frame()).click("#decline");
    await called(1);
    await page.evaluate("gateway.close(); gateway.close()");
    expect(await calls()).toEqual([["failure", "failed", "card_declined"], ["close"]]);
  });

  it("takes a fault of the shop's own callback for what it is", async () => {
    await visit();
    await page.evaluate(`start({ onSuccess: () => { throw new Error("of the shop"); } })`);
    const inside = await frame();
    await inside.click("#pay");
    await leave(inside);
    await called(2);
    expect([await calls(), faults.splice(0)]).toEqual([[["promise", "succeeded"], ["close"]], ["of the shop"]]);
  });

  it("shows one checkout to a shopper who presses twice, and closes it for another order", async () => {
    await visit();
    expect(await page.evaluate("[options(), options()].map((one) => Tillway.open(one)).every((one, _, [first]) => one === first)")).toBe(
      true,
    );
    await frame();
    expect(page.frames()).toHaveLength(2);
    await page.evaluate(`start({ orderId: "ord_2" })`);
    await until(
      async () =>
        (
          await frames()[0]
            ?.textContent("#status")
            .catch(() => "")
        )?.includes("ord_2"),
      true,
    );
    expect([frames().length, await calls()]).toEqual([1, [["close"]]]);
  });

  it("stands in a place of the shop's, as high as it is", async () => {
    await visit();
    const before = await html();
    await page.evaluate(`start({ mode: "inline", container: "#place", locale: "de" })`);
    const inside = await frame();
    expect(await inside.textContent("#status")).toContain('"locale":"de","mode":"inline"');
    await until(() => page.evaluate("document.getElementById('place').getBoundingClientRect().height"), 321);
    expect(await page.evaluate("document.querySelector('#place > div').shadowRoot.querySelector('iframe').title")).toBe("Bezahlen");
    await inside.click("#pay");
    await called(2);
    await page.evaluate("handle.destroy()");
    expect([await calls(), await html(), page.frames().length]).toEqual([
      [
        ["success", "succeeded", "pay_1"],
        ["promise", "succeeded"],
      ],
      before,
      1,
    ]);
  });

  it("begins anew after a framework took its place out of the page", async () => {
    await visit();
    for (const round of [1, 2]) {
      await page.evaluate(`start({ mode: "inline", container: "#place" })`);
      expect(await (await frame()).textContent("#status"), String(round)).toContain("ord_1");
      await page.evaluate(`document.getElementById("place").replaceChildren()`);
    }
    await page.evaluate("handle.destroy()");
  });

  it("asks the checkout if the shopper presses Escape or beside it, and it keeps what was typed", async () => {
    await visit();
    await page.click("#buy");
    const inside = await frame();
    await inside.fill("#name", "Asha");
    // Beside the window: from now on the focus is in the shop's page, and so are the keys.
    await page.mouse.click(20, 20);
    await inside.waitForSelector("text=What you typed is lost");
    expect([frames().length, await calls()]).toEqual([1, []]);
    await inside.evaluate("document.getElementById('status').textContent = 'again'");
    await page.keyboard.press("Escape");
    await inside.waitForSelector("text=What you typed is lost");
    expect(frames()).toHaveLength(1);
    await inside.evaluate("document.getElementById('name').value = ''");
    await page.keyboard.press("Escape");
    await called(2);
    expect(await calls()).toEqual([["close"], ["promise", "closed"]]);
  });

  it("goes on Escape at once if the checkout shows nothing yet", async () => {
    await visit();
    await page.evaluate(`document.getElementById("buy").focus(); start({ key: "pk_test_hung" })`);
    await frame();
    await page.keyboard.press("Escape");
    await called(2);
    expect([await calls(), await focused(), page.frames().length]).toEqual([[["close"], ["promise", "closed"]], "buy", 1]);
  });

  it("believes no message but those of the frame's own port (security row 8)", async () => {
    await visit();
    await page.click("#buy");
    const inside = await frame();
    // From the shop's own window, and from another frame of the checkout's site that is not ours.
    await page.evaluate(FORGE);
    await page.evaluate(`Tillway.open({ key: "pk_test_shop", orderId: "ord_2", mode: "inline", container: "#place" })`);
    await (await frame(1)).evaluate(FORGE_FROM_A_FRAME);
    await page.waitForTimeout(300);
    expect([await calls(), await inside.evaluate("connections")]).toEqual([[], 1]);
    expect(await inside.textContent("#status")).toContain('"orderId":"ord_1","clientSecret":"ord_1_secret_x"');
    await inside.click("#pay");
    await called(2);
    expect(await calls()).toEqual([
      ["success", "succeeded", "pay_1"],
      ["promise", "succeeded"],
    ]);
  });

  it("leaves no frame, node, listener or style behind, twenty times over", async () => {
    await visit();
    const session = await page.context().newCDPSession(page);
    const round = async (): Promise<void> => {
      await page.evaluate("start()");
      await leave(await frame());
      await until(() => frames().length, 0);
    };
    await round();
    const before = [await html(), await left(session)];
    for (let n = 0; n < 20; n++) await round();
    expect([await html(), await left(session)]).toEqual(before);
    expect(await page.evaluate("[document.adoptedStyleSheets.length, calls.filter(([name]) => name === 'close').length]")).toEqual([0, 21]);
  });

  it.each([
    ["a page that may not be framed here", `{ key: "pk_test_refused" }`],
    ["a page that does not know the nonce", `{ key: "pk_test_liar" }`],
    ["a page that shows nothing", `{ key: "pk_test_hung" }`],
  ])("gives up on %s after a bounded wait", async (_what, more) => {
    await visit((one) => one.clock.install());
    await page.evaluate(`start(${more})`);
    await until(() => frames().length, 1);
    await page.waitForTimeout(500);
    await page.clock.fastForward(9_000);
    expect(await calls()).toEqual([]);
    await page.clock.fastForward(12_000);
    await called(3);
    expect(await calls()).toEqual([["failure", "failed", "checkout_unreachable"], ["close"], ["promise", "failed"]]);
    expect(page.frames()).toHaveLength(1);
  });

  it("refuses options that can't work, by name", async () => {
    await visit();
    const refused = (more: string) =>
      page.evaluate(`try { start(${more}) } catch (error) { error.name + " " + error.code + " " + error.param }`);
    expect(await refused(`{ key: "sk_test_1" }`)).toBe("CheckoutError invalid_options key");
    expect(await refused(`{ orderId: undefined }`)).toBe("CheckoutError invalid_options orderId");
    expect(await refused(`{ mode: "inline", container: "#nowhere" }`)).toBe("CheckoutError invalid_options container");
    expect(await refused(`{ checkoutUrl: "nowhere" }`)).toBe("CheckoutError invalid_options checkoutUrl");
    // The secret of another order would show that one's amount, and be paid.
    const [one, other] = ["ord_01M8H8Y4WT66CD4GSTVDZ1BSWZ", "ord_01M8H8Y73S1AXZ5BPF0J6N5AJ3"];
    const mixed = `orderId: "${one}", clientSecret: "${other}_secret_x"`;
    expect(await refused(`{ ${mixed} }`)).toBe("CheckoutError invalid_options clientSecret");
    expect(await refused(`{ ${mixed}, sessionId: "cs_01M8H8Y8Y8A5PN301P8RMSJVQQ" }`)).toBe("CheckoutError invalid_options clientSecret");
  });

  it("is an ES module too, which is told where the checkout is", async () => {
    await visit();
    await page.evaluate(`import("/modules/index.js").then(({ Tillway }) => Tillway.open(options({ checkoutUrl: "${standIn.checkout}" })))`);
    await (await frame()).click("#pay");
    await called(1);
    expect(await calls()).toEqual([["success", "succeeded", "pay_1"]]);
  });
});

async function left(session: CDPSession) {
  await session.send("HeapProfiler.collectGarbage");
  return session.send("Memory.getDOMCounters");
}
