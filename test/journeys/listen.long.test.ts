/** `tillway listen` as a process, between an API, a worker and an app that are killed and started again while payments come in. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventTypes, type EventType } from "../../server/src/core/events.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi, type Answer, type Json } from "./support/merchant.ts";
import { startParts, type PartsOfTillway } from "./support/parts.ts";
import { freePort } from "./support/ports.ts";
import { launch, type Program } from "./support/program.ts";
import "./support/patience.ts";

const appScript = fileURLToPath(new URL("support/listening-app.mjs", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "tillway listen "));
const appFile = join(directory, "app.jsonl");
const stops: (() => unknown)[] = [];

let parts: PartsOfTillway;
let appPort: number;

beforeAll(async () => {
  parts = await startParts(databaseServers()[0]!.url, "http://127.0.0.1:9/nobody", { TEST_PROCESSING_DELAY: "0" });
  appPort = await freePort();
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await parts?.close();
  rmSync(directory, { recursive: true });
});

interface AppLine {
  readonly what: "got" | "answered";
  readonly id: string;
  readonly type: string;
  readonly payment: string;
  readonly status: number;
  readonly body?: string;
}

const appLines = (): AppLine[] =>
  existsSync(appFile)
    ? readFileSync(appFile, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as AppLine)
    : [];
/** What it got and said yes to. A process that is killed between its answer and the line about it has said yes all the same. */
const taken = () => new Set(appLines().flatMap(({ what, id, status }) => (what === "got" && status === 204 ? [id] : [])));

