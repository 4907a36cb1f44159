import { describe, expect, it } from "vitest";
import { fakeApi, headers, merchant } from "./fakes.testing.ts";

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

describe("without a limit", () => {
  it("no header speaks of one", async () => {
    const { app } = fakeApi({ reads });
    const answer = await app.inject({ method: "GET", url: "/v1/payments", headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("ratelimit"))).toEqual([]);
  });
});
