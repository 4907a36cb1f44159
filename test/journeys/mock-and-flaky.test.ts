/** The sandbox's settings by users: variables for the all-in-one program, options for the gateway alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { databaseServers, freshDatabase } from "../support/databases.ts";
import { closedAfterEach } from "./support/closing.ts";
import { card, Merchant, upi, type Json } from "./support/merchant.ts";
import { launch, run } from "./support/program.ts";
import "./support/patience.ts";

const PLAIN_CARD = "4111111111111111";
const open = closedAfterEach();

function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), "tillway flaky "));
  open.push(async () => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** `tillway all` on a database of its own, with these settings of the sandbox. */
async function startAll(settings: Readonly<Record<string, string>>): Promise<{ shop: Merchant; out: string }> {
  const home = temporaryHome();
  const database = await freshDatabase(databaseServers()[0]!.url);
  open.push(() => database.drop());
  const program = launch(["all"], { TILLWAY_HOME: home, API_PORT: "0", DATABASE_URL: database.url, ...settings });
  open.push(() => program.stop("SIGKILL"));
  await program.printed(/Stop with Ctrl-C/);
  const printed = async (pattern: RegExp): Promise<string> => (await program.printed(pattern))[1]!;
  const keys = { key: await printed(/X-Api-Key +(\S+)/), secret: await printed(/X-Api-Secret +(\S+)/) };
  return { shop: new Merchant((await printed(/API +(http:\S+)\/v1 /)).replace(/\/$/, ""), keys), out: program.out };
}

it("SANDBOX_MOCK: plain payments follow the mock at once, in test mode too; an input that names a scenario follows that", async () => {
  const { shop, out } = await startAll({ SANDBOX_MOCK: "insufficient-funds", TEST_MODE: "true", TEST_PROCESSING_DELAY: "60000" });
  expect(out).toContain("Note: the sandbox is a mock: plain payments follow the scenario insufficient-funds.");
  for (const body of [card(PLAIN_CARD), upi("asha")]) {
    const { status, json } = await shop.create({ ...body, confirm: true });
    expect([status, json.error.decline_code]).toEqual([402, "insufficient_funds"]);
  }
  const { json } = await shop.create(upi("lost-card", { confirm: true }));
  expect(json.error.decline_code).toBe("lost_card");
});

it("SANDBOX_FLAKY: half of the requests fail, and every payment still ends as it should, charged once", async () => {
  const { shop, out } = await startAll({ SANDBOX_MOCK: "success", SANDBOX_FLAKY: "error-after:0.5:7" });
  expect(out).toContain("Note: the sandbox is flaky: a share of 0.5 of its requests meets error-after (seed 7).");
  const ends: Json[] = [];
  for (let n = 0; n < 8; n++) {
    const { json } = await shop.create({ ...card(PLAIN_CARD) });
    ends.push(await shop.until(json.id, "succeeded"));
  }
  expect(ends.map((payment) => [payment.attempts.length, payment.amount_captured])).toEqual(ends.map(() => [1, 50_000]));
});

it("tillway gateway sandbox --mock and --flaky win over the variables", async () => {
  const argv = ["gateway", "sandbox", "--port", "0", "--mock", "lost-card", "--flaky", "html-after:1"];
  const gateway = launch(argv, { TILLWAY_HOME: temporaryHome(), SANDBOX_MOCK: "success", SANDBOX_FLAKY: "timeout-before:1" });
  open.push(() => gateway.stop("SIGKILL"));
  const [, url = ""] = await gateway.printed(/listens on (http:\S+);/);
  const headers = { authorization: "Bearer k", "sandbox-account": "acc_1", "content-type": "application/json" };
  const post = (path: string, body: object) => fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  await post("/accounts/acc_1", { webhook_url: null, webhook_secret: "s" });
  const { status } = await post("/charges", { key: "a-key-of-this-test", amount: 100, currency: "INR", token: "tok_plain_visa" });
  const { data } = (await (await fetch(`${url}/journal`)).json()) as { data: Json[] };
  expect([status, data.map((entry) => [entry.key, entry.status])]).toEqual([502, [["a-key-of-this-test", "declined"]]]);
});

it.each([
  [["all"], { SANDBOX_MOCK: "succes" }, /SANDBOX_MOCK is "succes", .*Use one of success, /],
  [["all"], { SANDBOX_FLAKY: "timeout:0.1" }, /SANDBOX_FLAKY is "timeout:0.1", .*timeout-before, timeout-after, /],
  [["gateway", "sandbox", "--mock", "succes"], {}, /--mock is "succes", .*Use one of success, /],
  [["gateway", "sandbox", "--flaky", "timeout-after:30"], {}, /--flaky is "timeout-after:30", .*a share from 0 to 1/],
])("tillway %j with %j names the scenarios and faults that there are", async (argv, settings, message) => {
  const { code, err } = await run(argv, { TILLWAY_HOME: temporaryHome(), ...settings });
  expect(code).not.toBe(0);
  expect(err).toMatch(message);
  expect(err).not.toContain("    at ");
});
