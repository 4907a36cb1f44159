/** A day at the dashboard without a mouse: the focus is seen wherever it is, stays in what is open, and comes back to what opened it. The real server. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { upi, type Json } from "../journeys/support/merchant.ts";
import "../journeys/support/patience.ts";
import { startReceiver, type Receiver } from "../journeys/support/receiver.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, OWNER, PASSWORD, type Dashboard } from "./support/dashboard.ts";
import { keysOnly, type KeysOnly } from "./support/keys-only.ts";

const program = needs("chromium", programOf("chromium"));
const customer = { email: "asha@shop.example" };

program.describe("the dashboard by keys only", () => {
  let dashboard: Dashboard;
  let receiver: Receiver;
  let page: Page;
  let keys: KeysOnly;
  let base: string;
  let paid: Json[];

  beforeAll(async () => {
    receiver = await startReceiver((response) => void response.writeHead(200).end("heard"));
    dashboard = await openDashboard(program.url);
    base = await joinTeam(await dashboard.newPage(), await dashboard.ownerLink());
    const { client } = dashboard.shop;
    await client.post("/v1/webhook-endpoints", { url: `${receiver.url}/hooks` });
    const made = await Promise.all([1, 2].map(() => client.create(upi("success", { customer, amount: 129_900 }))));
    paid = await Promise.all(made.map(({ json }) => client.until(json.id, "succeeded")));
    await openCase(paid[0].id);
    page = await dashboard.newPage();
    keys = keysOnly(page);
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  async function openCase(payment: string): Promise<void> {
    const values = [dashboard.shop.created.merchantId, `case_${payment.slice(4)}`, payment];
    const insert = `insert into cases (merchant_id, mode, id, kind, subject, payment_id, status, summary, evidence, opened_at)
      values ($1, 'test', $2, 'late_truth', $3, $3, 'open', 'The gateway says two things.', '{"seen":"twice"}', now())`;
    await connect(dashboard.stage.databaseUrl, (client) => client.query(insert, values));
  }
  const sees = (name: string | RegExp) => page.getByRole("heading", { name, level: 1 }).waitFor();
  const isOpen = (name: string | RegExp) => page.getByRole("dialog", { name }).waitFor();
  const noDialog = () => page.getByRole("dialog").waitFor({ state: "detached" });
  /** A page of the navigation, and its first row. */
  async function goToFirst(link: string, heading: string): Promise<void> {
    await keys.tabTo(link, "Shift+Tab");
    await keys.press("Enter");
    await sees(heading);
    await page.locator("tr[data-row]").first().waitFor();
    await pressUntil("j", isInRow);
    await keys.press("Enter");
  }
  const isInRow = () => page.evaluate<boolean>("document.activeElement?.closest('[data-row]') != null");
  const isInSearch = async () => (await keys.focus()).name === "Search";
  /** A page that has just been drawn may not take keys yet, on a machine that is busy. */
  const pressUntil = (key: string, isDone: () => Promise<boolean>) =>
    waitFor(`the page to take ${key}`, async () => (await isDone()) || (await keys.press(key), await isDone()), { pauseMs: 500 });

  it("signs in, and finds the payments of somebody", async () => {
    await page.goto(`${base}payments`);
    await keys.has("E-mail");
    await page.keyboard.type(OWNER);
    await keys.tabTo("Password");
    await page.keyboard.type(PASSWORD);
    await keys.press("Enter");
    await sees("Payments");
    await pressUntil("/", isInSearch);
    await keys.has("Search");
    await page.keyboard.type(customer.email);
    await keys.press("Enter");
    await page.waitForURL(/\/search\?/);
    await page.locator("[data-row]").nth(1).waitFor();
    expect((await keys.focus()).name).not.toBe("");
    await pressUntil("j", isInRow);
    await keys.press("j", "k");
    const { name } = await keys.focus();
    await keys.press("Enter");
    await page.waitForURL(/\/payments\/pay_/);
    expect([name.includes("1,299.00"), (await keys.focus()).name !== ""]).toEqual([true, true]);
  });

  it("gives a part back: the dialog has the focus, keeps it, and gives it back", async () => {
    await sees("₹1,299.00");
    await keys.tabTo("Refund");
    await keys.press("Enter");
    await keys.has("Amount in INR");
    expect(await keys.stopsOfDialog()).toEqual(["Reason", "Back", "Refund ₹1,299.00", "Close", "Amount in INR"]);
    await keys.press("Escape");
    await noDialog();
    await keys.has("Refund");
    await keys.press("Enter");
    await keys.has("Amount in INR");
    await keys.press("ControlOrMeta+a");
    await page.keyboard.type("299");
    await keys.tabTo("Refund ₹299.00");
    await keys.press("Enter");
    await noDialog();
    await keys.has("Refund");
    await page.getByText("299.00 INR of it was given back").first().waitFor();
    await keys.has("Refund");
  });

  it("resolves a case, whose button goes and leaves the focus on the page", async () => {
    await goToFirst("Cases", "Cases");
    await sees("Late truth");
    await keys.tabTo("Resolve");
    await keys.press("Enter");
    await keys.has("Reason");
    await page.keyboard.type("Compared with the gateway: it is right.");
    await keys.tabTo("Resolve case");
    await keys.press("Enter");
    await noDialog();
    await page.getByText("Compared with the gateway: it is right.").waitFor();
    await page.getByRole("button", { name: "Resolve" }).waitFor({ state: "detached" });
    await keys.has(/Late truth/);
  });

  it("sends a test event and rotates a secret, from one dialog to the next", async () => {
    await goToFirst("Endpoints", "Webhook endpoints");
    await sees(/hooks/);
    await keys.tabTo("Send a test event");
    await keys.press("Enter");
    await page.getByText(/Your server answered 200/).waitFor();
    await keys.has("Send a test event");
    await keys.tabTo("Rotate secret", "Shift+Tab");
    await keys.press("Enter");
    await keys.has("Overlap");
    await keys.tabTo("Rotate secret");
    await keys.press("Enter");
    await isOpen("Copy the signing secret now");
    expect(await keys.stopsOfDialog()).toContain("Signing secret");
    await keys.tabTo("I have copied it");
    await keys.press("Enter");
    await noDialog();
    await keys.has("Rotate secret");
  });

  it("goes from a menu to a dialog and back to the button of the menu", async () => {
    await keys.tabTo("API keys", "Shift+Tab");
    await keys.press("Enter");
    await sees("API keys");
    await keys.tabTo(/^Actions of/);
    await keys.press("Enter");
    await keys.has("Change…");
    await keys.press("ArrowDown");
    await keys.has("Rotate…");
    await keys.press("Enter");
    await keys.has("How long both work");
    await keys.press("Escape");
    await noDialog();
    await keys.has(/^Actions of/);
  });

  it("takes a filter away, and stands beside it", async () => {
    await page.goto(`${base}payments?status=succeeded`);
    await page.locator("tr[data-row]").first().waitFor();
    await pressUntil("j", isInRow);
    await keys.has(/1,299\.00/);
    await keys.tabTo(/Remove the filter Status/, "Shift+Tab");
    await keys.press("Enter");
    await page.waitForURL(/payments$/);
    expect(await keys.focus()).toMatchObject({ name: expect.stringMatching(/./) as string, fault: null });
  });

  it("signs out by the menu of the person", async () => {
    await keys.tabTo(/^Account of/, "Shift+Tab");
    await keys.press("Enter");
    await keys.has("Account and sign-in");
    await keys.press("End");
    await keys.has("Sign out");
    await keys.press("Enter");
    await sees("Sign in");
    await keys.has("E-mail");
  });
});
