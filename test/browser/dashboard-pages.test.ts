/** What stands around all pages and tables of the dashboard, pressed on the real server: switches, pages of rows, columns, live and not. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { upi, type Json, type Merchant } from "../journeys/support/merchant.ts";
import { startReceiver, type Receiver } from "../journeys/support/receiver.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, type Dashboard } from "./support/dashboard.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("around the dashboard's pages", () => {
  let dashboard: Dashboard;
  let merchant: Merchant;
  let receiver: Receiver;
  let page: Page;
  let base: string;
  let answer = 200;

  beforeAll(async () => {
    receiver = await startReceiver((response) => void response.writeHead(answer).end("heard"));
    dashboard = await openDashboard(program.url);
    merchant = dashboard.shop.client;
    page = await dashboard.newPage({ locale: "en-IN" });
    base = await joinTeam(page, await dashboard.ownerLink());
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const open = (place: string) => page.goto(base + place);
  const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
  const sql = (text: string, values: unknown[] = []) => connect(dashboard.stage.databaseUrl, (client) => client.query(text, values));

  it("Home says what came in, how much of it was approved, what is unclear, and what fails", async () => {
    answer = 503;
    await merchant.post("/v1/webhook-endpoints", { url: `${receiver.url}/hooks`, events: ["payment.failed"] });
    const made = await Promise.all(
      ["success", "success", "success", "failure", "wrong-amount"].map(
        async (name) => (await merchant.create(upi(name))).json.id as string,
      ),
    );
    for (const id of made.slice(0, 3)) await merchant.until(id, "succeeded");
    await merchant.until(made[3]!, "failed");
    await merchant.post("/v1/refunds", { payment_id: made[0], amount: 10_000 });
    await waitFor("all of it to be counted", async () => {
      const now = (await merchant.get("/v1/overview")).json as Json;
      return now.volume[0]?.refunded === 10_000 && now.open_cases === 1 && now.webhooks?.retrying === 1 && now.queues?.due === 0;
    });
    await open("home");
    for (const [name, value, note] of [
      ["Volume today", "₹1,500.00", "₹100.00 refunded"],
      ["Success rate", "75.0 %", "3 of 4 that ended"],
      ["Outcome unknown", "1", "Tillway keeps asking"],
      ["Open cases", "1", "Wait for a person"],
      ["Webhooks failing", "1", "All endpoints answer"],
      ["Jobs due", "0", "Nothing waits"],
    ] as const) {
      const shown = page.locator("main").getByText(name, { exact: true }).first().locator("..");
      await waitFor(`${name} to be ${value}, ${note}`, async () => {
        const text = await shown.innerText();
        return text.includes(value) && text.includes(note);
      });
    }
  });

  it("an endpoint is paused, what happens waits and its page says for what, and is sent once it is resumed", async () => {
    answer = 200;
    const [endpoint] = (await merchant.get("/v1/webhook-endpoints")).json.data as [Json];
    await open(`webhooks/${endpoint.id}`);
    await button("Pause").click();
    await page.getByText("It is paused: what happens is owed to it and waits.").waitFor();
    const { id } = (await merchant.create(upi("failure"))).json;
    const owed = await waitFor("a delivery that waits", async () => {
      const { data } = (await merchant.get(`/v1/deliveries?payment_id=${id}`)).json;
      return data[0] ?? null;
    });
    await open(`deliveries/${owed.id}`);
    await page.getByText("Once the endpoint is resumed").waitFor();
    await page.getByText("Not tried yet").waitFor();
    await open(`webhooks/${endpoint.id}`);
    await button("Resume").click();
    await button("Pause").waitFor();
    await open(`deliveries/${owed.id}`);
    await page.locator("main").getByText("Succeeded").first().waitFor();
    await page.getByText("heard").first().waitFor();
    await page.getByText("payment.failed").first().waitFor();
  });

  it("support sees dead letters, and why it may not discard one", async () => {
    await sql("update deliveries set status = 'failed', finished_at = created_at where id = (select min(id) from deliveries)");
    const { people, links, dashboardUrl } = dashboard.stage.parts.people;
    const { now, scope } = { now: dashboard.stage.parts.deps.clock.now(), scope: { merchantId: dashboard.shop.created.merchantId } };
    const invitation = { id: "inv_01KAJ0000000000000000000AB", ...scope, email: "ravi@shop.example", role: "support" as const };
    await people.invite({ ...invitation, isOperator: false, invitedBy: null, createdAt: now, expiresAt: now + 3_600_000 }, null);
    const ravi = await dashboard.newPage();
    await joinTeam(ravi, `${dashboardUrl}/invitation#${links.of(invitation.id)}`, "Ravi Menon");
    await ravi.goto(`${base}dead-letters`);
    const off = ravi
      .locator("[data-row]")
      .first()
      .getByRole("button", { name: /^Discard/ });
    await off.waitFor();
    expect(await off.getAttribute("aria-disabled")).toBe("true");
    expect(await off.getAttribute("title")).toBe("Your role, Support, may not do this. It takes Owner, Admin or Developer.");
    await off.click({ force: true });
    expect(await ravi.getByRole("dialog").count()).toBe(0);
    await ravi.context().close();
  });

  const rows = () => page.locator("tbody tr[data-row]");
  const ids = () => rows().evaluateAll((all) => all.map((row) => (row as unknown as { dataset: { row: string } }).dataset.row));

  it("a list goes to older rows and back to newer ones, shows as many as are chosen, and the columns that are", async () => {
    // One after the other: a page of newer rows is in the order of commits, all others are in that of ids (decision 0034).
    const made: { json: Json }[] = [];
    for (let n = 0; n < 30; n++) made.push(await merchant.create({ amount: 100, currency: "INR", confirm: false }));
    const all = await waitFor("the list to show them all", async () => {
      const listed = ((await merchant.get("/v1/payments?limit=50")).json.data as Json[]).map(({ id }) => id as string);
      return made.every(({ json }) => listed.includes(json.id)) ? listed : null;
    });
    await open("payments");
    await rows().nth(24).waitFor();
    expect(await ids()).toEqual(all.slice(0, 25));
    expect(await button("← Newer").isDisabled()).toBe(true);
    await button("Older →").click();
    await page.waitForURL(/starting_after=/);
    await waitFor("the older rows", async () => (await ids()).join() === all.slice(25, 50).join());
    await button("← Newer").click();
    await page.waitForURL(/ending_before=/);
    await waitFor("the newer rows", async () => (await ids()).join() === all.slice(0, 25).join());
    await page.getByRole("combobox", { name: /^Rows/ }).selectOption("50");
    await page.waitForURL(/limit=50/);
    await waitFor("all rows", async () => (await ids()).join() === all.join());
    expect(await button("Older →").isDisabled()).toBe(true);

    const header = page.getByRole("columnheader", { name: "Method" });
    await header.waitFor();
    await button("Columns").click();
    await page.getByRole("menuitemcheckbox", { name: "Method" }).click();
    await header.waitFor({ state: "detached" });
    await page.reload();
    await rows().first().waitFor();
    expect(await header.count()).toBe(0);
  });

  it("test and live are changed by their switch, at the same page and without the thing that was shown", async () => {
    await page.locator("tbody tr a").first().click();
    await page.waitForURL(/\/test\/payments\/pay_/);
    await page.getByRole("group", { name: "Mode" }).getByRole("button", { name: "live" }).click();
    await page.waitForURL(/\/live\/payments$/);
    await page.getByText("No payments yet").waitFor();
    expect(await page.getByText("Test mode: no money moves").count()).toBe(0);
    await page.getByRole("group", { name: "Mode" }).getByRole("button", { name: "test" }).click();
    await page.waitForURL(/\/test\/payments$/);
    await page.getByText("Test mode: no money moves").waitFor();
    await rows().first().waitFor();
  });

  it("another merchant is chosen in the menu, and nothing of the one before is shown", async () => {
    const other = await dashboard.stage.merchant();
    await sql("update merchants set name = 'Second shop' where id = $1", [other.created.merchantId]);
    await sql(
      "insert into memberships (merchant_id, person_id, role, since) select $1, person_id, 'owner', now() from memberships where role = 'owner'",
      [other.created.merchantId],
    );
    await open("home");
    await button(/^Merchant: Shop/).click();
    await page.getByRole("menuitemradio", { name: "Second shop" }).click();
    await page.waitForURL(new RegExp(`/${other.created.merchantId}/test/home$`));
    await button(/^Merchant: Second shop/).waitFor();
    await page.locator("main").getByText("Make the first payment").waitFor();
    expect(await page.getByText("₹1,500.00").count()).toBe(0);
  });

  const pill = (count: number) => button(`${count} new payment${count === 1 ? "" : "s"}`);
  const told = (id: string) =>
    waitFor("its event", async () => ((await merchant.get(`/v1/events?payment_id=${id}`)).json.data as Json[]).length > 0);

  it("what is new is not shown while live updates are paused, and all of it once they go on", async () => {
    await open("payments");
    await button("Up to date").click();
    await button("Paused").waitFor();
    expect(await button("Paused").getAttribute("aria-pressed")).toBe("true");
    for (const _one of [1, 2]) await told((await merchant.create({ amount: 100, currency: "INR", confirm: false })).json.id);
    expect(await button(/new payment/).count()).toBe(0);
    await button("Paused").click();
    await button("Up to date").waitFor();
    await pill(2).waitFor();
  });

  it("where no stream comes through, what is new is asked for", async () => {
    let refused = 0;
    await page.route("**/v1/events/stream", (route) => {
      refused++;
      return route.fulfill({
        status: 404,
        json: { error: { type: "invalid_request_error", code: "route_not_found", message: "No stream." } },
      });
    });
    await open("payments");
    await button("Updates every 5 s").waitFor();
    expect(refused).toBeGreaterThan(0);
    await merchant.create({ amount: 100, currency: "INR", confirm: false });
    await pill(1).waitFor();
    await page.unroute("**/v1/events/stream");
  });
});
