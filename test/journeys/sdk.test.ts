/** The client of sdk/ against a Tillway that runs, and a network that loses requests and answers. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CardError, InvalidRequestError, NotFoundError, Tillway, type ResponseInfo, type TillwayOptions } from "../../sdk/src/index.ts";
import { signatureHeaders } from "../../server/src/deliveries/webhook/sign.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { journalOf, moneyOf } from "./support/books.ts";
import { startLossyProxy, type Fate, type LossyProxy } from "./support/lossy.ts";
import type { Keys } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const upi = (scenario: string) => ({ amount: 50_000, currency: "INR", method: "upi", upi: { vpa: `${scenario}@sandbox` } }) as const;

describe.each(databaseServers().slice(0, 1))("the client, on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let keys: Keys;
  let tillway: Tillway;
  const proxies: LossyProxy[] = [];

  beforeAll(async () => {
    stage = await openStage(serverUrl);
    keys = (await stage.merchant()).client.keys;
    tillway = through(stage.url);
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await stage?.close();
  });

  const through = (baseUrl: string, options: Partial<TillwayOptions> = {}): Tillway => new Tillway({ ...keys, baseUrl, ...options });
  const lossy = async (...fates: Fate[]): Promise<LossyProxy> => {
    const proxy = await startLossyProxy(stage.url, (n) => fates[n - 1] ?? "passed");
    proxies.push(proxy);
    return proxy;
  };

  it("pays, captures a part, refunds it and reads all of it back", async () => {
    const held = await tillway.payments.create({ ...upi("success"), capture_method: "manual", confirm: true });
    expect(held.status).toBe("authorized");
    expect(await tillway.payments.capture(held.id, { amount: 20_000, final: true })).toMatchObject({ amount_captured: 20_000 });
    const refund = await tillway.refunds.create({ payment_id: held.id, amount: 5_000 });
    expect(await tillway.refunds.get(refund.id)).toMatchObject({ amount: 5_000, payment_id: held.id });
    expect((await tillway.payments.get(held.id)).refunds).toHaveLength(1);
  });

  it.each([
    ["the answer is lost twice", ["answer lost", "answer lost"]],
    ["the request is lost, then the answer", ["lost", "answer lost"]],
  ] as [string, Fate[]][])("charges once if %s", async (_name, fates) => {
    const proxy = await lossy(...fates);
    const infos: ResponseInfo[] = [];
    const payment = await through(proxy.url).payments.create(
      { ...upi("success"), confirm: true },
      { onResponse: (info) => infos.push(info) },
    );
    expect(payment.status).toBe("succeeded");
    expect([proxy.fates, infos.map(({ tries, replayed }) => ({ tries, replayed }))]).toEqual([
      [...fates, "passed"],
      [{ tries: 3, replayed: true }],
    ]);
    expect(await moneyOf(stage.sandboxUrl, payment.id)).toMatchObject({ charges: 1, net: 50_000 });
  });

  it("charges once for each of 20 orders while a third of all that is sent is lost, and refunds each once", async () => {
    const before = (await journalOf(stage.sandboxUrl)).length;
    const proxy = await startLossyProxy(stage.url, (n) => (n % 6 === 1 ? "answer lost" : n % 6 === 4 ? "lost" : "passed"));
    proxies.push(proxy);
    const client = through(proxy.url, { maxRetries: 8 });
    const orders = Array.from({ length: 20 }, (_, n) => n);
    const payments = await Promise.all(orders.map(() => client.payments.create({ ...upi("success"), confirm: true })));
    await Promise.all(payments.map(({ id }) => client.refunds.create({ payment_id: id, amount: 1_000 })));
    expect(new Set(payments.map(({ id }) => id)).size).toBe(20);
    expect(proxy.fates.filter((fate) => fate !== "passed").length).toBeGreaterThan(10);
    for (const { id } of payments) expect((await tillway.payments.get(id)).refunds).toHaveLength(1);
    const charges = (await journalOf(stage.sandboxUrl)).slice(before).filter((entry) => entry.operation === "charge");
    expect(charges).toHaveLength(20);
  });

  it("an error that says the outcome is not known has the key under which a later try finds it", async () => {
    const proxy = await lossy("answer lost");
    const error = await through(proxy.url, { maxRetries: 0 })
      .payments.create({ ...upi("success"), confirm: true })
      .catch((one) => one);
    expect(error).toMatchObject({ name: "ConnectionError", idempotencyKey: expect.any(String) });
    const { idempotencyKey } = error;
    const payment = await tillway.payments.create({ ...upi("success"), confirm: true }, { idempotencyKey });
    expect((await moneyOf(stage.sandboxUrl, payment.id)).charges).toBe(1);
  });

  it("a decline, a wrong field and a foreign id are errors of their own, each with its page", async () => {
    const declined = await tillway.payments.create({ ...upi("card-declined"), confirm: true }).catch((one) => one);
    expect(declined).toBeInstanceOf(CardError);
    expect(declined).toMatchObject({
      status: 402,
      code: "payment_failed",
      declineCode: "card_declined",
      paymentId: expect.stringMatching(/^pay_/),
      requestId: expect.stringMatching(/^req_/),
    });
    const wrong = await tillway.payments.create({ ...upi("success"), amount: 0 }).catch((one) => one);
    expect(wrong).toBeInstanceOf(InvalidRequestError);
    expect(wrong).toMatchObject({ param: "amount", docUrl: `${stage.url}/docs/errors#invalid_amount` });
    const stranger = (await stage.merchant()).client.keys;
    const foreign = await new Tillway({ ...stranger, baseUrl: stage.url }).payments.get(declined.paymentId).catch((one) => one);
    expect(foreign).toBeInstanceOf(NotFoundError);
  });

  it("walks over all pages of a list, forward and back", async () => {
    const shop = (await stage.merchant()).client.keys;
    const client = new Tillway({ ...shop, baseUrl: stage.url });
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1) made.unshift((await client.payments.create({ ...upi("success"), confirm: false })).id);
    const forward: string[] = [];
    for await (const { id } of client.payments.list({ limit: 3 })) forward.push(id);
    expect(forward).toEqual(made);
    const back: string[] = [];
    for await (const { id } of client.payments.list({ limit: 2, ending_before: made[2] })) back.push(id);
    expect(back).toEqual([made[1], made[0]]);
  });

  it("reads what is new in the order in which it happened, page by page, and misses nothing", async () => {
    const client = new Tillway({ ...(await stage.merchant()).client.keys, baseUrl: stage.url });
    const { id } = await client.payments.create({ ...upi("success"), confirm: true });
    const first = (await client.events.list({ payment_id: id })).data.at(-1)!;
    expect(first.type).toBe("payment.created");
    await client.refunds.create({ payment_id: id });
    await waitFor("the refund", async () => (await client.payments.get(id)).refunds?.[0]?.status === "succeeded");
    const types: string[] = [];
    for await (const event of client.events.list({ ending_before: first.id, limit: 1 })) types.push(event.type);
    expect(types).toEqual(["payment.succeeded", "refund.created", "refund.succeeded"]);
  });

  describe("each code block of its page", () => {
    const blocks = [...readFileSync(join(root, "sdk/README.md"), "utf8").matchAll(/^```js\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let home: string;
    beforeAll(() => {
      home = mkdtempSync(join(tmpdir(), "tillway-readme-"));
      mkdirSync(join(home, "node_modules/@tillway"), { recursive: true });
      symlinkSync(join(root, "sdk"), join(home, "node_modules/@tillway/sdk"));
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    /** The block as it stands, then more that uses what it exports. */
    const run = async (text: string, more = ""): Promise<string> => {
      writeFileSync(join(home, "block.mjs"), text + more);
      const env = {
        PATH: process.env.PATH,
        TILLWAY_KEY: keys.key,
        TILLWAY_SECRET: keys.secret,
        TILLWAY_URL: stage.url,
        TILLWAY_WEBHOOK_SECRET: secret,
      };
      return (await promisify(execFile)(process.execPath, ["block.mjs"], { cwd: home, env })).stdout;
    };

    it("runs and does what it says", async () => {
      expect(blocks).toHaveLength(4);
      expect(await run(blocks[0]!)).toMatch(/^pay_\w+ succeeded\n$/);
      const [first, ...rows] = (await run(blocks[1]!)).trim().split("\n");
      expect(first).toBe("10 true");
      expect(rows.length).toBeGreaterThan(10);
      expect(await run(blocks[2]!)).toMatch(/^payment\.created pay_\w+$/m);
      const body = '{"id":"evt_1","type":"payment.succeeded","data":{"id":"pay_1","order_id":"order 1"}}';
      const endpoint = { secret, previousSecret: null, previousSecretUntil: null };
      const headers = signatureHeaders({ eventId: "evt_1", body, now: Date.now(), endpoint } as never);
      const post = `const request = new Request("http://x/", { method: "POST", body: ${JSON.stringify(body)}, headers: ${JSON.stringify(headers)} });
        console.log((await POST(request)).status);`;
      expect(await run(blocks[3]!, post)).toBe("ship order 1\n204\n");
    });
  });
});
