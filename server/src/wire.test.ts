/** The choices of wire itself: the queue, tracked calls, draining and closing, the checks of readiness. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../test/support/connect.ts";
import { databaseServers, type FreshDatabase } from "../../test/support/databases.ts";
import { migratedDatabase } from "../../test/support/migrated-database.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import { readConfig, type Environment } from "./config.ts";
import { MONEY_LEASE_MS, POLL_MS } from "./core/constants.ts";
import { jobIdOf } from "./core/ids.ts";
import type { HttpPort, HttpResult } from "./core/ports/http.ts";
import { runJob } from "./flows/jobs/run.ts";
import { createMerchant, type CreatedMerchant } from "./flows/setup/merchant.ts";
import { inProcessTransport, startSandbox } from "@tillway/sandbox";
import { mockSettings } from "../../sandbox/src/gateway/settings.testing.ts";
import { createLog } from "./observe/log.ts";
import { machineClock } from "./system/clock.ts";
import { wire, type Parts, type Options } from "./wire.ts";
import { startWorker } from "./worker/worker.ts";
import { sandboxAccount } from "./connectors/sandbox/index.ts";

let database: FreshDatabase;
let sandbox: HttpPort;
const stops: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await migratedDatabase(databaseServers()[0]!.url);
  const farSide = await startSandbox({ settings: mockSettings(), clock: machineClock(), http: null, journalPath: null });
  sandbox = inProcessTransport(farSide);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await database.drop();
});

const served: Environment = { DATABASE_URL: "postgres://u@h/d", TILLWAY_MASTER_KEY: "07".repeat(32), SANDBOX_URL: "http://127.0.0.1:9" };

/** @param environment without `DATABASE_URL` the process takes the database for its own */
async function open(environment: Environment = {}, changes: Partial<Options> = {}): Promise<Parts> {
  return wire({
    config: readConfig(environment, environment["DATABASE_URL"] === undefined ? "all" : "api"),
    role: "all",
    databaseUrl: database.url,
    masterKey: Buffer.alloc(32, 7),
    log: createLog({ level: "silent", destination: "stderr" }),
    version: "0",
    sandbox,
    ...changes,
  });
}

function query(text: string): Promise<Record<string, unknown>[]> {
  return connect(database.url, async (client) => (await client.query(text)).rows);
}

async function pay(parts: Parts, merchant: CreatedMerchant): Promise<string> {
  const app = parts.app();
  const answer = await app.inject({
    method: "POST",
    url: "/v1/payments",
    headers: { "x-api-key": merchant.key, "x-api-secret": merchant.secret },
    payload: { amount: 100, currency: "INR", method: "upi", upi: { vpa: "success@sandbox" } },
  });
  await app.close();
  return answer.json<{ id: string }>().id;
}

const merchantOf = (parts: Parts): Promise<CreatedMerchant> =>
  createMerchant(parts.deps, { name: "Shop", email: "shop@merchant.example" }, sandboxAccount);
const statusOf = async (id: string): Promise<unknown> => (await query(`select status from payments where id = '${id}'`))[0]?.["status"];
const listeners = async (): Promise<number> =>
  Number((await query("select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'"))[0]!["count"]);

describe("e-mail", () => {
  const way = async (environment: Environment): Promise<unknown> => {
    const parts = await open(environment);
    stops.push(() => parts.close());
    return parts.deps.mail?.by ?? null;
  };

  it("is kept by a process that is all in one, sent where there is a mail server, and off where there is none", async () => {
    expect(await way({})).toBe("captured");
    expect(await way({ SMTP_URL: "smtp://127.0.0.1:9" })).toBe("smtp");
    expect(await way({ ...served, SMTP_URL: "smtp://127.0.0.1:9" })).toBe("smtp");
    expect(await way({ ...served, TEST_MODE: "true" })).toBe("captured");
    expect(await way(served)).toBeNull();
  });

  it("cannot be turned on where there is none, and the message says what to set", async () => {
    const parts = await open(served);
    stops.push(() => parts.close());
    const { key, secret } = await merchantOf(parts);
    const app = parts.app();
    stops.push(() => app.close());
    const headers = { "x-api-key": key, "x-api-secret": secret };
    const answer = await app.inject({ method: "PUT", url: "/v1/email-settings", headers, payload: { enabled: true } });
    expect([answer.statusCode, answer.json().error.code, answer.json().error.param]).toEqual([409, "invalid_state", "enabled"]);
    expect(answer.json().error.message).toContain("SMTP_URL");
    expect((await app.inject({ url: "/v1/test/emails", headers })).statusCode).toBe(404);
    expect((await app.inject({ url: "/v1/email-settings", headers })).json()).toMatchObject({ enabled: false, sent_by: null });
  });
});

describe("hints", () => {
  it("stay in a process with a database of its own, and wake its worker without a poll", async () => {
    const parts = await open();
    stops.push(() => parts.close());
    let naps = 0;
    // The poll never comes: only a hint ends this sleep.
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
      if (ms !== POLL_MS) return parts.deps.clock.sleep(ms, signal);
      naps += 1;
      return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
    };
    const worker = startWorker({ ...parts.deps, clock: { now: () => parts.deps.clock.now(), sleep } });
    stops.push(() => worker.stop());
    const merchant = await merchantOf(parts);
    await waitFor("all queues to wait for their poll", () => naps >= 3);
    const id = await pay(parts, merchant);
    await waitFor("the payment's end", async () => (await statusOf(id)) === "succeeded");
    expect(await listeners()).toBe(0);
  });

  it("go through a database that other processes may share", async () => {
    const parts = await open(served);
    stops.push(() => parts.close());
    await waitFor("a listener", async () => (await listeners()) === 1);
  });
});

