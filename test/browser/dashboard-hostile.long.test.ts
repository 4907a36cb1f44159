/** Words of others in the dashboard, on the real server and under its real policy: each is shown as it was written, and none is run. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, type Dashboard } from "./support/dashboard.ts";
import { all, plant, tag, type Planted } from "./support/hostile.ts";

const program = needs("chromium", programOf("chromium"));

/** What was run says so, whichever page it is in and whenever. */
const WATCH = "Object.defineProperty(globalThis, 'ran', { set: (place) => reportViolation('run: ' + place) })";

program.describe("a text that would like to be run", () => {
  let dashboard: Dashboard;
  let planted: Planted;
  let page: Page;
  let base: string;

  beforeAll(async () => {
    dashboard = await openDashboard(program.url);
    planted = await plant(dashboard);
    page = await dashboard.newPage({ userAgent: all("browser") });
    await page.addInitScript(WATCH);
    base = await joinTeam(page, await dashboard.ownerLink(), tag("person"));
    const { people, stage, shop } = { ...dashboard, people: dashboard.stage.parts.people.people };
    const { person } = (await people.team(shop.created.merchantId))[0]!;
    const view = { id: "view_01KAJ0000000000000000000AB", merchantId: shop.created.merchantId, personId: person.id };
    await people.saveView({ ...view, page: "payments", name: tag("view"), query: "currency=INR", createdAt: stage.parts.deps.clock.now() });
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await dashboard?.close();
    await planted?.receiver.close();
  });

  interface Place {
    readonly path: (of: Planted) => string;
    readonly shows: readonly string[];
  }
  const places: Readonly<Record<string, Place>> = {
    "the home page": { path: () => "home", shows: ["shop"] },
    "the list of payments": { path: () => "payments", shows: ["shop"] },
    "a payment": { path: ({ payment }) => `payments/${payment.id}`, shows: ["description", "meta", "metadata", "customer", "gateway"] },
    "a payment by an address that names none": { path: () => `payments/${encodeURIComponent(tag("id"))}`, shows: [] },
    "an order": { path: ({ order }) => `orders/${order.id}`, shows: ["receipt", "noted", "note"] },
    "the list of orders": { path: () => "orders", shows: ["receipt"] },
    "a refund": { path: ({ refund }) => `refunds/${refund.id}`, shows: ["refund"] },
    "a payment link": { path: ({ link }) => `payment-links/${link.id}`, shows: ["link"] },
    "the list of payment links": { path: () => "payment-links", shows: ["link"] },
    "a search by a receipt": { path: () => `search?q=${encodeURIComponent(tag("receipt"))}`, shows: ["receipt"] },
    "a search that finds nothing": { path: () => `search?q=${encodeURIComponent(all("query"))}`, shows: ["query"] },
    "a list whose filter comes from the address": { path: () => `payments?order_id=${encodeURIComponent(tag("filter"))}`, shows: [] },
    "the list of endpoints": { path: () => "webhooks", shows: [] },
    "an endpoint": { path: ({ endpoint }) => `webhooks/${endpoint.id}`, shows: ["endpoint"] },
    "a delivery": { path: ({ delivery }) => `deliveries/${delivery.id}`, shows: ["answer"] },
    "an event": { path: ({ payment }) => `events?payment_id=${payment.id}`, shows: [] },
    "the list of cases": { path: () => "cases", shows: ["case"] },
    "an open case": { path: ({ open }) => `cases/${open}`, shows: ["case", "evidence"] },
    "a case that was resolved": { path: ({ resolved }) => `cases/${resolved}`, shows: ["reason", "by"] },
    "API keys": { path: () => "keys", shows: ["key"] },
    accounts: { path: () => "connectors", shows: ["account"] },
    "routing rules": { path: () => "routing", shows: ["rule", "account"] },
    settings: { path: () => "settings", shows: [] },
    "the team": { path: () => "team", shows: ["person"] },
    "the audit log": { path: () => "audit", shows: [] },
    "kept e-mails": { path: () => "emails", shows: [] },
    "the operator's merchants": { path: () => "operator/merchants", shows: ["shop"] },
  };

  const strange = () => page.evaluate<string[]>(STRANGE);

  it.each(Object.entries(places))("in %s is shown as it was written, and not run (security row 9)", async (_name, { path, shows }) => {
    await page.goto(base + path(planted));
    await page.locator("main h1").waitFor();
    await page.waitForSelector("main .animate-pulse", { state: "detached" });
    await page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))");
    for (const place of shows) await page.getByText(tag(place)).first().waitFor({ state: "attached" });
    expect(await strange()).toEqual([]);
  });

  it("in what opens over a page is shown and not run: the search, a view's menu, a change in the audit log (security row 9)", async () => {
    await page.goto(`${base}payments`);
    await page.getByRole("combobox", { name: "Search" }).fill(tag("receipt"));
    await page.getByRole("option").first().waitFor();
    expect(await strange()).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Saved views/ }).click();
    await page.getByRole("menuitem", { name: tag("view"), exact: true }).click();
    await page.waitForURL(/currency=INR/);
    await page.goto(`${base}audit?action=checkout_settings.`);
    await page
      .getByRole("button", { name: /^Checkout settings/ })
      .first()
      .click();
    await page.getByRole("dialog").getByText(tag("brand")).first().waitFor();
    expect(await strange()).toEqual([]);
  });

  it("in a kept e-mail is shown and not run, and the message's frame would run nothing of one that was not escaped (security row 9)", async () => {
    const opened = async () => {
      await page.goto(`${base}emails`);
      await page.locator("tr[data-row] button").first().click();
      const element = page.getByTitle("The message as HTML");
      expect(await element.getAttribute("sandbox")).toBe("");
      return (await (await element.elementHandle())!.contentFrame())!;
    };
    const escaped = await opened();
    await escaped.getByText(all("letter")).first().waitFor();
    expect(await escaped.evaluate<string[]>(STRANGE)).toEqual([]);
    expect(await strange()).toEqual([]);
    await connect(dashboard.stage.databaseUrl, (sql) =>
      sql.query("update captured_emails set body_html = $1", [`<p>still</p>${all("body")}`]),
    );
    const raw = await opened();
    await raw.getByText("still", { exact: true }).waitFor();
    expect((await raw.evaluate<string[]>(STRANGE)).join()).toContain("ran='body'");
    const refused = dashboard.faults.splice(0);
    expect(refused.join("\n")).toContain("sandboxed");
    expect(refused.filter((line) => line.includes("run:"))).toEqual([]);
  });

  it("would be run by a page without our defences, or it would prove nothing", async () => {
    const bare = await dashboard.browser.newPage();
    await bare.setContent(`<p title="${all("bare")}">`);
    expect(await bare.waitForFunction("globalThis.ran")).toBeTruthy();
    await bare.close();
  });

  it("that stands in the page itself is refused by its policy: no script, no handler, no base, no other origin (security row 9)", async () => {
    const { url } = dashboard;
    const inside = `<script>ran='inline'</script><script src="http://127.0.0.1:9/evil.js"></script>${tag("handler")}<base href="http://127.0.0.1:9/">`;
    await page.route(`${url}/sign-in`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        body: (await response.text()).replace("<body", `${inside}<body`).replace("</body>", `${inside}</body>`),
      });
    });
    await page.goto(`${url}/sign-in`);
    await page.locator("h1").first().waitFor();
    const refused = dashboard.faults.splice(0);
    for (const rule of ["script-src-elem inline", "script-src-elem http://127.0.0.1:9", "script-src-attr inline", "base-uri"])
      expect(
        refused.filter((line) => line.startsWith(`policy: ${rule}`)),
        refused.join("\n"),
      ).not.toEqual([]);
    expect(refused.filter((line) => line.includes("run:"))).toEqual([]);
    await page.unroute(`${url}/sign-in`);
  });

  it("is not made markup or a script by any way of the browser: Trusted Types refuse each of them, and a policy of one's own (security row 9)", async () => {
    await page.goto(`${base}home`);
    await page.locator("main h1").waitFor();
    const done = await page.evaluate<string[]>(
      `[${WAYS.map((way) => `(() => { try { ${way}; return "done"; } catch (error) { return error.name; } })()`).join(", ")}]`,
    );
    expect(done).toEqual(WAYS.map(() => "TypeError"));
    dashboard.faults.splice(0);
  });
});

/** What only a text that became markup brings into the page. */
const STRANGE = `[...document.querySelectorAll("[src=x], script:not([src]), [onload], [onerror], a[href^='javascript:' i]")].map((one) => one.outerHTML)`;

const WAYS = [
  "document.body.innerHTML = '<img src=x>'",
  "document.body.insertAdjacentHTML('beforeend', '<img src=x>')",
  "document.write('<img src=x>')",
  "new DOMParser().parseFromString('<img src=x>', 'text/html')",
  "document.createRange().createContextualFragment('<img src=x>')",
  "document.createElement('script').src = 'http://127.0.0.1:9/evil.js'",
  "document.createElement('script').text = 'ran=1'",
  "document.createElement('iframe').srcdoc = '<script>ran=1</script>'",
  "trustedTypes.createPolicy('own', { createHTML: (text) => text })",
];
