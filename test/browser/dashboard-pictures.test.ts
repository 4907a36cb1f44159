/** Pictures of every route of the dashboard in both looks, over the built program with something on each page. `npm run screenshots` takes them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Merchant, type Json, type Keys } from "../journeys/support/merchant.ts";
import { freePort } from "../journeys/support/ports.ts";
import { launch } from "../journeys/support/program.ts";
import { startReceiver } from "../journeys/support/receiver.ts";
import "../journeys/support/patience.ts";
import { databaseServers } from "../support/databases.ts";
import { migratedDatabase } from "../support/migrated-database.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { fill } from "./pictures-data.ts";
import { openBrowser, programOf } from "./program.ts";

/** `npm run screenshots` sets it. */
const folder = process.env["SCREENSHOTS"];
const table = "../../dashboard/src/routes.tsx";
type Listed = readonly { readonly path: string; readonly signedIn?: boolean }[];
const { pages, plainPages } = (await import(/* @vite-ignore */ table)) as { pages: Listed; plainPages: Listed };

/** Also taken as narrow as a phone: those that people open most. */
const NARROW = new Set(["home", "payments", "payments/$id", "webhooks", "analytics", "/sign-in"]);
/** Where the page of one thing is found, where the newest of its list says too little. */
const BETTER: Readonly<Record<string, string>> = { "deliveries/$id": "deliveries?status=succeeded", "orders/$id": "orders?status=paid" };
const QUERIES: Readonly<Record<string, string>> = { search: "?q=asha.rao@shopper.example" };
/** The look that was chosen stands on the screen. */
const PAINTED = "new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 250))";
const program = needs("chromium", programOf("chromium"));

(folder === undefined ? describe.skip : program.describe)("the dashboard's pictures", () => {
  const stops: (() => unknown)[] = [];
  const faults: string[] = [];
  let browser: Browser;
  let owner: Page;
  let base: string;
  let merchant: Merchant;
  let databaseUrl: string;
  let hooksUrl: string;

  beforeAll(async () => {
    mkdirSync(join(folder!, "dashboard"), { recursive: true });
    const home = mkdtempSync(join(tmpdir(), "tillway pictures "));
    stops.push(() => rmSync(home, { recursive: true, force: true }));
    const database = await migratedDatabase(databaseServers()[0]!.url);
    databaseUrl = database.url;
    stops.push(() => database.drop());
    const receiver = await startReceiver((response) => void response.writeHead(200).end("heard"));
    hooksUrl = receiver.url;
    stops.push(() => receiver.close());
    const ports = { API_PORT: String(await freePort()), CHECKOUT_PORT: String(await freePort()), DASHBOARD_PORT: String(await freePort()) };
    const settings = { TILLWAY_HOME: join(home, "home"), DATABASE_URL: databaseUrl, LOG_LEVEL: "warn" };
    const tillway = launch(["all", "--json"], { ...ports, ...settings, SANDBOX_DELAY_MS: "200", SANDBOX_SUCCESS_RATE: "1" });
    stops.push(() => tillway.stop("SIGKILL"));
    const [line] = await tillway.printed(/^\{.*"checkout_url".*\}$/m, 90_000);
    const facts = JSON.parse(line) as { url: string; test_keys: string; sign_in_url: string };
    merchant = new Merchant(facts.url, JSON.parse(readFileSync(facts.test_keys, "utf8")) as Keys);
    browser = await openBrowser(program.url!);
    stops.push(() => browser.close());
    owner = await newPage();
    await owner.goto(facts.sign_in_url);
    await owner.getByLabel("Your name").fill("Asha Rao");
    await owner.getByLabel("Choose a password").fill("a kettle that sings at dawn");
    await owner.locator("button[type=submit]").click();
    await owner.waitForURL(/\/test\/home/);
    base = owner.url().replace(/home.*$/, "");
  });
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
  });

  async function newPage(): Promise<Page> {
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Kolkata", reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => faults.push(error.message));
    return page;
  }

  it("are of a shop that was just opened, and of one with something on each page", { timeout: 900_000 }, async () => {
    await take(owner, `${base}home`, "home-fresh");
    await fill({ merchant, databaseUrl, hooksUrl, owner });
    for (const { path } of pages) await take(owner, await addressOf(path), path);
    for (const { path } of plainPages.filter(({ signedIn }) => signedIn)) await take(owner, new URL(path, base).href, path);
    const nobody = await newPage();
    for (const { path } of plainPages.filter(({ signedIn }) => !signedIn))
      await take(nobody, new URL(path === "/reset" ? `${path}#token` : path, base).href, path);
    expect(faults).toEqual([]);
  });

  /** Of one that the pages show: it changed something. */
  async function requestId(): Promise<string> {
    const { headers } = await merchant.post("/v1/orders", { amount: 8_800, currency: "INR", receipt: "order-1044" });
    const id = headers.get("request-id")!;
    // Requests are written down a moment after their answer.
    await waitFor("the request to be kept", async () => (await merchant.get(`/v1/requests/${id}`)).status === 200);
    return id;
  }

  /** A page of one thing is found as people find it: by the first row of its list. A payment is one that was given back in part. */
  async function addressOf(path: string): Promise<string> {
    if (!path.endsWith("/$id")) return base + path + (QUERIES[path] ?? "");
    const refunds = (await merchant.get("/v1/refunds?status=succeeded")).json.data as Json[];
    if (path === "requests/$id") return `${base}requests/${await requestId()}`;
    if (path === "payments/$id") return `${base}payments/${refunds[0].payment_id}`;
    await owner.goto(base + (BETTER[path] ?? path.replace("/$id", "")));
    const first = owner.locator("[data-row-link]").first();
    return new URL((await first.getAttribute("href"))!, base).href;
  }

  async function take(page: Page, address: string, path: string): Promise<void> {
    const name = path.replace(/^\//, "").replace("/$id", "-one").replaceAll("/", "-");
    const widths = NARROW.has(path) ? [1280, 360] : [1280];
    await page.goto(address);
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 360 ? 800 : 900 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForSelector(`html[data-theme="${colorScheme}"]`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForSelector("main .animate-pulse", { state: "detached" });
        await page.evaluate(PAINTED);
        await page.screenshot({ path: join(folder!, "dashboard", `${name}-${colorScheme}${width === 360 ? "-360" : ""}.png`) });
      }
    }
  }
});
