/** What an outage of Redis does to payments: nothing but delay. The journeys of all engines are in profiles.test.ts. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Redis } from "../../server/src/queues/redis/direct.testing.ts";
import { databaseServers } from "../support/databases.ts";
import { lineTo, type Line } from "../support/line.ts";
import { needs } from "../support/require-services.ts";
import { waitFor } from "../support/wait-for.ts";
import { journalOf, moneyOf } from "./support/books.ts";
import { patiently, upi, type Json, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const redis = needs("redis", process.env["TEST_REDIS_URL"] ?? process.env.REDIS_URL);
/** Of its own on that server. */
const place = `${redis.url}/7`;
const [server] = databaseServers();

redis.describe("with Redis", () => {
  let stage: Stage;
  let shop: Merchant;
  let line: Line;
  let direct: Redis;

  beforeAll(async () => {
    direct = new Redis(place);
    await direct.flushdb();
    line = await lineTo(place);
    stage = await openStage(server!.url, { REDIS_URL: line.url });
    shop = (await stage.merchant()).client;
  });
  afterEach(() => line.set("open"));
  afterAll(async () => {
    await stage?.close();
    await line?.close();
    direct?.disconnect();
  });

  const created = async (body: object): Promise<string> => (await patiently(() => shop.create(body))).json.id;
  const readiness = async (): Promise<{ status: number; redis: Json }> => {
    const answer = await fetch(`${stage.url}/health/ready`);
    return { status: answer.status, redis: ((await answer.json()) as Json).checks.redis };
  };

  const gauges = async (): Promise<string[]> =>
    (await (await fetch(`${stage.url}/metrics`)).text()).split("\n").filter((line) => line.startsWith("tillway_engine_"));

  it("work is seen in Redis under the names that BullMQ's tools look for", async () => {
    const id = await created(upi("success"));
    await shop.until(id, "succeeded");
    const keys = await direct.keys("{tillway}:*");
    for (const queue of ["payment-queue", "refund-queue", "webhook-queue"])
      expect(keys.some((key) => key.startsWith(`{tillway}:${queue}:`))).toBe(true);
    const names = await Promise.all(
      keys
        .filter((key) => key.includes(":payment-queue:job_"))
        .map(async (key) => ((await direct.type(key)) === "hash" ? direct.hget(key, "name") : null)),
    );
    expect(names).toContain("charge");
    expect(await gauges()).toEqual(
      expect.arrayContaining([
        'tillway_engine_up{engine="redis"} 1',
        'tillway_engine_messages{engine="redis",queue="refund-queue"} 0',
        'tillway_engine_paused{engine="redis",queue="webhook-queue"} 0',
      ]),
    );
  });

  it(
    "without Redis payments are taken and wait, readiness says so within 5 s, and all is done when it is back",
    { timeout: 90_000 },
    async () => {
      await waitFor("readiness", async () => (await readiness()).status === 200);
      line.set("cut");
      await waitFor("readiness to be false", async () => (await readiness()).status === 503, { timeoutMs: 5_000 });
      expect((await readiness()).redis).toMatchObject({ status: "down" });
      expect(await gauges()).toEqual(['tillway_engine_up{engine="redis"} 0']);
      const ids = await Promise.all(Array.from({ length: 20 }, () => created(upi("success"))));
      line.set("open");
      await waitFor("readiness", async () => (await readiness()).status === 200, { timeoutMs: 5_000 });
      for (const id of ids) await shop.until(id, "succeeded", { timeoutMs: 60_000 });
      for (const id of ids) expect(await moneyOf(stage.sandboxUrl, id)).toMatchObject({ charges: 1, net: 50_000 });
    },
  );

  it("a Redis that loses everything under load loses no payment and charges none twice", { timeout: 120_000 }, async () => {
    let isOver = false;
    const buyer = async (): Promise<string[]> => {
      const ids: string[] = [];
      while (!isOver) ids.push(await created(upi("success")));
      return ids;
    };
    const buyers = Array.from({ length: 8 }, buyer);
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await direct.flushdb();
    }
    isOver = true;
    const ids = (await Promise.all(buyers)).flat();
    expect(ids.length).toBeGreaterThan(20);
    // What was in Redis then is due again 30 s after it was handed over.
    for (const id of ids) await shop.until(id, "succeeded", { timeoutMs: 90_000 });
    const charged = (await journalOf(stage.sandboxUrl)).filter(({ operation }) => operation === "charge").map((entry) => entry.payment_id);
    expect(new Set(charged).size).toBe(charged.length);
  });
});
