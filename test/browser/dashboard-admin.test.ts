/** Whoever runs a merchant: keys, the team and its roles, the audit log, the invariants. The built program, and browsers before it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Merchant, upi, type Json, type Keys } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { launch } from "../journeys/support/program.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openBrowser, programOf } from "./program.ts";
import { joinTeam, PASSWORD } from "./support/dashboard.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the pages of those who run a merchant", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let merchant: Merchant;
  let owner: Page;
  /** `/{merchant}/{mode}/` with the dashboard's origin. */
  let base: string;
  let databaseUrl: string;

  beforeAll(async () => {
    const home = mkdtempSync(join(tmpdir(), "tillway admin "));
    stops.push(() => rmSync(home, { recursive: true, force: true }));
    const database = await migratedDatabase(databaseServers()[0]!.url);
    databaseUrl = database.url;
    stops.push(() => database.drop());
    const ports = { API_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()), DASHBOARD_PORT: String(await freePort()) };
    const tillway = launch(["all", "--json"], {
      ...ports,
      TILLWAY_HOME: join(home, "home"),
      DATABASE_URL: database.url,
      LOG_LEVEL: "warn",
    });
    stops.push(() => tillway.stop("SIGKILL"));
    const [line] = await tillway.printed(/^\{.*"checkout_url".*\}$/m, 90_000);
    const facts = JSON.parse(line) as { url: string; test_keys: string; sign_in_url: string };
    merchant = new Merchant(facts.url, JSON.parse(readFileSync(facts.test_keys, "utf8")) as Keys);
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    owner = await enter(facts.sign_in_url, "Asha Rao");
    base = owner.url().replace(/home.*$/, "");
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  /** Somebody opens the link of an invitation, in a browser of their own. */
  async function enter(link: string, name: string): Promise<Page> {
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Kolkata", viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => faults.push(error.message));
    await joinTeam(page, link, name);
    return page;
  }

  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const dialog = (page: Page) => page.getByRole("dialog");
  const act = async (page: Page, of: string, what: string): Promise<void> => {
    await button(page, `Actions of ${of}`).first().click();
    await page.getByRole("menuitem", { name: what }).click();
  };
  /** The secret that a dialog shows, and what the API says to it. */
  async function shownKeys(page: Page): Promise<Keys> {
    const text = (await dialog(page).getByLabel("Key and secret").textContent()) ?? "";
    const [, key = "", secret = ""] = /API_KEY=(\S+)\nTILLWAY_API_SECRET=(\S+)/.exec(text) ?? [];
    await button(page, "I have stored it").click();
    return { key, secret };
  }
  const statusWith = async (keys: Keys): Promise<number> => (await new Merchant(merchant.url, keys).get("/v1/payments")).status;

  it("a key is created, rotated and revoked; its secret is shown once, and does what was chosen until it ends", async () => {
    await owner.goto(`${base}keys`);
    await button(owner, "Create key").first().click();
    await dialog(owner).getByLabel("Name").fill("Reporting");
    await dialog(owner).getByLabel("payments.write").uncheck();
    await button(owner, "Create key").last().click();
    const first = await shownKeys(owner);
    expect(await statusWith(first)).toBe(200);
    expect((await new Merchant(merchant.url, first).create({ amount: 100, currency: "INR" })).status).toBe(403);

    await act(owner, "Reporting", "Rotate…");
    await dialog(owner).getByLabel("How long both work").selectOption({ label: "1 hour" });
    await button(owner, "Rotate key").click();
    const second = await shownKeys(owner);
    expect([await statusWith(first), await statusWith(second), first.key === second.key]).toEqual([200, 200, false]);
    await owner.getByText("ends in").waitFor();

    const fresh = owner.getByRole("row").filter({ hasText: "Reporting" }).filter({ hasText: "Active" });
    await fresh.getByRole("button", { name: "Actions of Reporting" }).click();
    await owner.getByRole("menuitem", { name: "Revoke…" }).click();
    await dialog(owner).getByText(second.key).waitFor();
    await button(owner, "Revoke key").click();
    await waitFor("the key to be refused", async () => (await statusWith(second)) === 401);
    await owner.reload();
    await owner.getByRole("row").filter({ hasText: "Revoked" }).waitFor();
    expect(await owner.getByText(first.secret).count()).toBe(0);
  });

  it("somebody is invited as support and is refused what the table says, by the page and by the API", async () => {
    await owner.goto(`${base}team`);
    await button(owner, "Invite somebody").click();
    await dialog(owner).getByLabel("E-mail").fill("ravi@shop.example");
    await dialog(owner).getByRole("radio", { name: "Support" }).check();
    await button(owner, "Send invitation").click();
    const letter = await waitFor("the e-mail to be kept", async () => {
      const data = await owner.evaluate(keptAsThePage, base);
      return data.find(({ to }) => to === "ravi@shop.example") ?? null;
    });
    const ravi = await enter(/http\S+\/invitation#\S+/.exec(letter.text as string)![0], "Ravi Menon");
    const byKey = ((await merchant.get("/v1/test/emails")).json as { data: Json[] }).data.find(({ to }) => to === "ravi@shop.example");
    expect(byKey!.text).toMatch(/\/invitation#inv_\w{26}_hidden\s/);

    await ravi.goto(`${base}team`);
    const off = button(ravi, "Invite somebody");
    await ravi.getByText("Ravi Menon").first().waitFor();
    expect(await off.getAttribute("aria-disabled")).toBe("true");
    expect(await off.getAttribute("title")).toBe("Your role, Support, may not do this. It takes Owner or Admin.");
    await ravi.goto(`${base}keys`);
    await ravi.getByText("API keys is not open to you").waitFor();
    expect(await ravi.evaluate(askAsThePage, base)).toEqual([403, "permission_denied"]);

    await owner.reload();
    await act(owner, "ravi@shop.example", "Change role…");
    await dialog(owner).getByRole("radio", { name: "Developer" }).check();
    await button(owner, "Change role").click();
    await owner.getByRole("row").filter({ hasText: "ravi@shop.example" }).filter({ hasText: "Developer" }).waitFor();
    await ravi.reload();
    await button(ravi, "Create key").first().waitFor();
  });

  it("the audit log says who changed what, before and after, and its address holds the filter", async () => {
    await owner.goto(`${base}settings`);
    await owner.getByLabel("Colour", { exact: true }).fill("#c2410c");
    await button(owner, "Save").click();
    await waitFor("the colour", async () => (await merchant.get("/v1/checkout/settings")).json.color === "#c2410c");
    await owner.goto(`${base}audit`);
    await owner.getByLabel("About").selectOption({ label: "Checkout settings" });
    await owner.waitForURL(/action=checkout_settings/);
    await owner
      .getByRole("button", { name: /^Checkout settings/ })
      .first()
      .click();
    const change = dialog(owner).getByRole("row").filter({ hasText: "Color" });
    expect(await change.locator("ins").textContent()).toBe("#c2410c");
    await dialog(owner).getByText("Asha Rao").or(dialog(owner).getByText("owner@merchant.example")).first().waitFor();
    await owner.getByRole("button", { name: "Close" }).click();
    // It has what was sealed, which the newest change soon is.
    await waitFor(
      "the change to be in the export",
      async () => {
        const [file] = await Promise.all([owner.waitForEvent("download"), button(owner, "Download the export").click()]);
        return readFileSync(await file.path(), "utf8").includes("checkout_settings");
      },
      { timeoutMs: 60_000, pauseMs: 500 },
    );
  });

  it("figures over time have a table and a CSV, by what the address says", async () => {
    for (const _turn of [1, 2, 3]) await merchant.create(upi("success", { confirm: true }));
    const counted = async () => (await merchant.get("/v1/analytics?metric=volume")).json.data?.[0]?.total.count === 3;
    await waitFor("three payments to be counted", counted, { timeoutMs: 60_000 });
    await owner.goto(`${base}analytics?tables=volume&group=method&zone=Asia/Kolkata`);
    const total = owner.getByRole("table", { name: "Volume in INR" }).getByRole("row", { name: /In all/ });
    expect(await total.getByRole("cell").textContent()).toBe("₹1,500.00");
    const download = owner.waitForEvent("download");
    await button(owner, "Volume as CSV").click();
    const rows = readFileSync(await (await download).path(), "utf8").split("\r\n");
    expect([rows[0]?.startsWith("metric,at,currency,method"), rows.filter((row) => row.includes(",INR,upi,,3,150000,"))]).toEqual([
      true,
      [expect.stringMatching(/^volume,.*18:30:00.000Z,/)],
    ]);
    // An answer that was cut says so.
    const lacks = owner.getByText("the latest times lack some of it");
    expect(await lacks.count()).toBe(0);
    await owner.route("**/v1/analytics?*", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...((await response.json()) as object), rows_are_capped: true } });
    });
    await owner.reload();
    await lacks.first().waitFor();
    // Waits for answers that are under way; to fulfil one of a route that is gone is an error.
    await owner.unrouteAll({ behavior: "wait" });
  });

  it("an open page is not enough for a key or a large refund: it asks who sits there, and what was asked for goes on (security row 13)", async () => {
    const signedInLongAgo = () =>
      connect(databaseUrl, (client) => client.query("update person_sessions set confirmed_at = to_timestamp(0)"));
    const proof = owner.getByRole("dialog", { name: "Is it still you?" });
    await owner.goto(`${base}settings?tab=general`);
    await button(owner, "Add a limit").click();
    await owner.getByLabel("Currency").fill("INR");
    await owner.getByLabel("Limit in INR").fill("100");
    await button(owner, "Save").last().click();
    await waitFor("the limit", async () => (await merchant.get("/v1/settings")).json.refund_limits?.INR === 10_000);

    await signedInLongAgo();
    await owner.goto(`${base}keys`);
    await button(owner, "Create key").first().click();
    await dialog(owner).getByLabel("Name").fill("Night");
    await button(owner, "Create key").last().click();
    await proof.getByLabel("Password").fill("not the password");
    await owner.keyboard.press("Enter");
    await proof.getByText("is wrong").waitFor();
    await proof.getByRole("button", { name: "Back" }).click();
    await dialog(owner).getByText("Show once more that it is you").waitFor();
    await button(owner, "Create key").last().click();
    await proof.getByLabel("Password").fill(PASSWORD);
    await owner.keyboard.press("Enter");
    expect(await statusWith(await shownKeys(owner))).toBe(200);

    // The session ends while it asks: after the next sign-in it asks again.
    await signedInLongAgo();
    await button(owner, "Create key").first().click();
    await dialog(owner).getByLabel("Name").fill("Day");
    await button(owner, "Create key").last().click();
    await proof.getByLabel("Password").waitFor();
    await connect(databaseUrl, (client) =>
      client.query("delete from person_sessions where person_id = (select id from people where name = 'Asha Rao')"),
    );
    await proof.getByLabel("Password").fill(PASSWORD);
    await proof.getByRole("button", { name: "Go on" }).click();
    await owner.waitForURL(/\/sign-in/);
    await owner.getByLabel("E-mail").fill("owner@merchant.example");
    await owner.getByLabel("Password").fill(PASSWORD);
    await button(owner, "Sign in").click();
    await owner.waitForURL(/\/keys$/);
    await signedInLongAgo();
    await button(owner, "Create key").first().click();
    await dialog(owner).getByLabel("Name").fill("Day");
    await button(owner, "Create key").last().click();
    await proof.getByLabel("Password").fill(PASSWORD);
    await proof.getByRole("button", { name: "Go on" }).click();
    expect(await statusWith(await shownKeys(owner))).toBe(200);

    await signedInLongAgo();
    const { json: payment } = await merchant.create(upi("success", { confirm: true }));
    await owner.goto(`${base}payments/${payment.id}`);
    await button(owner, "Refund").click();
    await dialog(owner).getByLabel("Amount in INR").fill("100.01");
    await button(owner, "Refund ₹100.01").click();
    await proof.getByLabel("Password").fill(PASSWORD);
    await proof.getByRole("button", { name: "Go on" }).click();
    await waitFor("the refund", async () => (await merchant.get(`/v1/refunds?payment_id=${payment.id}`)).json.data?.[0]?.amount === 10_001);
  });

  it("the invariants page says in one line that all hold, once they were looked at", async () => {
    await owner.goto(`${base}invariants`);
    await owner.getByText(/\d+ invariants hold/).waitFor({ timeout: 60_000 });
    await owner.getByText("An order is paid if, and only if, one of its payments has succeeded.").waitFor();
    expect(faults).toEqual([]);
  });
});

/** The e-mails that were kept, as whoever is signed in there sees them. */
async function keptAsThePage(base: string): Promise<Json[]> {
  const [merchant = "", mode = ""] = new URL(base).pathname.split("/").slice(1);
  const answer = await fetch("/v1/test/emails", { headers: { "tillway-merchant": merchant, "tillway-mode": mode } });
  return ((await answer.json()) as { data: Json[] }).data;
}

/** What somebody does who does not care that a button is off. In the browser, with the cookie and the token of the page. */
async function askAsThePage(base: string): Promise<readonly [number, string]> {
  const [merchant = "", mode = ""] = new URL(base).pathname.split("/").slice(1);
  const session = (await (await fetch("/v1/session")).json()) as { csrf_token: string };
  const response = await fetch("/v1/keys", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-csrf-token": session.csrf_token,
      "tillway-merchant": merchant,
      "tillway-mode": mode,
      "idempotency-key": "as-support",
    },
    body: JSON.stringify({ name: "Mine", scopes: ["payments.read"] }),
  });
  const answer = (await response.json()) as { error?: { code: string } };
  return [response.status, answer.error?.code ?? "none"];
}
