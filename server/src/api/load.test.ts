/** What is refused first when there is more to do than can be done, on the routes as they are served. */
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPayment } from "../flows/payments/create.ts";
import { confirmPayment } from "../flows/payments/operations.ts";
import type { Answer } from "../flows/idempotency.ts";
import type { LoadClass } from "../http/shedding.ts";
import { fakeApi, headers as testKey, merchant, type Fakes } from "./fakes.testing.ts";

vi.mock("../flows/payments/create.ts", () => ({ createPayment: vi.fn() }));
vi.mock("../flows/payments/operations.ts", () => ({ confirmPayment: vi.fn() }));
vi.mock("../flows/payments/operate.ts", () => ({ answeredBefore: vi.fn(async () => null) }));

const answer: Answer = { status: 200, body: "{}", replayed: false };
const liveKey = { "x-api-key": "pk_live_1", "x-api-secret": "sk_live_1" };
const json = { "content-type": "application/json" };
const create = { method: "POST", url: "/v1/payments", payload: JSON.stringify({ amount: 1, currency: "INR" }) } as const;
const confirm = { method: "POST", url: "/v1/payments/pay_01KAJ0000000000000000000AB/confirm", payload: "{}" } as const;
const list = { method: "GET", url: "/v1/payments" } as const;

let fakes: Fakes;
/** Lets the requests that hang go on. */
let release: (() => void)[];

beforeEach(() => {
  release = [];
  const hang = () => new Promise<Answer>((resolve) => release.push(() => resolve(answer)));
  vi.mocked(createPayment).mockReset().mockImplementation(hang);
  vi.mocked(confirmPayment).mockReset().mockImplementation(hang);
  // 10 places for lists, 15 for test keys, 16 for creates, 20 for the rest.
  fakes = fakeApi({ deps: { maxInFlight: 20 }, reads: { payments: async () => ({ rows: [], hasMore: false }) } });
  fakes.keys.set("pk_live_1 sk_live_1", { ...merchant, merchantId: "mer_2", mode: "live" });
});

afterEach(async () => {
  for (const each of release) each();
  await fakes.app.close();
});

const ask = (what: typeof create | typeof confirm | typeof list, key: Record<string, string> = liveKey) =>
  fakes.app.inject({ ...what, headers: what.method === "GET" ? key : { ...key, ...json } });
const status = async (...of: Parameters<typeof ask>) => (await ask(...of)).statusCode;

/** Lets so many requests hang, of as many merchants: none of them meets its own share. */
async function occupy(count: number, what: typeof create | typeof confirm = create): Promise<void> {
  const before = release.length;
  for (let n = 0; n < count; n++) {
    const key = `pk_live_hang_${release.length}_${n}`;
    fakes.keys.set(`${key} sk`, { ...merchant, merchantId: `mer_${key}`, mode: "live" });
    void ask(what, { "x-api-key": key, "x-api-secret": "sk" });
  }
  await vi.waitFor(() => expect(release.length).toBe(before + count));
}

/** Refused, or hanging. */
async function isAdmitted(...of: Parameters<typeof ask>): Promise<boolean> {
  const before = release.length;
  const answered = ask(...of).then(({ statusCode }) => statusCode);
  const first = await Promise.race([answered, vi.waitFor(() => expect(release.length).toBe(before + 1)).then(() => "hangs" as const)]);
  expect(["hangs", 503]).toContain(first);
  return first === "hangs";
}

