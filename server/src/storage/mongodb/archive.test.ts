/** What an archive promises, on servers of MongoDB's wire protocol; docs/operations.md says what they cannot show of MongoDB itself. */
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { lineTo } from "../../../../test/support/line.ts";
import { mongoServers, ownDatabase } from "../../../../test/support/mongo-servers.ts";
import { newId } from "../../core/ids.ts";
import type { Exchange, Ms } from "../../core/model.ts";
import type { Archive } from "../../core/ports/archive.ts";
import { openArchive } from "./archive.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 29);
const KEPT = 180 * DAY;
let bytes = 0;

function exchange(given: Partial<Exchange> = {}, at: Ms = NOW): Exchange {
  const id = newId("exc", at, new Uint8Array(16).fill(++bytes % 256).fill(bytes >> 8, 8));
  return {
    merchantId: "mer_1",
    mode: "test",
    id,
    paymentId: "pay_1",
    attemptId: "att_1",
    kind: "send",
    method: "POST",
    url: "https://bank.example/v1/charges?a.b=1",
    request: '{"$set":{"a.b":1,"":"₹ \\u0000"}}',
    status: 200,
    response: '{"id":"ch_1"}',
    result: "answer",
    startedAt: at - 5,
    durationMs: 42,
    ...given,
  };
}

for (const server of mongoServers) {
  server.describe(`exchanges on ${server.name}`, () => {
    const url = ownDatabase(server.url);
    const told: [object, string][] = [];
    const log = { info: (fields: object, message: string) => void told.push([fields, message]) };
    let archive: Archive;
    let raw: MongoClient;
    const documents = () => raw.db().collection<{ _id: string }>("exchanges");
    beforeAll(async () => {
      archive = await openArchive({ url, keptMs: KEPT, log });
      raw = new MongoClient(url);
    });
    afterAll(async () => {
      await raw.db().dropDatabase();
      await raw.close();
      await archive.close();
    });
    const of = (paymentId: string, limit = 100) => archive.ofPayment({ merchantId: "mer_1", mode: "test" }, paymentId, limit);

    it("come back as they were, of their payment, merchant and mode only, in the order of their ids", async () => {
      const rows = [exchange(), exchange({ status: null, response: null, request: null, result: "unknown: timeout" }, NOW + 1)];
      const others = [
        exchange({ paymentId: "pay_2" }),
        exchange({ merchantId: "mer_2" }),
        exchange({ mode: "live" }),
        exchange({ paymentId: null }),
      ];
      expect(await archive.write([...rows.toReversed(), ...others])).toEqual([]);
      expect(await of("pay_1")).toEqual(rows);
      expect(await of("pay_1", 1)).toEqual(rows.slice(0, 1));
      expect(await of("pay_none")).toEqual([]);
    });

    it("written again are there once, and those beside them are written", async () => {
      const [first, second] = [exchange({ paymentId: "pay_again" }), exchange({ paymentId: "pay_again" }, NOW + 1)];
      await archive.write([first]);
      expect(await archive.write([first, second])).toEqual([]);
      expect(await archive.write([first, second])).toEqual([]);
      expect(await of("pay_again")).toEqual([first, second]);
    });

    it("bodies are text, and times are dates, which a TTL index needs", async () => {
      const row = exchange({ paymentId: "pay_raw" });
      await archive.write([row]);
      const found = await documents().findOne({ _id: row.id });
      expect(found).toMatchObject({
        payment_id: "pay_raw",
        request: row.request,
        response: row.response,
        started_at: new Date(row.startedAt),
      });
    });

    it(`has the index of a payment, and ${server.hasTtl ? "a TTL index that follows the retention" : "says once that it has no TTL index"}`, async () => {
      await archive.write([exchange()]);
      const ttlOf = async () => (await documents().indexes()).find((index) => index.name === "kept")?.expireAfterSeconds;
      expect((await documents().indexes()).map((index) => index.name)).toContain("of_payment");
      expect(await ttlOf()).toBe(server.hasTtl ? KEPT / 1_000 : undefined);
      expect(told.map(([, message]) => message)).toEqual(server.hasTtl ? [] : [expect.stringContaining("has no TTL index")]);
    });

    it("are purged when they are old, oldest first and so many at a time", async () => {
      const old = [3, 2, 1].map((days) => exchange({ paymentId: "pay_old" }, NOW - KEPT - days * DAY));
      const young = exchange({ paymentId: "pay_old" }, NOW - KEPT);
      await archive.write([...old, young]);
      expect(await archive.purge(NOW - KEPT, 2)).toBe(2);
      expect(await of("pay_old")).toEqual([old[2], young]);
      expect(await archive.purge(NOW - KEPT, 2)).toBe(1);
      expect(await archive.purge(NOW - KEPT, 2)).toBe(0);
      expect(await of("pay_old")).toEqual([young]);
    });

    it("are written by a process that began while the server was away, once it is there", async () => {
      const line = await lineTo(url);
      line.set("cut");
      const over = await openArchive({ url: line.url, keptMs: KEPT, log });
      try {
        const row = exchange({ paymentId: "pay_early" });
        const asked = [over.write([row]), over.ping(), over.ofPayment(row, "pay_early", 1)].map((each) =>
          each.then(() => "answered").catch(() => "away"),
        );
        expect(await Promise.all(asked)).toEqual(["away", "away", "away"]);
        line.set("open");
        await vi.waitFor(async () => expect(await over.write([row])).toEqual([]), { timeout: 20_000 });
        expect(await of("pay_early")).toEqual([row]);
      } finally {
        await over.close();
        await line.close();
      }
    });

    it("are not acknowledged while the line is cut or swallows, and are when it is whole again", async () => {
      const line = await lineTo(url);
      const over = await openArchive({ url: line.url, keptMs: KEPT, log });
      try {
        await over.ping();
        for (const state of ["cut", "swallowing"] as const) {
          const row = exchange({ paymentId: `pay_${state}` });
          line.set(state);
          await expect(over.write([row])).rejects.toThrow();
          expect(await of(`pay_${state}`)).toEqual([]);
          line.set("open");
          await vi.waitFor(async () => expect(await over.write([row])).toEqual([]), { timeout: 20_000 });
          expect(await of(`pay_${state}`)).toEqual([row]);
        }
      } finally {
        await over.close();
        await line.close();
      }
    });
  });
}

it.each([["mongodb://"], ["mongodb://host:port/x"], ["mongodb://a,b/x?directConnection=true"], ["mongodb://host/x?tls=perhaps"]])(
  "%s is refused without a word of it",
  async (url) => {
    const error = await openArchive({ url, keptMs: KEPT, log: { info: () => undefined } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "UnfitArchive", reason: "bad_url", message: "the driver cannot read the URL" });
  },
);
