/** A merchant's person mends webhooks, accounts and routing by the dashboard: real API, worker, PostgreSQL and sandbox behind the page. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startReceiver, verified, type Receiver } from "../journeys/support/receiver.ts";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, type Dashboard } from "./support/dashboard.ts";

const program = needs("chromium", programOf("chromium"));
const FAILED = 500;

program.describe("the dashboard's pages of webhooks and gateways", () => {
  let dashboard: Dashboard;
  let merchant: Merchant;
  let receiver: Receiver;
  let page: Page;
  let base: string;
  let isBroken = false;

  beforeAll(async () => {
    receiver = await startReceiver((response) => void response.writeHead(isBroken ? 503 : 200).end("heard"));
    dashboard = await openDashboard(program.url);
    merchant = dashboard.shop.client;
    page = await dashboard.newPage();
    base = await joinTeam(page, await dashboard.ownerLink());
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  const go = (to: string) => page.goto(base + to);
  const press = (name: string | RegExp) =>
    page
      .getByRole("button", { name, exact: typeof name === "string" })
      .last()
      .click();
  const deliveries = async (status: string): Promise<number> =>
    (await merchant.post("/v1/deliveries/recover", { status, dry_run: true, limit: 5_000 })).json.matched;

  it("adds an endpoint whose secret it shows once, rotates it so that both verify, and shows what a test event got", async () => {
    await go("webhooks");
    await press("Add endpoint");
    const url = page.getByLabel("URL", { exact: true });
    const add = page.getByRole("dialog").getByRole("button", { name: "Add endpoint" });
    await url.fill("not an address");
    await add.click();
    await page.getByRole("alert").getByText("One field above was refused: nothing was saved.").waitFor();
    // Said once, at its field.
    const [id = ""] = (await url.getAttribute("aria-describedby"))!.split(" ");
    const said = (await page.locator(`[id="${id}"]`).textContent())!;
    expect([said.length > 10, await page.getByText(said, { exact: true }).count()]).toEqual([true, 1]);
    await url.fill(`${receiver.url}/hooks`);
    await page.getByLabel("Tried again for").selectOption({ label: "A day" });
    await add.click();
    const shown = page.getByLabel("Signing secret", { exact: true });
    const first = (await shown.textContent())!;
    await press("I have copied it");
    await page.getByText("For a day", { exact: true }).waitFor();
    await press("Rotate secret");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
    await shown.waitFor();
    const second = (await shown.textContent())!;
    await press("I have copied it");
    expect([first.startsWith("whsec_"), second.startsWith("whsec_"), first === second]).toEqual([true, true, false]);
    await press("Send a test event");
    await page.getByText(/Your server answered 200/).waitFor();
    const got = receiver.received.at(-1)!;
    expect([verified(got, first).standard, verified(got, second)]).toEqual([true, { standard: true, plain: true }]);
  });

  it("recovers 500 failed deliveries of several pages by one action, and counts them", async () => {
    const endpoint = (await merchant.get("/v1/webhook-endpoints")).json.data[0] as Json;
    isBroken = true;
    for (let at = 0; at < FAILED; at += 50)
      await Promise.all(Array.from({ length: 50 }, () => merchant.post(`/v1/webhook-endpoints/${endpoint.id}/test`, {})));
    await exhausted();
    expect(await deliveries("failed")).toBe(FAILED);
    isBroken = false;
    for (const status of ["paused", "enabled"]) await merchant.patch(`/v1/webhook-endpoints/${endpoint.id}`, { status });
    await go("deliveries?status=failed");
    await press("Recover all that match");
    await page.getByLabel("Per second").fill("200");
    await press(`Send ${FAILED} again`);
    await page.getByText(`Done: ${FAILED} of ${FAILED} delivered.`).waitFor({ timeout: 120_000 });
    expect([await deliveries("failed"), await deliveries("succeeded")]).toEqual([0, FAILED + 1]);
  });

  it("retries a group of dead letters until none is left, and discards one with a reason", async () => {
    await connect(dashboard.stage.databaseUrl, (sql) =>
      sql.query(
        "update deliveries set status = 'failed', finished_at = created_at where id in (select id from deliveries where status = 'succeeded' limit 120)",
      ),
    );
    await go("dead-letters");
    await page
      .locator("[data-row]")
      .first()
      .getByRole("button", { name: /^Discard/ })
      .click();
    await page.getByLabel("Why it is not needed").fill("The order was closed by hand");
    await page.getByRole("dialog").getByRole("button", { name: "Discard", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await press("Retry group: Delivery failed");
    await page.getByRole("dialog").getByText("119 match.").waitFor();
    await page.getByLabel("Per second").fill("200");
    await press("Retry 119");
    await page.getByRole("dialog").getByText("119 of 119 done").waitFor();
    await press("Close");
    await page.getByText("No dead letters").waitFor();
    expect([(await merchant.get("/v1/dead-letters")).json.data.length, await deliveries("canceled")]).toEqual([0, 1]);
  });

  it("adds an account that the gateway accepts, tests, disables and enables it, and compares its books", async () => {
    await go("connectors");
    await press("Add account");
    await page.getByLabel("Gateway").selectOption("sandbox");
    await page.getByLabel("Name").fill("Second shop");
    await page.getByLabel("api_key").fill("sandbox_second_shop");
    await page.getByLabel("webhook_secret").fill("hooks-of-the-second-shop");
    await press("Test and save");
    await page.getByRole("heading", { name: "Second shop" }).waitFor();
    await press("Test call");
    await page.getByText("The gateway accepted them last").waitFor();
    await press("Disable");
    await press("Disable account");
    await page.getByRole("button", { name: "Enable", exact: true }).waitFor();
    const second = (await merchant.get("/v1/connector-accounts")).json.data.find(({ name }: Json) => name === "Second shop");
    expect([second.status, second.connector]).toEqual(["disabled", "sandbox"]);
    await press("Enable");
    await press("Enable account");
    await page.getByRole("button", { name: "Disable", exact: true }).waitFor();
    await press("Compare now");
    await page.getByText("Finished", { exact: true }).waitFor();
  });

  it("adds a routing rule and tries payments of two methods with it", async () => {
    await go("routing");
    await press("Add rule");
    await page.getByLabel("Name", { exact: true }).fill("Rupees");
    await page.getByLabel("Currencies").fill("inr");
    await page.getByLabel("Second shop").check();
    const [from, below] = [page.getByLabel("Amount from in INR"), page.getByLabel("Amount below in INR")];
    await from.fill("50.505");
    await page.getByText("INR has 2 decimals at most.").waitFor();
    expect(await page.getByRole("button", { name: "Add to the rules" }).getAttribute("title")).toBe("Correct the amounts first.");
    await from.fill("50.50");
    await below.fill("1,00,000");
    await page.getByText("Read as ₹50.50").waitFor();
    await page.getByText(/Read as ₹(1,00,000|100,000)\.00/).waitFor();
    await press("Add to the rules");
    await page.getByText("amount from ₹50.50").waitFor();
    await press("Save rules");
    await page.getByText("Rules saved").first().waitFor();
    const [{ when }] = (await merchant.get("/v1/routing-rules")).json.rules;
    expect(when).toEqual({ currencies: ["INR"], amount_from: 5_050, amount_below: 10_000_000 });
    for (const method of ["upi", "card"]) {
      await page.getByLabel("Method", { exact: true }).selectOption(method);
      await Promise.all([page.waitForResponse(/routing-rules\/explain/), press("Try it")]);
      await page.getByText("It would go to Second shop").waitFor();
    }
  });

  /** As if their schedules had ended, which takes hours. */
  async function exhausted(): Promise<void> {
    await connect(dashboard.stage.databaseUrl, async (sql) => {
      await waitFor("the endpoint to be left alone", async () => {
        const { rows } = await sql.query("select count(*)::int as n from jobs where kind = 'webhook' and lease_token is not null");
        const { left_alone_until: until } = (await merchant.get("/v1/webhook-endpoints")).json.data[0];
        return until !== null && (rows[0] as { n: number }).n === 0;
      });
      await sql.query("delete from jobs where kind = 'webhook'");
      await sql.query("update deliveries set status = 'failed', next_try_at = null, finished_at = now() where status = 'pending'");
    });
  }
});