describe("under load", () => {
  it("lists are refused first, then test keys, then creates, and at last what was accepted", async () => {
    await occupy(9);
    expect(await status(list)).toBe(200);
    await occupy(1);
    expect(await status(list)).toBe(503);
    await occupy(3);
    expect(await isAdmitted(create, testKey)).toBe(true);
    expect(await isAdmitted(confirm, testKey)).toBe(true);
    expect(await isAdmitted(confirm, testKey)).toBe(false);
    expect(await isAdmitted(create)).toBe(true);
    expect(await isAdmitted(create)).toBe(false);
    expect(await isAdmitted(confirm)).toBe(true);
    await occupy(3, confirm);
    expect(await isAdmitted(confirm)).toBe(false);
    expect((await fakes.app.inject("/health/live")).statusCode).toBe(200);
    expect((await fakes.app.inject("/metrics")).statusCode).not.toBe(503);
  });

  it("a gateway's webhook has the places of what was accepted, whatever key it names", async () => {
    await occupy(19, confirm);
    const webhook = () =>
      fakes.app.inject({ method: "POST", url: "/v1/gateways/sandbox/acc_1/webhooks", headers: { ...testKey, ...json }, payload: "{}" });
    expect((await webhook()).statusCode).not.toBe(503);
    await occupy(1, confirm);
    expect((await webhook()).statusCode).toBe(503);
  });

  it("a test key is seen in HTTP Basic too", async () => {
    await occupy(15);
    const basic = (key: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString("base64")}` });
    expect(await isAdmitted(create, basic("pk_test_1", "sk_test_1"))).toBe(false);
    expect(await isAdmitted(create, basic("pk_live_1", "sk_live_1"))).toBe(true);
  });

  it("a refusal has its code and a time to come back, and no key was looked up for it", async () => {
    await occupy(16);
    const lookUps = fakes.lookUps.length;
    const refused = await ask(create);
    expect([refused.statusCode, refused.json().error.code, refused.headers["retry-after"]]).toEqual([503, "overloaded", "3"]);
    expect(fakes.lookUps.length).toBe(lookUps);
  });

  it("places that become free are taken again", async () => {
    await occupy(16);
    expect(await isAdmitted(create)).toBe(false);
    for (const each of release.splice(0)) each();
    await vi.waitFor(async () => expect(await status(list)).toBe(200));
    expect(await isAdmitted(create)).toBe(true);
  });
});

describe("a connection", () => {
  const head = (length: number) =>
    `POST /v1/payments HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

  it("stays open after a refusal if the body came with its head, and ends if it did not", async () => {
    await occupy(16);
    await fakes.app.listen({ port: 0, host: "127.0.0.1" });
    const socket = connect((fakes.app.server.address() as AddressInfo).port, "127.0.0.1");
    const answers: string[] = [];
    socket.setEncoding("latin1").on("data", (text: string) => void answers.push(text));
    for (let n = 1; n <= 3; n++) {
      socket.write(`${head(2)}{}`);
      await vi.waitFor(() => expect(answers.length).toBe(n));
      expect(answers[n - 1]).toMatch(/^HTTP\/1\.1 503 [^]*\r\nConnection: keep-alive\r\n/);
    }
    socket.write(`${head(2_000)}{`);
    await once(socket, "end");
    expect(answers[3]).toMatch(/^HTTP\/1\.1 503 [^]*\r\nconnection: close\r\n/);
  });
});

describe("every route", () => {
  /** Those that are not `normal`; null: never refused. */
  const classes: Readonly<Record<string, LoadClass | null>> = {
    "GET /v1/payments": "list",
    "GET /v1/payments/:id/timeline": "list",
    "GET /v1/orders": "list",
    "GET /v1/payment-links": "list",
    "GET /v1/refunds": "list",
    "GET /v1/events": "list",
    "GET /v1/events/stream": "list",
    "GET /v1/deliveries": "list",
    "GET /v1/admin-actions": "list",
    "GET /v1/audit/export": "list",
    "GET /v1/connector-health": "list",
    "GET /v1/cases": "list",
    "GET /v1/dead-letters": "list",
    "GET /v1/dead-letters/groups": "list",
    "GET /v1/queues": "list",
    "GET /v1/invariants": "list",
    "GET /v1/analytics": "list",
    "GET /v1/analytics.csv": "list",
    "GET /v1/overview": "list",
    "GET /v1/merchants": "list",
    "GET /v1/payments.csv": "list",
    "GET /v1/search": "list",
    "GET /docs": "list",
    "GET /docs/*": "list",
    "GET /llms.txt": "list",
    "POST /v1/payments/:id/confirm": "critical",
    "POST /v1/payments/:id/capture": "critical",
    "POST /v1/payments/:id/void": "critical",
    "POST /v1/payments/:id/cancel": "critical",
    "POST /v1/refunds": "critical",
    "POST /v1/gateways/:connector/:account/webhooks": "critical",
    "GET /health/live": null,
    "GET /health/ready": null,
    "GET /metrics": null,
  };

  it("has the class that is written here", async () => {
    const found: Record<string, LoadClass | null> = {};
    fakes.app.addHook("onRoute", ({ method, url, config }) => {
      const loadClass = config?.alwaysAdmitted === true ? null : (config?.load ?? "normal");
      for (const one of [method].flat()) if (one !== "HEAD" && loadClass !== "normal") found[`${one} ${url}`] = loadClass;
    });
    await fakes.app.ready();
    expect(found).toEqual(classes);
  });
});
