import { describe, expect, it } from "vitest";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { fakeApi, headers, merchant, operator } from "./fakes.testing.ts";

const reads = { payments: async () => ({ rows: [], hasMore: false }) };

/** A listener whose keys may ask twice a second, and a clock that stands still. */
function limited() {
  const fakes = fakeApi({ deps: { requestsPerSecond: 2 }, reads });
  const ask = (given: Record<string, string> = headers) => fakes.app.inject({ method: "GET", url: "/v1/payments", headers: given });
  return { ...fakes, ask };
}

describe("a key that is limited to two requests a second", () => {
  it("may ask twenty times at once, is then refused with the time to wait, and may go on when it is over", async () => {
    const { ask, clock } = limited();
    for (let n = 1; n <= 20; n++) {
      const { statusCode, headers: got } = await ask();
      expect(statusCode).toBe(200);
      expect([got["ratelimit-policy"], got["ratelimit"]]).toEqual(['"key";q=20;w=10', `"key";r=${20 - n};t=${Math.ceil(n / 2)}`]);
    }
    const refused = await ask();
    expect([refused.statusCode, refused.json().error.code, refused.headers["retry-after"]]).toEqual([429, "rate_limited", "1"]);
    clock.now += 500;
    expect((await ask()).statusCode).toBe(200);
    expect((await ask()).statusCode).toBe(429);
    clock.now += 60_000;
    expect((await ask()).headers["ratelimit"]).toBe('"key";r=19;t=1');
  });

  it("leaves other keys alone, and a clock that was set back freezes nobody", async () => {
    const { ask, clock, keys } = limited();
    keys.set("pk_other sk", { ...merchant, keyId: "key_other" });
    for (let n = 0; n < 21; n++) await ask();
    expect((await ask({ "x-api-key": "pk_other", "x-api-secret": "sk" })).statusCode).toBe(200);
    clock.now -= 3_600_000;
    expect((await ask()).statusCode).toBe(429);
    clock.now += 1_000;
    expect((await ask()).statusCode).toBe(200);
  });

  it("is refused before its body is read, and the refusal makes nothing", async () => {
    const { app, ask } = limited();
    for (let n = 0; n < 20; n++) await ask();
    const answer = await app.inject({
      method: "POST",
      url: "/v1/payments",
      headers: { ...headers, "content-type": "application/json" },
      payload: "{",
    });
    expect(answer.json().error.code).toBe("rate_limited");
  });
});

describe("a limit of its own", () => {
  const own = (rateLimitPerSecond: number | null, requestsPerSecond: number | null) => {
    const fakes = fakeApi({ deps: { requestsPerSecond }, reads });
    const put = (limit: number | null) => fakes.keys.set("pk_own sk", { ...merchant, keyId: "key_own", rateLimitPerSecond: limit });
    put(rateLimitPerSecond);
    const ask = (given: Record<string, string> = { "x-api-key": "pk_own", "x-api-secret": "sk" }) =>
      fakes.app.inject({ method: "GET", url: "/v1/payments", headers: given });
    return { ...fakes, ask, put };
  };

  it.each([
    ["limits a key where the installation has none", 1, null, '"key";q=10;w=10'],
    ["is more than that of the installation", 9, 2, '"key";q=90;w=10'],
    ["is less than that of the installation", 1, 2, '"key";q=10;w=10'],
    ["if there is none, is that of the installation", null, 2, '"key";q=20;w=10'],
  ])("%s", async (_what, limit, standard, policy) => {
    expect((await own(limit, standard).ask()).headers["ratelimit-policy"]).toBe(policy);
  });

  it("refuses what is beyond it with the time to wait, and leaves keys without one alone", async () => {
    const { ask } = own(1, null);
    for (let n = 0; n < 10; n++) expect((await ask()).statusCode).toBe(200);
    const refused = await ask();
    expect([refused.statusCode, refused.headers["retry-after"], refused.headers["ratelimit"]]).toEqual([429, "1", '"key";r=0;t=10']);
    expect(refused.json().error.message).toContain("1 times a second");
    expect((await ask(headers)).headers["ratelimit"]).toBeUndefined();
  });

  it("holds within a second of its change, for what is left of it", async () => {
    const { ask, put, clock } = own(9, null);
    for (let n = 0; n < 50; n++) await ask();
    put(1);
    clock.now += KEY_CACHE_MS;
    const { headers: got } = await ask();
    expect([got["ratelimit-policy"], got["ratelimit"]]).toEqual(['"key";q=10;w=10', '"key";r=9;t=1']);
  });
});

describe("the operator", () => {
  it("is not limited", async () => {
    const { app } = fakeApi({ deps: { requestsPerSecond: 1 }, reads: { merchants: async () => ({ rows: [], hasMore: false }) } });
    for (let n = 0; n < 12; n++)
      expect((await app.inject({ method: "GET", url: "/v1/merchants", headers: operator })).statusCode).toBe(200);
  });
});

describe("without a limit", () => {
  it("no header speaks of one", async () => {
    const { app } = fakeApi({ reads });
    const answer = await app.inject({ method: "GET", url: "/v1/payments", headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("ratelimit"))).toEqual([]);
  });
});
