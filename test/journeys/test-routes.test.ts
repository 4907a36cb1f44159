/** The routes for tests: jobs by state, a clock that goes forward, events on demand, faults of the sandbox; and nothing of it elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../server/src/config.ts";
import { anAccount } from "../../server/src/core/rows.testing.ts";
import { createLog } from "../../server/src/observe/log.ts";
import { wire } from "../../server/src/wire.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { closedAfterEach } from "./support/closing.ts";
import { upi, type Json } from "./support/merchant.ts";
import { eventOf, startReceiver, verified, type Receiver } from "./support/receiver.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";
import "./support/patience.ts";

const open = closedAfterEach();
const url = databaseServers()[0]!.url;
const TEST_MODE = { TEST_MODE: "true", TEST_PROCESSING_DELAY: "0" };

describe("in test mode", () => {
  let stage: Stage;
  let receiver: Receiver;
  let shop: StageMerchant;
  beforeAll(async () => {
    stage = await openStage(url, TEST_MODE);
    receiver = await startReceiver((response) => response.writeHead(204).end());
    shop = await stage.merchant(receiver.url);
  });
  afterAll(async () => {
    await receiver?.close();
    await stage?.close();
  });
  const jobs = async (): Promise<Json> => (await fetch(`${stage.url}/v1/test/jobs`)).json();

  it("an event that takes two requests comes with an Idempotency-Key as well, and once", async () => {
    const make = () => shop.client.post("/v1/test/events", { type: "payment.captured" }, "trigger");
    const [first, again] = [await make(), await make()];
    expect([first.status, again.text]).toEqual([200, first.text]);
    expect(await shop.client.payment(first.json.payment_id)).toMatchObject({ status: "authorized", amount_captured: 400 });
  });

  it("jobs are counted by state over the three queues, without a key, and the worker is what its heartbeat says", async () => {
    const before = await jobs();
    const { json } = await shop.client.create(upi("success"));
    await shop.client.until(json.id, "succeeded");
    const after = await waitFor("the webhook to be counted", async () => {
      const now = await jobs();
      return now.queues["webhook-queue"].completed > before.queues["webhook-queue"].completed ? now : null;
    });
    expect(after).toMatchObject({ object: "test_jobs", worker_status: "running", pending: 0, processing: 0, failed: 0 });
    expect(after.queues["payment-queue"].completed).toBe(before.queues["payment-queue"].completed + 1);
    expect(after.completed).toBe(before.completed + 2);
    // What waits for a gateway that does not answer.
    await shop.client.post("/v1/test/faults", { flaky: { kind: "unavailable", rate: 1 } });
    const waiting = await shop.client.create(upi("success"));
    await waitFor("it to wait", async () => (await jobs()).pending === 1);
    await shop.client.post("/v1/test/faults", {});
    await shop.client.until(waiting.json.id, "succeeded");
  });

  it("a day passes at once: what was to expire has, and what receivers verify is signed in their own time", async () => {
    const { json } = await shop.client.create({ amount: 100, currency: "INR" });
    expect(json.status).toBe("created");
    const moved = await shop.client.post("/v1/test/clock/advance", { seconds: 86_400 + 60 });
    expect(moved.json).toMatchObject({ object: "test_clock", ahead_seconds: 86_460 });
    expect(Date.parse(moved.json.now) - Date.now()).toBeGreaterThan(86_000_000);
    await shop.client.until(json.id, "canceled");
    // A webhook of the sandbox settles this one: its signature is as old as ever.
    const later = await shop.client.create(upi("processing"));
    await shop.client.until(later.json.id, "succeeded");
    const hook = await waitFor("its webhook", () => receiver.received.find((each) => eventOf(each).data.id === later.json.id));
    expect(verified(hook, shop.webhookSecret).standard).toBe(true);
    expect(Math.abs(Number(hook.headers["webhook-timestamp"]) - Date.now() / 1_000)).toBeLessThan(120);
    // Another process over the same database begins in the same time.
    const config = readConfig(
      { ...TEST_MODE, DATABASE_URL: stage.databaseUrl, TILLWAY_MASTER_KEY: "07".repeat(32), SANDBOX_URL: stage.sandboxUrl },
      "worker",
    );
    const other = await wire({
      config,
      role: "worker",
      databaseUrl: stage.databaseUrl,
      masterKey: config.masterKey!,
      log: createLog({ level: "silent", destination: "stderr" }),
      version: "0",
      sandbox: null,
    });
    open.push(() => other.close());
    expect(Math.abs(other.deps.clock.now() - stage.parts.deps.clock.now())).toBeLessThan(5_000);
    // And follows when it is moved: two heartbeats confirm a leap.
    await shop.client.post("/v1/test/clock/advance", { seconds: 3_600 });
    await other.beat();
    await other.beat();
    expect(Math.abs(other.deps.clock.now() - stage.parts.deps.clock.now())).toBeLessThan(5_000);
  });

  it("time ends after ten years, with a refusal that says so", async () => {
    const own = await openStage(url, TEST_MODE);
    open.push(() => own.close());
    const { client } = await own.merchant();
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++) statuses.push((await client.post("/v1/test/clock/advance", { seconds: 366 * 86_400 })).status);
    expect([statuses.filter((status) => status === 200).length, statuses.at(-1)]).toEqual([9, 400]);
    expect((await client.post("/v1/test/clock/advance", { seconds: 366 * 86_400 })).json.error).toMatchObject({
      code: "invalid_field",
      param: "seconds",
    });
  });

  it.each([
    "payment.succeeded",
    "payment.failed",
    "payment.requires_action",
    "payment.authorized",
    "payment.captured",
    "payment.capture_failed",
    "payment.canceled",
    "payment.cancel_failed",
    "refund.created",
    "refund.succeeded",
    "refund.failed",
  ])("%s happens on demand, and its webhook comes", async (type) => {
    const answer = await shop.client.post("/v1/test/events", { type });
    expect(answer.json).toMatchObject({ object: "test_event", type, payment_id: expect.stringMatching(/^pay_/) });
    await waitFor(`the webhook ${type}`, () =>
      receiver.received.map(eventOf).some((event) => event.type === type && JSON.stringify(event).includes(answer.json.payment_id)),
    );
  });

  it("faults of the sandbox are set and taken away, and wrong ones are refused", async () => {
    expect((await shop.client.post("/v1/test/faults", { mock: "insufficient-funds" })).status).toBe(200);
    const refused = await shop.client.create(upi("somebody", { confirm: true }));
    expect(refused.json.error.decline_code).toBe("insufficient_funds");
    expect((await shop.client.post("/v1/test/faults", { mock: "no such scenario" })).json.error.code).toBe("invalid_field");
    expect((await shop.client.post("/v1/test/faults", { flaky: { kind: "constructor", rate: 1 } })).status).toBe(400);
    expect((await shop.client.post("/v1/test/faults", {})).json).toEqual({ object: "test_faults", flaky: null, mock: null });
    expect((await shop.client.create(upi("somebody", { confirm: true }))).json.status).toBe("succeeded");
  });

  it("needs a key for what changes anything", async () => {
    for (const path of ["clock/advance", "events", "faults"])
      expect((await fetch(`${stage.url}/v1/test/${path}`, { method: "POST" })).status).toBe(401);
  });
});

describe("the share of TEST_PAYMENT_SUCCESS_RATE", () => {
  const outcomes = async (seed: string): Promise<string> => {
    const stage = await openStage(url, { ...TEST_MODE, TEST_PAYMENT_SUCCESS_RATE: "0.5", TEST_SEED: seed });
    open.push(stage.close);
    const { client } = await stage.merchant();
    let seen = "";
    for (let n = 0; n < 16; n++) seen += (await client.create(upi("somebody", { confirm: true }))).status === 201 ? "+" : "-";
    return seen;
  };

  it("is drawn from TEST_SEED: the same for each fresh database, another for another seed", async () => {
    const first = await outcomes("a");
    expect(first).toMatch(/\+.*-|-.*\+/);
    expect(await outcomes("a")).toBe(first);
    expect(await outcomes("b")).not.toBe(first);
  });
});

describe("outside of test mode", () => {
  it("there are no such routes: not for a key, not in the document (security row 25)", async () => {
    const stage = await openStage(url);
    open.push(stage.close);
    const { client } = await stage.merchant();
    const unknown = await client.get("/v1/no-such-route");
    for (const path of ["jobs", "clock/advance", "events", "faults"]) {
      for (const answer of [await client.get(`/v1/test/${path}`), await client.post(`/v1/test/${path}`, {})]) {
        expect(answer.status).toBe(404);
        expect({ ...answer.json.error, request_id: "" }).toEqual({ ...unknown.json.error, request_id: "" });
      }
    }
    expect((await client.get("/v1/openapi.json")).text).not.toContain("/v1/test");
  });

  it("and test mode does not start beside a live key, nor take one that comes later (security row 25)", async () => {
    const stage = await openStage(url, TEST_MODE);
    open.push(stage.close);
    const { client, created } = await stage.merchant();
    await connect(stage.databaseUrl, (database) =>
      database.query("update api_keys set mode = 'live' where merchant_id = $1", [created.merchantId]),
    );
    await waitFor("the key to be forgotten", async () => (await client.get("/v1/payments")).status === 401);
    const config = readConfig(
      { ...TEST_MODE, DATABASE_URL: stage.databaseUrl, TILLWAY_MASTER_KEY: "07".repeat(32), SANDBOX_URL: stage.sandboxUrl },
      "api",
    );
    const log = createLog({ level: "silent", destination: "stderr" });
    const { databaseUrl } = stage;
    const starting = () => wire({ config, role: "api", databaseUrl, masterKey: config.masterKey!, log, version: "0", sandbox: null });
    const refusal = /TEST_MODE is on, and this database has live keys or gateway accounts/;
    await expect(starting()).rejects.toThrow(refusal);
    // An account with live credentials is as bad, even if no key is left to use it.
    await connect(databaseUrl, (database) => database.query("update api_keys set revoked_at = created_at"));
    const account = anAccount(1, { merchantId: created.merchantId, mode: "live", connector: "sandbox" });
    await stage.parts.deps.settings.putAccount(account);
    await expect(starting()).rejects.toThrow(refusal);
    await stage.parts.deps.settings.putAccount({ ...account, status: "disabled" });
    await (await starting()).close();
  });
});
