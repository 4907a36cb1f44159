/** Work that Tillway can't finish, for whoever answers for it: poisoned jobs, messages that nobody can read, deliveries that were given up. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { startReceiver, type Receiver } from "../journeys/support/receiver.ts";
import "../journeys/support/patience.ts";
import { connect } from "../support/connect.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { programOf } from "./program.ts";
import { joinTeam, openDashboard, type Dashboard } from "./support/dashboard.ts";
import { poison, type Poison } from "./support/poison.ts";

const program = needs("chromium", programOf("chromium"));

program.describe("the dead letters", () => {
  let dashboard: Dashboard;
  let merchant: Merchant;
  let receiver: Receiver;
  let page: Page;
  let base: string;
  let poisoned: Poison;
  let charges: string[];
  let strange: string;

  beforeAll(async () => {
    receiver = await startReceiver((response) => void response.writeHead(200).end("heard"));
    dashboard = await openDashboard(program.url);
    merchant = dashboard.shop.client;
    poisoned = await poison(dashboard);
    charges = await poisoned.charges(4);
    strange = await poisoned.strangeJob();
    await poisoned.strangeMessage();
    await givenUp();
    page = await dashboard.newPage();
    base = await joinTeam(page, await dashboard.ownerLink());
  });
  afterEach(() => expect(dashboard.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await dashboard?.close();
    await receiver?.close();
  });

  /** Two deliveries, as if their schedules had ended, which takes hours. */
  async function givenUp(): Promise<void> {
    const { id } = (await merchant.post("/v1/webhook-endpoints", { url: `${receiver.url}/hooks` })).json;
    for (const _one of [1, 2]) await merchant.post(`/v1/webhook-endpoints/${id}/test`, {});
    await waitFor("the test events", () => receiver.received.length >= 2);
    const sql =
      "update deliveries set status = 'failed', finished_at = created_at where event_type = 'webhook.test' and status = 'succeeded' returning id";
    await connect(dashboard.stage.databaseUrl, (client) =>
      waitFor(
        "the deliveries to be given up",
        async () => ((await client.query(sql)).rowCount ?? 0) > 0 && (await letters("delivery_failed")).length === 2,
      ),
    );
  }

  const letters = async (reason: string): Promise<Json[]> => (await merchant.get(`/v1/dead-letters?reason=${reason}`)).json.data;
  const caseOf = async (payment: string): Promise<Json> => (await merchant.get(`/v1/cases?payment_id=${payment}`)).json.data[0];
  const group = (name: string) => page.getByRole("region", { name, exact: true });
  const count = (name: string, is: string): Promise<void> => group(name).getByText(is, { exact: true }).waitFor();
  const row = (about: string) => page.locator("tbody tr").filter({ hasText: about });
  const gone = (about: string) => row(about).waitFor({ state: "detached" });
  const dialog = () => page.getByRole("dialog");
  const press = (name: string) => page.getByRole("button", { name, exact: true }).last().click();

  it("stand in groups, by why they are there, with what went wrong last", async () => {
    await page.goto(`${base}dead-letters`);
    await count("Job failing", "4");
    await count("Malformed", "2");
    await count("Unmatched", "0");
    await count("Delivery failed", "2");
    // The list is an answer of its own, beside that of the groups.
    await rows(8);
    await row(charges[0]!).getByText("a row that does not fit").waitFor();
    await press("Show: Malformed");
    await page.waitForURL(/reason=malformed/);
    await waitFor("two rows", async () => (await page.locator("tbody tr").count()) === 2);
    await row(strange)
      .getByText(/no handler for (charge|ask)-anew/)
      .waitFor();
    await row("inb_").getByText("gateway-event").waitFor();
  });

  const rows = (count: number) => waitFor(`${count} rows`, async () => (await page.locator("tbody tr").count()) === count);
  async function holds(text: string): Promise<void> {
    await page.getByRole("button", { name: /^More filters/ }).click();
    await page.getByLabel("Failure holds").fill(text);
    await page.getByLabel("Failure holds").press("Enter");
    await page.keyboard.press("Escape");
  }

  it("are picked by queue, kind, endpoint, day and what went wrong: it stands in the address, and in a view that was saved", async () => {
    await page.goto(`${base}dead-letters`);
    await rows(8);
    await page.getByLabel("Queue", { exact: true }).selectOption("webhook-queue");
    await rows(2);
    await count("Job failing", "0");
    const { data } = (await merchant.get("/v1/webhook-endpoints")).json;
    for (const [query, found] of [
      [`endpoint_id=${data[0].id}`, 2],
      ["endpoint_id=whe_other", 0],
      ["kind=email", 0],
      ["text=http%20200", 2],
      ["queue=payment-queue&text=does%20NOT%20fit", 4],
      [`from=${new Date(Date.now() + 86_400_000).toISOString()}`, 0],
    ] as const) {
      await page.goto(`${base}dead-letters?${query}`);
      if (found === 0) await page.getByText("Nothing fits these filters").waitFor();
      await rows(found);
    }
    await page.goto(`${base}dead-letters?queue=payment-queue`);
    await holds("DOES NOT FIT");
    await page.waitForURL(/text=DOES/);
    await rows(4);
    await page.getByRole("button", { name: /^Saved views/ }).click();
    await page.getByRole("menuitem", { name: "Save these filters…" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Rows that do not fit");
    await press("Save view");
    await page.goto(`${base}dead-letters`);
    await page.getByRole("button", { name: /^Saved views/ }).click();
    await page.getByRole("menuitem", { name: "Rows that do not fit", exact: true }).click();
    await rows(4);
    await press("Retry all that match");
    await dialog().getByText("Retry all dead letters in payment-queue whose failure holds “DOES NOT FIT”?").waitFor();
    await dialog().getByText("4 match.").waitFor();
    await dialog().getByRole("button", { name: "Back" }).click();
    expect((await letters("job_failing")).length).toBe(4);
  });

  it("come back while the fault is there", async () => {
    const [id = ""] = charges;
    await page.goto(`${base}dead-letters`);
    const before = await caseOf(id);
    await press(`Retry ${id}`);
    await gone(id);
    await poisoned.failing([id]);
    await page.reload();
    await row(id).waitFor();
    expect([(await merchant.payment(id)).status, (await caseOf(id)).id === before.id]).toEqual(["processing", false]);
  });

  it("a job that is tried again once the fault is mended is done, and its row is gone", async () => {
    await poisoned.mend();
    const [id = ""] = charges;
    await page.goto(`${base}dead-letters`);
    await press(`Retry ${id}`);
    await gone(id);
    await merchant.until(id, "succeeded");
    expect(await caseOf(id)).toMatchObject({ kind: "dead_job", status: "resolved", resolved_by: "person" });
    await waitFor("no work to be left of it", async () => (await poisoned.jobsOf([id])) === 0);
    expect(await poisoned.jobsOf(charges)).toBe(3);
    await count("Job failing", "3");
  });

  it("one of work on money is acknowledged with a reason, and the work goes on", async () => {
    const id = charges[1]!;
    await press(`Discard ${id}`);
    await dialog().getByText("Work on money goes on all the same").waitFor();
    const confirm = dialog().getByRole("button", { name: "Discard", exact: true });
    expect(await confirm.getAttribute("title")).toBe("Say first why it is not needed.");
    await page.getByLabel("Why it is not needed").fill("The shopper was called");
    await confirm.click();
    await dialog().waitFor({ state: "detached" });
    await gone(id);
    const found = (await merchant.get(`/v1/cases?payment_id=${id}`)).json.data[0];
    expect(found).toMatchObject({ status: "resolved", resolution: expect.stringContaining("The shopper was called") });
    expect(await poisoned.jobsOf([id])).toBe(1);
  });

  it("all that a filter picks are tried again by one action: their work is done, and no other's rows are touched", async () => {
    await page.getByLabel("Reason", { exact: true }).selectOption("job_failing");
    await page.waitForURL(/reason=job_failing/);
    await rows(2);
    await holds("does not FIT");
    await page.waitForURL(/text=does/);
    await rows(2);
    await press("Retry all that match");
    await dialog().getByText("Retry all dead letters of “Job failing” whose failure holds “does not FIT”?").waitFor();
    await dialog().getByText("2 match.").waitFor();
    await page.getByLabel("What was mended (optional)").fill("The row fits again");
    await press("Retry 2");
    await dialog().getByText("2 of 2 done").waitFor();
    await press("Close");
    await page.getByText("Nothing fits these filters").waitFor();
    const rest = charges.slice(2);
    for (const id of rest) {
      await merchant.until(id, "succeeded");
      expect((await caseOf(id)).resolution).toContain("The row fits again");
    }
    await waitFor("no work to be left of them", async () => (await poisoned.jobsOf(rest)) === 0);
    expect([(await letters("malformed")).length, (await letters("delivery_failed")).length]).toEqual([2, 2]);
  });

  it("a message that nobody can read is discarded with a reason, and what a newer version wrote is done by it, as a group", async () => {
    await page.goto(`${base}dead-letters?reason=malformed`);
    const message = (await letters("malformed")).find(({ subject }) => subject !== strange)!;
    await press(`Discard ${message.subject}`);
    await page.getByLabel("Why it is not needed").fill("Of ten years ago");
    await dialog().getByRole("button", { name: "Discard", exact: true }).click();
    await dialog().waitFor({ state: "detached" });
    await gone(message.subject);
    expect((await merchant.get(`/v1/cases/${message.id}`)).json).toMatchObject({ status: "resolved", resolution: "Of ten years ago" });
    await press("Retry group: Malformed");
    await press("Retry 1");
    await dialog().getByText("1 of 1 done").waitFor();
    await press("Close");
    await merchant.until(strange, "succeeded");
    await waitFor("no work to be left of it", async () => (await poisoned.jobsOf([strange])) === 0);
    await count("Malformed", "0");
  });

  it("deliveries are sent again as a group, and then none is left", async () => {
    await page.goto(`${base}dead-letters`);
    const before = receiver.received.length;
    await press("Retry group: Delivery failed");
    await press("Retry 2");
    await dialog().getByText("2 of 2 done").waitFor();
    await press("Close");
    await page.getByText("No dead letters").waitFor();
    await waitFor("both to be heard", () => receiver.received.length >= before + 2);
    expect((await merchant.get("/v1/dead-letters")).json.data).toEqual([]);
  });

  it("a run goes on when its dialog is closed and another page is looked at, which shows how far it is", async () => {
    const answer = {
      object: "dead_letter_actions",
      action: "replay",
      acknowledged: 0,
      skipped: 0,
      oldest_at: null,
      newest_at: null,
      last_try_at: null,
    };
    let steps = 0;
    let letGo = () => {};
    const isElsewhere = new Promise<void>((resolve) => (letGo = resolve));
    await page.route("**/v1/dead-letters/replay", async (route) => {
      const isDry = route.request().postDataJSON().dry_run === true;
      if (!isDry && ++steps === 2) await isElsewhere;
      const counts = isDry
        ? { matched: 250, changed: 0, has_more: false }
        : { matched: 100, changed: steps < 3 ? 100 : 50, has_more: steps < 3 };
      await route.fulfill({ json: { ...answer, ...counts, dry_run: isDry } });
    });
    await page.goto(`${base}dead-letters`);
    await press("Retry all that match");
    await page.getByLabel("Per second").fill("200");
    await press("Retry 250");
    await dialog().getByText("100 of 250 done").waitFor();
    await dialog().getByText("You may close this").waitFor();
    await dialog().getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("link", { name: "Payments", exact: true }).click();
    await page.waitForURL(/payments$/);
    const strip = page.getByRole("region", { name: "Runs" });
    await strip.getByText("100 of 250 done").waitFor();
    letGo();
    await strip.getByText("Done. 250 of 250 done").waitFor();
    expect(steps).toBe(3);
    await strip.getByRole("button", { name: /^Dismiss/ }).click();
    await strip.waitFor({ state: "detached" });
    await page.unroute("**/v1/dead-letters/replay");
  });

  it("a run waits until its step is over at the chosen pace, and can be stopped meanwhile", async () => {
    let steps = 0;
    await page.route("**/v1/dead-letters/replay", async (route) => {
      const isDry = route.request().postDataJSON().dry_run === true;
      if (!isDry) steps++;
      const counts = isDry ? { matched: 250, changed: 0, has_more: false } : { matched: 100, changed: 100, has_more: true };
      const answer = { object: "dead_letter_actions", action: "replay", acknowledged: 0, skipped: 0, dry_run: isDry, ...counts };
      await route.fulfill({ json: { ...answer, oldest_at: null, newest_at: null, last_try_at: null } });
    });
    await page.goto(`${base}dead-letters`);
    await press("Retry all that match");
    // A hundred take a hundred seconds.
    await page.getByLabel("Per second").fill("1");
    await press("Retry 250");
    await dialog().getByText("100 of 250 done").waitFor();
    await dialog().getByRole("button", { name: "Close" }).last().click();
    const strip = page.getByRole("region", { name: "Runs" });
    await strip.getByRole("button", { name: /^Stop/ }).click();
    await strip.getByText("Stopped. 100 of 250 done. You stopped it.").waitFor();
    expect(steps).toBe(1);
    await strip.getByRole("button", { name: /^Dismiss/ }).click();
    await page.unroute("**/v1/dead-letters/replay");
  });
});