it("closing waits for the call of a synchronous request and keeps its outcome", async () => {
  let answer: () => void = () => {};
  let asked = false;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const slow: HttpPort = {
    send: async (request): Promise<HttpResult> => {
      if (!request.url.endsWith("/charges")) return sandbox.send(request);
      asked = true;
      await answered;
      return sandbox.send(request);
    },
  };
  const parts = await open({}, { sandbox: slow });
  const id = await pay(parts, await merchantOf(parts));
  const now = parts.deps.clock.now();
  const job = await parts.deps.store.take(jobIdOf(id), now, now + MONEY_LEASE_MS, "token");
  void parts.deps.track(runJob(parts.deps, job!).then(() => undefined));
  await waitFor("the call", () => asked);
  let isClosed = false;
  const closing = parts.close().then(() => (isClosed = true));
  await waitFor("the API to be told", async () => (await statusOf(id)) === "processing");
  expect(isClosed).toBe(false);
  answer();
  await closing;
  expect(await statusOf(id)).toBe("succeeded");
});

describe("readiness", () => {
  const ready = async (parts: Parts) => {
    const app = parts.app();
    const answer = await app.inject({ method: "GET", url: "/health/ready" });
    await app.close();
    return { code: answer.statusCode, ...answer.json<{ status: string; checks: Record<string, { status: string }> }>() };
  };

  it("shows a gateway that is away, and the API still takes payments", async () => {
    const away: HttpPort = { send: async () => ({ kind: "not_sent", reason: "ECONNREFUSED", durationMs: 1 }) };
    const parts = await open(served, { role: "api", sandbox: away });
    stops.push(() => parts.close());
    const { code, status, checks } = await ready(parts);
    expect([code, status, checks["database"]!.status, checks["sandbox"]!.status]).toEqual([200, "ready", "ok", "down"]);
  });

  it("writes nothing, however often it is asked", async () => {
    const parts = await open(served, { role: "api" });
    stops.push(() => parts.close());
    for (let n = 0; n < 5; n++) expect((await ready(parts)).code).toBe(200);
    expect(await query("select id from processes")).toEqual([]);
  });

  it("is lost if the database takes no writes, as after a fail-over to a standby", async () => {
    await query(`alter database "${new URL(database.url).pathname.slice(1)}" set default_transaction_read_only = on`);
    const parts = await open(served, { role: "api" });
    stops.push(() => parts.close());
    const { code, checks } = await ready(parts);
    expect([code, checks["database"]!.status]).toEqual([503, "down"]);
  });
});

it("another master key is refused, and all connections are closed again", async () => {
  const first = await open();
  await merchantOf(first);
  await first.close();
  await expect(open({}, { masterKey: Buffer.alloc(32, 8) })).rejects.toThrow(/TILLWAY_MASTER_KEY is not the key/);
  await waitFor("its connections to go", async () => {
    const [row] = await query("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
    return Number(row!["count"]) === 0;
  });
});

it("has the database's time from the start, however wrong the clock of its machine is, and goes on with it (R7, F2)", async () => {
  const databaseNow = async (): Promise<number> =>
    Number((await query("select extract(epoch from clock_timestamp()) * 1000 as now"))[0]!["now"]);
  const before = await databaseNow();
  vi.useFakeTimers({ now: Date.now() + 600_000, toFake: ["Date"] });
  const parts = await open().finally(() => vi.useRealTimers());
  stops.push(() => parts.close());
  const [first] = [parts.deps.clock.now()];
  expect(await parts.beat()).toBe(0);
  await parts.deps.clock.sleep(5);
  const [second, after] = [parts.deps.clock.now(), await databaseNow()];
  expect(first).toBeGreaterThanOrEqual(before - 100);
  expect(second).toBeGreaterThan(first);
  expect(second).toBeLessThanOrEqual(after + 100);
});

describe("without SANDBOX_URL", () => {
  const { SANDBOX_URL: _, ...environment } = served;
  const elsewhere = { sandbox: null, role: "api" } as const;

  it("an API starts if no account uses the sandbox, and shows no gateway", async () => {
    const parts = await open(environment, elsewhere);
    stops.push(() => parts.close());
    expect(parts.deps.connectors.has("sandbox")).toBe(false);
    const app = parts.app();
    stops.push(() => app.close());
    expect((await app.inject({ method: "GET", url: "/health/ready" })).json<{ checks: object }>().checks).not.toHaveProperty("sandbox");
  });

  it("its start is refused by the variable's name if an account does", async () => {
    const first = await open();
    await merchantOf(first);
    await first.close();
    await expect(open(environment, elsewhere)).rejects.toThrow(/SANDBOX_URL is missing, and an account uses the sandbox/);
  });
});

it("names the session that holds an old snapshot, and what to do (R20)", async () => {
  const lines: string[] = [];
  const log = createLog({ level: "warn", destination: { write: (line) => void lines.push(line) } });
  await connect(database.url, async (client) => {
    await client.query("begin isolation level repeatable read");
    const pid = Number((await client.query("select pg_backend_pid() as pid, count(*) from payments")).rows[0].pid);
    const parts = await open({}, { log, snapshotOldMs: 1 });
    stops.push(() => parts.close());
    await waitFor("the line", async () => (await parts.beat(), lines.length > 0));
    const line = JSON.parse(lines[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({
      level: "warn",
      pid,
      age_s: expect.any(Number),
      msg: expect.stringContaining(`pg_terminate_backend(${pid})`),
    });
    await client.query("rollback");
  });
});
