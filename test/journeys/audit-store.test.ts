/** Exchanges in an audit store of their own: real payments, PostgreSQL and worker, and a server of MongoDB's wire protocol that goes away. */
import { MongoClient } from "../../server/src/storage/mongodb/raw.testing.ts";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { purge } from "../../server/src/flows/upkeep/purge.ts";
import { startWorker } from "../../server/src/worker/worker.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { lineTo, type Line } from "../support/line.ts";
import { sampleOr } from "../support/how-much.ts";
import { mongoServers, ownDatabase } from "../support/mongo-servers.ts";
import { waitFor } from "../support/wait-for.ts";
import { card, type Json, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const DAY = 86_400_000;
const VISA = "4242424242424242";

for (const server of sampleOr(mongoServers.slice(0, 1), mongoServers)) {
  server.describe(`the audit store on ${server.name}`, () => {
    const { url: postgres } = databaseServers()[0]!;
    const url = ownDatabase(server.url);
    let line: Line;
    let stage: Stage;
    let raw: MongoClient;
    let shop: Merchant;
    beforeAll(async () => {
      line = await lineTo(url);
      raw = new MongoClient(url);
      stage = await openStage(postgres, { MONGODB_URL: line.url });
      shop = (await stage.merchant()).client;
    });
    afterAll(async () => {
      await stage.close();
      await line.close();
      await raw.db().dropDatabase();
      await raw.close();
    });

    afterEach(() => line.set("open"));

    const documents = () => raw.db().collection<{ _id: string; payment_id: string }>("exchanges");
    const waiting = () =>
      connect(stage.databaseUrl, async (client) =>
        (await client.query("select id from exchanges order by id")).rows.map((row) => row.id as string),
      );
    const allMoved = () =>
      waitFor("all exchanges to be moved", async () => ((await waiting()).length === 0 ? true : null), { timeoutMs: 30_000 });
    const timeline = async (id: string): Promise<Json> => (await shop.get(`/v1/payments/${id}/timeline`)).json;
    const exchangesOf = async (id: string): Promise<Json[]> =>
      (await timeline(id)).entries.filter((entry: Json) => entry.kind === "exchange");
    /** After its return it is asked again within seconds. */
    const isWhole = (id: string) => waitFor("the timeline to be whole", async () => ((await timeline(id)).lacks_exchanges ? null : true));
    const pay = async (): Promise<string> => {
      const { status, json } = await shop.create(card(VISA, { confirm: true }));
      expect([status, json.status]).toEqual([201, "succeeded"]);
      return json.id;
    };
    const ready = async (): Promise<{ status: number; json: Json }> => shop.get("/health/ready");
    const metric = async (name: string): Promise<number> =>
      Number(new RegExp(`^tillway_${name} (\\S+)$`, "m").exec(await (await fetch(`${stage.url}/metrics`)).text())?.[1]);
    const logged = (text: string) => stage.log.filter((each) => each.includes(text)).length;

    it("what was said to the gateway is found by its payment while it is moved and after, and a card is in neither store", async () => {
      const id = await pay();
      const seen = await exchangesOf(id);
      expect(seen).toHaveLength(1);
      await allMoved();
      expect(await exchangesOf(id)).toEqual(seen);
      expect(await timeline(id)).toMatchObject({ lacks_exchanges: false });
      const kept = await documents().find({ payment_id: id }).toArray();
      expect(kept).toMatchObject([
        { _id: seen[0].id, kind: "send", request: expect.stringContaining("amount"), response: expect.any(String) },
      ]);
      expect(JSON.stringify(kept)).not.toContain(VISA);
      const { json: another } = await (await stage.merchant()).client.get(`/v1/payments/${id}/timeline`);
      expect(another.error.code).toBe("not_found");
    });

    it("one that is in both stores, because a process died between them, is shown once and removed", async () => {
      const id = await pay();
      await allMoved();
      const [kept] = await documents().find({ payment_id: id }).toArray();
      line.set("cut");
      const next = await pay();
      const [waits] = await exchangesOf(next);
      await documents().insertOne({ ...kept!, _id: waits.id, payment_id: next });
      line.set("open");
      await allMoved();
      await isWhole(next);
      expect((await exchangesOf(next)).map((entry) => entry.id)).toEqual([waits.id]);
      expect(await documents().countDocuments({ payment_id: next })).toBe(1);
    });

    it.each(["cut", "swallowing"] as const)(
      "while it is away (%s) payments are as quick, and none of their exchanges is lost or doubled",
      async (state) => {
        await allMoved();
        const quick = await timed(10, pay);
        const before = logged("the audit store is away");
        const back = logged("the audit store is back");
        line.set(state);
        const slow = await timed(30, pay);
        await waitFor("its loss to be logged", () => (logged("the audit store is away") > before ? true : null), { timeoutMs: 30_000 });
        const down = await waitFor(
          "its loss to be shown",
          async () => {
            const answer = await ready();
            return answer.json.checks.audit_store.status === "down" ? answer : null;
          },
          { timeoutMs: 30_000 },
        );
        expect(down.status).toBe(200);
        expect(down.json.status).toBe("ready");
        const last = await pay();
        expect(await timeline(last)).toMatchObject({ lacks_exchanges: true });
        expect(await exchangesOf(last)).toHaveLength(1);
        const wait = await waitFor("the metric", async () => ((await metric("exchanges_waiting")) >= 31 ? await waiting() : null), {
          timeoutMs: 30_000,
        });
        expect(await metric("exchanges_oldest_waiting_seconds")).toBeGreaterThan(0);
        line.set("open");
        await allMoved();
        const ids = [...quick.results, ...slow.results, last];
        const found = await documents()
          .find({ payment_id: { $in: ids } })
          .toArray();
        expect(found.map((each) => each.payment_id).toSorted()).toEqual(ids.toSorted());
        expect(await documents().countDocuments({ _id: { $in: wait } })).toBe(wait.length);
        expect(logged("the audit store is away")).toBe(before + 1);
        expect(logged("the audit store is back")).toBe(back + 1);
        await waitFor("its return to be shown", async () => ((await ready()).json.checks.audit_store.status === "ok" ? true : null));
        await isWhole(last);
        // A call to the store would have taken seconds.
        expect(slow.medianMs).toBeLessThan(quick.medianMs + 500);
      },
    );

    it("several workers move the same exchanges, and each is there once", async () => {
      const others = [1, 2, 3].map(() => startWorker(stage.parts.deps));
      try {
        const ids = (await timed(20, pay)).results;
        await allMoved();
        const found = await documents()
          .find({ payment_id: { $in: ids } })
          .toArray();
        expect(found.map((each) => each.payment_id).toSorted()).toEqual(ids.toSorted());
      } finally {
        for (const other of others) await other.stop();
      }
    });

    it("a process starts, takes payments and ends while the store is away; what waits is moved later", async () => {
      line.set("cut");
      const id = await pay();
      const other = await openStage(postgres, { MONGODB_URL: line.url });
      try {
        const { client } = await other.merchant();
        expect((await client.create(card(VISA, { confirm: true }))).json.status).toBe("succeeded");
      } finally {
        await other.close();
      }
      line.set("open");
      await allMoved();
      expect(await documents().countDocuments({ payment_id: id })).toBe(1);
    });

    it("they are purged after their retention, without a TTL of the server", async () => {
      const id = await pay();
      await allMoved();
      const { deps } = stage.parts;
      const at = (ms: number) => ({ ...deps, clock: { ...deps.clock, now: () => Date.now() + ms } });
      await purge(at(179 * DAY));
      expect(await documents().countDocuments({ payment_id: id })).toBe(1);
      await purge(at(181 * DAY));
      expect(await documents().countDocuments({ payment_id: id })).toBe(0);
      expect(logged("old exchanges were removed from the audit store")).toBe(1);
      expect(await timeline(id)).toMatchObject({ status: "succeeded", lacks_exchanges: false });
    });
  });
}

async function timed(times: number, once: () => Promise<string>): Promise<{ readonly results: string[]; readonly medianMs: number }> {
  const [results, took]: [string[], number[]] = [[], []];
  for (let n = 0; n < times; n++) {
    const started = performance.now();
    results.push(await once());
    took.push(performance.now() - started);
  }
  return { results, medianMs: took.toSorted((a, b) => a - b)[times >> 1]! };
}
