/** A developer looks at the e-mails that were kept and not sent: real API, worker and PostgreSQL, and the page as the build made it. */
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { upi, type Json, type Merchant } from "../journeys/support/merchant.ts";
import { openStage, type Stage } from "../journeys/support/stage.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { openBrowser, programOf } from "./program.ts";

const pictures = process.env["SCREENSHOTS"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const program = needs("chromium", programOf("chromium"));

program.describe("the page of kept e-mails", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let context: BrowserContext;
  let stage: Stage;
  let merchant: Merchant;
  let link: string;

  beforeAll(async () => {
    stage = await openStage(databaseServers()[0]!.url);
    stops.push(() => stage.close());
    merchant = (await stage.merchant()).client;
    link = (await merchant.get("/v1/test/emails/page")).json.url;
    await merchant.put("/v1/email-settings", { enabled: true, from_name: "Chai & Co", line: "<img src=x onerror=alert(1)>" });
    for (const locale of ["en", "ar"]) await paid(locale);
    browser = await openBrowser(program.url);
    stops.push(() => browser.close());
    context = await browser.newContext({ locale: "en-GB", timezoneId: "UTC", viewport: { width: 1280, height: 900 } });
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function paid(locale: string): Promise<string> {
    const before = (await merchant.get("/v1/test/emails")).json.data.length as number;
    const body = upi("success", { confirm: true, customer: { email: "asha@shopper.example" }, metadata: { locale } });
    const { json } = await merchant.create(body);
    await waitFor("an e-mail to be kept", async () => ((await merchant.get("/v1/test/emails")).json.data as Json[]).length > before);
    return json.id;
  }

  async function open(url: string, within = context): Promise<Page> {
    const page = await within.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (line) => line.type() === "error" && !/Failed to load resource/.test(line.text()) && faults.push(line.text()));
    await page.goto(url);
    return page;
  }

  const receipt = (page: Page) => page.getByRole("link", { name: "Your receipt from Chai & Co" }).first();

  it("lists them, and shows one as HTML, as text and by its headers; the link's key leaves the address at once", async () => {
    const page = await open(link);
    await receipt(page).click();
    await page.getByRole("heading", { name: "Your receipt from Chai & Co" }).waitFor();
    expect([link.includes("#emails."), page.url().includes("#emails.")]).toEqual([true, false]);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { name: "Thank you for your payment" }).waitFor();
    expect(await frame.getByText("<img src=x onerror=alert(1)>").count()).toBe(1);
    await page.getByRole("radio", { name: "Text" }).check();
    expect(await page.locator("#text").textContent()).toContain("Amount: ₹500.00");
    await page.getByRole("radio", { name: "Headers" }).check();
    expect(await page.locator("#headers").textContent()).toMatch(/Message-ID<dlv_\w+@localhost>.*Auto-Submitted/);
    await page.reload();
    await page.getByRole("heading", { name: "Your receipt from Chai & Co" }).waitFor();
    await page.close();
    expect(faults).toEqual([]);
  });

  it("shows one that comes while it is open", async () => {
    const page = await open(link);
    await receipt(page).waitFor();
    const before = await page.getByRole("listitem").count();
    await paid("de");
    await page.getByRole("link", { name: "Ihre Quittung von Chai & Co" }).waitFor();
    expect(await page.getByRole("listitem").count()).toBe(before + 1);
    await page.close();
  });

  it("shows nothing without a link, and another merchant's link shows theirs", async () => {
    const other = (await stage.merchant()).client;
    const fresh = await browser.newContext();
    const page = await open(`${stage.url}/emails`, fresh);
    await page.getByRole("status").getByText("Whose e-mails?").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(0);
    await page.goto((await other.get("/v1/test/emails/page")).json.url);
    await page.getByText("No e-mails yet.").waitFor();
    expect(await page.getByRole("listitem").count()).toBe(0);
    await fresh.close();
  });

  it("has no fault for axe, light and dark, and cuts nothing off at 1280, 360 and 320 px", async () => {
    const page = await open(link);
    const found: string[] = [];
    for (const state of ["list", "html", "text", "headers"]) {
      if (state === "html") await receipt(page).click();
      if (state !== "list") await page.getByRole("radio", { name: state === "html" ? "HTML" : state }).check();
      for (const colorScheme of ["light", "dark"] as const)
        for (const width of [1280, 360, 320]) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 900 });
          await page.evaluate(axe);
          const faulty = await page.evaluate<string[]>(AXE);
          const sideways = await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
          found.push(
            ...[...faulty, ...(sideways > 0 ? [`scrolls sideways by ${sideways}`] : [])].map(
              (one) => `${state} ${colorScheme} ${width}: ${one}`,
            ),
          );
          if (pictures !== undefined && width !== 320) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({ path: join(pictures, `emails-page-${state}-${colorScheme}-${width}.png`) });
          }
        }
    }
    await page.close();
    expect([found, faults]).toEqual([[], []]);
  });

  it("a message fits a screen of 320 px, from left to right and from right to left", async () => {
    const page = await context.newPage();
    await page.setViewportSize({ width: 320, height: 800 });
    const emails: Json[] = (await merchant.get("/v1/test/emails")).json.data;
    expect(emails.length).toBeGreaterThan(1);
    for (const { html, subject } of emails) {
      await page.setContent(html);
      const sideways = await page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      expect([subject, sideways]).toEqual([subject, 0]);
    }
    await page.close();
  });

  it("a message can run nothing, ask nobody and lead nowhere, whatever its HTML is", async () => {
    const asked: string[] = [];
    const thief = createServer((request, response) => (asked.push(request.url!), response.end()));
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    stops.push(() => thief.close());
    const theirs = `http://127.0.0.1:${(thief.address() as AddressInfo).port}`;
    const evil = `<p id="x">still</p><script>document.getElementById("x").textContent = "ran"</script><img src="${theirs}/seen" onerror="parent.document.title='ran'">
      <a href="${theirs}/" target="_top">go</a><form action="${theirs}/"><button>send</button></form><meta http-equiv="refresh" content="0;url=${theirs}/">`;
    await connect(stage.databaseUrl, (database) => database.query("update captured_emails set body_html = $1", [evil]));
    const page = await context.newPage();
    await page.goto(link);
    await receipt(page).click();
    const frame = page.frameLocator("iframe");
    await frame.getByText("still").waitFor();
    await frame.getByText("go", { exact: true }).click();
    await frame.getByRole("button", { name: "send" }).click();
    await page.getByRole("radio", { name: "Text" }).check();
    expect(asked).toEqual([]);
    expect([page.url().startsWith(`${stage.url}/emails#dlv_`), await page.title()]).toEqual([
      true,
      "Your receipt from Chai & Co · E-mails kept by Tillway",
    ]);
    expect(await frame.locator("#x").textContent()).toBe("still");
    await page.close();
  });
});

const AXE = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " at " + target + ": " + failureSummary)))`;