async function startApp(secret: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [appScript, String(appPort), appFile, secret], { stdio: ["ignore", "pipe", "inherit"] });
  stops.push(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

function startListen(): Program {
  const { keys } = parts.shop;
  const program = launch(["listen", "--forward", `*=http://127.0.0.1:${appPort}/hook`, "--json"], {
    TILLWAY_URL: parts.url,
    TILLWAY_KEY: keys.key,
    TILLWAY_SECRET: keys.secret,
    TILLWAY_HOME: directory,
  });
  stops.push(() => program.stop("SIGKILL"));
  return program;
}

async function restartApi(api: Program): Promise<Program> {
  await killed(api.process);
  // While it is away a look at it fails.
  await expect(fetch(`${parts.url}/health/live`)).rejects.toThrow("fetch failed");
  const again = launch(["api"], {
    DATABASE_URL: parts.databaseUrl,
    TILLWAY_MASTER_KEY: "5a".repeat(32),
    SANDBOX_URL: parts.sandboxUrl,
    API_PORT: new URL(parts.url).port,
    TEST_MODE: "true",
  });
  stops.push(() => again.stop("SIGKILL"));
  await again.printed(/the API listens/);
  return again;
}

/** As a merchant's server should: under one idempotency key until there is an answer of this status. */
function insist(send: () => Promise<Answer>, status: number): Promise<Json> {
  return waitFor(
    `an answer ${status}`,
    async () => {
      const answer = await send().catch(() => null);
      if (answer?.status !== status) await sleep(50);
      return answer?.status === status ? answer.json : null;
    },
    { timeoutMs: 60_000 },
  );
}

/** Every fourth payment is captured in two parts, so that several events of it follow each other. */
async function pay(n: number): Promise<void> {
  const isHeld = n % 4 === 1;
  const body = upi(n % 5 === 0 ? "insufficient-funds" : "success", isHeld ? { capture_method: "manual" } : {});
  const { id } = await insist(() => parts.shop.create(body, `payment-${n}`), 201);
  if (!isHeld || n % 5 === 0) return;
  await waitFor("the money to be held", async () => (await parts.shop.payment(id).catch(() => null))?.status === "authorized" || null, {
    timeoutMs: 60_000,
  });
  await insist(() => parts.shop.post(`/v1/payments/${id}/capture`, { amount: 20_000 }, `part-${n}`), 200);
  await insist(() => parts.shop.post(`/v1/payments/${id}/capture`, {}, `rest-${n}`), 200);
}

/** What the database says that a merchant must hear, in order. */
async function owed(): Promise<{ id: string; type: EventType; payment_id: string }[]> {
  const rows = await connect(
    parts.databaseUrl,
    async (client) => (await client.query("select id, type, payment_id from events order by payment_id, sequence")).rows,
  );
  return (rows as { id: string; type: EventType; payment_id: string }[]).filter(({ type }) => eventTypes[type].webhook);
}

it("loses and doubles nothing while the API, the app and itself are killed and started again", async () => {
  const PAYMENTS = 150;
  let listen = startListen();
  const hello = JSON.parse((await listen.printed(/^\{.*"listening".*\}$/m))[0]) as Json;
  expect(hello.secret).toMatch(/^whsec_/);
  // The app comes later than the first events.
  let made = 0;
  const load = Promise.all(
    Array.from({ length: 3 }, async () => {
      while (made < PAYMENTS) await pay(made++);
    }),
  );
  await listen.printed(/"retrying"/);
  let app = await startApp(hello.secret);
  let api = parts.api;
  for (const milestone of [10, 40, 70]) {
    await waitFor("the app to have some", () => taken().size >= milestone, { timeoutMs: 60_000 });
    await killed(app);
    await waitFor("more payments meanwhile", () => made >= Math.min(milestone * 1.5, PAYMENTS), { timeoutMs: 60_000 });
    api = await restartApi(api);
    app = await startApp(hello.secret);
    await waitFor("the app to have more", () => taken().size >= milestone + 10, { timeoutMs: 60_000 });
    api = await restartApi(api);
  }
  await listen.stop("SIGTERM");
  expect(await listen.ended).toEqual({ code: 0, signal: null });
  const resumed = startListen();
  // Its secret is shown once.
  const again = JSON.parse((await resumed.printed(/^\{.*"listening".*\}$/m))[0]) as Json;
  expect([again.secret, again.cursor]).toEqual([undefined, expect.stringMatching(/^evt_/)]);
  listen = resumed;
  await load;

  await waitFor(
    "all payments to end",
    async () =>
      (await connect(
        parts.databaseUrl,
        async (client) => (await client.query("select 1 from payments where status not in ('succeeded', 'failed')")).rowCount,
      )) === 0,
    { timeoutMs: 60_000 },
  );
  const expected = await owed();
  expect(expected.length).toBeGreaterThanOrEqual(PAYMENTS);
  await waitFor("the app to have all", () => taken().size >= expected.length, { timeoutMs: 60_000 });

  const lines = appLines();
  expect([...taken()].toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
  // Never again after a yes.
  const yes = new Set<string>();
  const doubled = lines.filter(({ what, id, status }) => {
    const again = yes.has(id) && what === "got";
    if (what === "answered" && status === 204) yes.add(id);
    return again;
  });
  expect(doubled).toEqual([]);
  expect(lines.filter(({ status }) => status === 400)).toEqual([]);
  // Some met a server that was not ready, and came again.
  expect(lines.some(({ status }) => status === 503)).toBe(true);
  // In order per payment.
  expect(expected.filter(({ type }) => type === "payment.captured").length).toBeGreaterThan(20);
  const order = lines.filter(({ what, status }) => what === "got" && status === 204);
  for (const payment of new Set(expected.map((each) => each.payment_id)))
    expect([...new Set(order.filter((line) => line.payment === payment).map(({ id }) => id))]).toEqual(
      expected.filter((each) => each.payment_id === payment).map(({ id }) => id),
    );
  // The bytes are those of a webhook.
  const [first] = lines;
  expect((await parts.shop.get(`/v1/events/${first!.id}`)).text).toBe(first!.body);
  await listen.stop("SIGTERM");
}, 240_000);

it("refuses a second one on the same state, and what is no event", async () => {
  const first = startListen();
  await first.printed(/"listening"/);
  const second = startListen();
  expect(await second.ended).toEqual({ code: 2, signal: null });
  expect(second.err).toMatch(/another tillway listen uses .*\.jsonl: end it, or give this one a file of its own by --state/);
  await first.stop("SIGTERM");
  const wrong = launch(["listen", "--forward", "payment.suceeded=http://127.0.0.1:1"], { TILLWAY_URL: parts.url });
  expect(await wrong.ended).toEqual({ code: 2, signal: null });
  expect(wrong.err).toContain("Did you mean payment.succeeded?");
});
