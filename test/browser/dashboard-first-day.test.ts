/** The first hour of somebody new: links that were used, a password that is lost, a first payment and more to look at. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Merchant, upi, type Keys } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { launch } from "../journeys/support/program.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { needs } from "../support/require-services.ts";
import { openBrowser, programOf } from "./program.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the first day at the dashboard", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let merchant: Merchant;
  let page: Page;
  let facts: { url: string; test_keys: string; sign_in_url: string; dashboard_url: string };

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), "tillway first "));
    stops.push(() => rmSync(home, { recursive: true, force: true }));
    const database = await migratedDatabase(databaseServers()[0]!.url);
    stops.push(() => database.drop());
    const ports = { API_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()), DASHBOARD_PORT: String(await freePort()) };
    const tillway = launch(["all", "--json"], {
      ...ports,
      TILLWAY_HOME: join(home, "home"),
      DATABASE_URL: database.url,
      LOG_LEVEL: "warn",
      SANDBOX_DELAY_MS: "0",
    });
    stops.push(() => tillway.stop("SIGKILL"));
    const [line] = await tillway.printed(/^\{.*"checkout_url".*\}$/m, 90_000);
    facts = JSON.parse(line) as typeof facts;
    merchant = new Merchant(facts.url, JSON.parse(readFileSync(facts.test_keys, "utf8")) as Keys);
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    page = await (await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => faults.push(error.message));
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  const button = (name: string) => page.getByRole("button", { name, exact: true });

  it("says what helps where no mail server can bring a lost password back", async () => {
    await page.goto(`${facts.dashboard_url}/forgot`);
    await page.getByLabel("E-mail").fill("owner@merchant.example");
    await button("Send the link").click();
    await page.getByText("npx tillway people sign-in-link --email owner@merchant.example").waitFor();
  });

  it("shows a first request that works as it is, but for the keys, and the figures once it came", async () => {
    await page.goto(facts.sign_in_url);
    await page.getByLabel("Your name").fill("Asha Rao");
    await page.getByLabel("Choose a password").fill("tea at four, with cardamom 77");
    await button("Join Test merchant").click();
    await page.getByText(`curl ${facts.url}/v1/payments`).waitFor();
    await merchant.create(upi("success"));
    await page.getByRole("heading", { name: "Newest payments" }).waitFor();
  });

  it("still offers sample data beside the first payment, and follows all of it live", async () => {
    await button("Make sample data").click();
    await page
      .getByText(/^Made \d+ payments/)
      .first()
      .waitFor();
    await expect.poll(() => button("Make sample data").count(), { timeout: 30_000 }).toBe(0);
    const before = await merchant.create(upi("success"));
    await merchant.until(before.json.id, "succeeded");
    await page.getByRole("button", { name: /^\d+ new payments?$/ }).waitFor();
    // Events that come in one after the other end no stream.
    await page.getByRole("button", { name: "Up to date" }).waitFor({ timeout: 5_000 });
    expect(faults.splice(0)).toEqual([]);
  });

  it("invites a colleague once for a double click, and says where the link is that no mail server sends", async () => {
    await page.goto(page.url().replace(/home.*$/, "team"));
    await button("Invite somebody").click();
    await page.getByLabel("E-mail").fill(" ben@shop.example ");
    await button("Send invitation").dblclick();
    await page.getByText("ben@shop.example").first().waitFor();
    await page.getByRole("link", { name: "Kept e-mails" }).last().click();
    await button("Join Test merchant on Tillway").waitFor();
    expect(await page.getByRole("cell", { name: "ben@shop.example" }).count()).toBe(1);
  });

  it("links each refusal to the page that explains it", async () => {
    await page.goto(`${facts.dashboard_url}/docs/errors#link_ended`);
    await page.getByRole("heading", { level: 1, name: "Errors" }).waitFor();
  });

  it("leads whoever opens the link of the start once more to where they sign in", async () => {
    await page.context().clearCookies();
    await page.goto("about:blank");
    await page.goto(facts.sign_in_url);
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.getByLabel("Password").waitFor();
  });
});
