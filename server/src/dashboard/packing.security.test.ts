import { gunzipSync } from "node:zlib";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packAnswer } from "./packing.ts";
import { openHouse, type Browser, type House } from "./people.testing.ts";

let house: House;
let browser: Browser;
beforeAll(async () => {
  house = await openHouse();
  ({ browser } = await house.signedIn(await house.merchant(), "owner"));
}, 120_000);
afterAll(() => house.close());

const read = (path: string, packing = "gzip, deflate, br, zstd") => browser.send("GET", path, undefined, { "accept-encoding": packing });

describe("answers to the dashboard's page", () => {
  it("are packed for a browser that takes that, and say the same as those that are not", async () => {
    const [packed, plain] = [await read("/v1/roles"), await read("/v1/roles", "identity")];
    expect([packed.headers["content-encoding"], plain.headers["content-encoding"]]).toEqual(["gzip", undefined]);
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.payload);
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
    expect([packed.headers["vary"], plain.headers["vary"]]).toEqual(["accept-encoding", "accept-encoding"]);
    expect(Number(packed.headers["content-length"])).toBe(packed.rawPayload.length);
  });

  it.each([
    ["/v1/payments?limit=100", 5_000, true],
    ["/v1/session-like", 5_000, true],
    ["/v1/session", 5_000, false],
    ["/v1/session?again", 5_000, false],
    ["/v1/payments", 900, false],
  ])(
    "%s of %i characters is packed: %s; the token of a session never is, since its length would tell of it",
    async (url, length, isPacked) => {
      const text = JSON.stringify("a".repeat(length - 2));
      const app = fastify();
      app.addHook("onSend", packAnswer);
      app.get("*", async (_request, reply) => reply.type("application/json").send(text));
      const { headers } = await app.inject({ url, headers: { "accept-encoding": "gzip" } });
      expect(headers["content-encoding"]).toBe(isPacked ? "gzip" : undefined);
      await app.close();
    },
  );

  it("are not packed to who asks for their head only", async () => {
    const head = await browser.send("HEAD" as "GET", "/v1/roles", undefined, { "accept-encoding": "gzip" });
    expect([head.statusCode, head.headers["content-encoding"]]).toEqual([200, undefined]);
  });
});
