/** What the checkout's fields tell browsers and keyboards: who fills in for the shopper must find the right field, each time. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exampleView } from "../../checkout/src/examples.ts";
import { needs } from "../support/require-services.ts";
import { openFakeCheckout, type FakeCheckout } from "./fake-checkout.ts";
import { openBrowser, programOf } from "./program.ts";
import { show } from "./scenes.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the fields of the checkout", () => {
  let browser: Browser;
  let fake: FakeCheckout;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    fake = await openFakeCheckout();
    browser = await openBrowser(program.url);
    const context = await browser.newContext({ locale: "en" });
    page = (await show({ context, fake, faults }, { name: "fields", screen: "form", view: exampleView }, "en")).page;
  });
  afterAll(async () => {
    expect(faults).toEqual([]);
    await browser.close();
    await fake.close();
  });

  it.each([
    ["Card number", "card-number", "cc-number", "numeric"],
    ["Expiry date", "card-expiry", "cc-exp", "numeric"],
    ["Security code", "card-cvv", "cc-csc", "numeric"],
    ["Name on card (optional)", "card-name", "cc-name", null],
  ])("%s is %s by name and id, for autofill %s, with the keyboard %s", async (label, name, autocomplete, inputMode) => {
    await page.getByRole("radio", { name: "Card" }).check();
    expect(await attributes(label)).toEqual({ id: name, name, type: "text", autocomplete, inputmode: inputMode, pattern: null });
  });

  it("asks for a UPI ID with the keyboard that has an @, and lets nobody guess it", async () => {
    await page.getByRole("radio", { name: "UPI" }).check();
    expect(await attributes("UPI ID")).toEqual({
      id: "upi-vpa",
      name: "upi-vpa",
      type: "text",
      autocomplete: "off",
      inputmode: "email",
      pattern: null,
    });
  });

  it("has all of the card in one document, in one form", async () => {
    await page.getByRole("radio", { name: "Card" }).check();
    expect(
      await page.evaluate("[document.forms.length, [...document.forms[0].elements].filter((one) => /^cc-/.test(one.autocomplete)).length]"),
    ).toEqual([1, 4]);
  });

  it("is filled in by the browser, from one card that it keeps", async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("DOM.enable");
    await session.send("Autofill.enable");
    const { root } = await session.send("DOM.getDocument");
    const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector: "#card-number" });
    const { node } = await session.send("DOM.describeNode", { nodeId });
    const card = { number: "4242424242424242", name: "Asha Rao", expiryMonth: "12", expiryYear: "2034", cvc: "123" };
    await page.getByLabel("Card number").focus();
    await session.send("Autofill.trigger", { fieldId: node.backendNodeId, card });
    const value = (label: string): Promise<string> => page.getByLabel(label).inputValue();
    await expect.poll(() => value("Card number")).toBe("4242 4242 4242 4242");
    expect([await value("Expiry date"), await value("Security code"), await value("Name on card (optional)")]).toEqual([
      "12 / 34",
      "123",
      "Asha Rao",
    ]);
  });

  async function attributes(label: string): Promise<Record<string, string | null>> {
    const names = ["id", "name", "type", "autocomplete", "inputmode", "pattern"];
    const field = page.getByLabel(label);
    const values = await Promise.all(names.map((name) => field.getAttribute(name)));
    return Object.fromEntries(names.map((name, at) => [name, values[at]!]));
  }
});
