/** Filters that somebody keeps under a name: on every list that has them, in every browser where they sign in. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { upi } from "../journeys/support/merchant.ts";
import "../journeys/support/patience.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, signIn, type Dashboard } from "./support/dashboard.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("saved views", () => {
  let dashboard: Dashboard;
  let page: Page;
  let other: Page;
  let base: string;
  let failed: string;

  beforeAll(async () => {
    dashboard = await openDashboard(program.url);
    const { client } = dashboard.shop;
    const [good, bad] = [await client.create(upi("success")), await client.create(upi("failure"))];
    await client.until(good.json.id, "succeeded");
    failed = (await client.until(bad.json.id, "failed")).id;
    page = await dashboard.newPage();
    base = await joinTeam(page, await dashboard.ownerLink());
    other = await dashboard.newPage();
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(() => dashboard?.close());

  const menu = (at: Page, shown = "") => at.getByRole("button", { name: `Saved views${shown}`, exact: true });
  async function choose(at: Page, item: string, shown = ""): Promise<void> {
    await menu(at, shown).click();
    await at.getByRole("menuitem", { name: item }).click();
  }
  async function saveAs(at: Page, name: string): Promise<void> {
    await choose(at, "Save these filters…");
    await at.getByLabel("Name", { exact: true }).fill(name);
    await at.getByRole("button", { name: "Save view" }).click();
    await menu(at, `: ${name}`).waitFor();
  }
  const onlyFailed = async (at: Page): Promise<void> => {
    await at.locator(`[data-row="${failed}"]`).waitFor();
    await waitFor("only that row", async () => (await at.locator("tbody tr").count()) === 1);
  };

  it("keep what the filters pick under a name, over a reload", async () => {
    await page.goto(`${base}payments`);
    await page.getByLabel("Status").selectOption("failed");
    await onlyFailed(page);
    await saveAs(page, "To look at");
    await page.reload();
    await menu(page, ": To look at").waitFor();
    await onlyFailed(page);
  });

  it("are shown and applied where the same person signs in elsewhere", async () => {
    await other.goto(`${base}payments`);
    await signIn(other);
    await other.waitForURL(/\/test\/payments/);
    await other.locator("tbody tr").nth(1).waitFor();
    await choose(other, "To look at");
    await other.waitForURL((url) => url.searchParams.get("status") === "failed");
    await onlyFailed(other);
  });

  it("are renamed, and keep their filters", async () => {
    await choose(page, "Rename “To look at”…", ": To look at");
    const rename = page.getByRole("button", { name: "Rename view" });
    expect(await rename.getAttribute("title")).toBe("It has this name.");
    await page.getByLabel("Name", { exact: true }).fill("Failed today");
    await rename.click();
    await menu(page, ": Failed today").waitFor();
    await other.goto(`${base}payments`);
    await choose(other, "Failed today");
    await onlyFailed(other);
    await menu(other, ": Failed today").click();
    expect(await other.getByRole("menuitem", { name: "To look at", exact: true }).count()).toBe(0);
    await other.keyboard.press("Escape");
  });

  it("are deleted everywhere, and the list stays as it is shown", async () => {
    await choose(other, "Delete “Failed today”…", ": Failed today");
    await other.getByRole("button", { name: "Delete view" }).click();
    await menu(other).waitFor();
    await onlyFailed(other);
    await page.reload();
    await menu(page).click();
    await page.getByText("No saved views yet").waitFor();
    await page.keyboard.press("Escape");
  });

  it.each([
    ["orders", "status=paid"],
    ["refunds", "status=failed"],
    ["cases", "status=open"],
    ["deliveries", "status=failed"],
    ["events", "type=payment.succeeded"],
    ["dead-letters", "reason=malformed"],
    ["payment-links", "status=active"],
    ["audit", "actor=person"],
  ])("stand on the list of %s, and are of that list only", async (list, query) => {
    await page.goto(`${base}${list}?${query}`);
    await saveAs(page, "Mine");
    await page.goto(base + list);
    await choose(page, "Mine");
    await page.waitForURL((url) => url.search === `?${query}`);
    await page.goto(`${base}payments`);
    await menu(page).click();
    await page.getByText("No saved views yet").waitFor();
    await page.keyboard.press("Escape");
  });
});
