import { describe, expect, it } from "vitest";
import { fakeApi, headers, merchant, OPERATOR_KEY } from "./fakes.testing.ts";
import { WRONG_TRIES_MAX, WRONG_TRIES_WINDOW_MS } from "./wrong-tries.ts";

const reads = { payments: async () => ({ rows: [], hasMore: false }) };

function opened() {
  const fakes = fakeApi({ reads });
  let guesses = 0;
  const ask = (given: Record<string, string>, remoteAddress = "192.0.2.1") =>
    fakes.app.inject({ method: "GET", url: "/v1/payments", headers: given, remoteAddress });
  /** A secret that is wrong, and another one each time. */
  const guess = async (key = `pk_test_guess_${guesses}`, remoteAddress?: string) =>
    (await ask({ "x-api-key": key, "x-api-secret": `sk_${guesses++}` }, remoteAddress)).statusCode;
  const guessAll = async (times: number, ...of: Parameters<typeof guess>): Promise<Set<number>> => {
    const seen = new Set<number>();
    for (let n = 0; n < times; n++) seen.add(await guess(...of));
    return seen;
  };
  return { ...fakes, ask, guess, guessAll };
}

describe("wrong credentials (security row 14)", () => {
  it("are 401 ten times from one address and 429 from then on, whichever key they try, and one more every three minutes", async () => {
    const { guess, guessAll, ask, clock } = opened();
    expect(await guessAll(WRONG_TRIES_MAX)).toEqual(new Set([401]));
    expect(await guessAll(50)).toEqual(new Set([429]));
    const refused = await ask({ "x-api-key": "pk_test_1", "x-api-secret": "sk_wrong" });
    expect([refused.statusCode, refused.json().error.code, refused.headers["retry-after"]]).toEqual([429, "rate_limited", "180"]);
    clock.now += WRONG_TRIES_WINDOW_MS / WRONG_TRIES_MAX;
    expect([await guess(), await guess()]).toEqual([401, 429]);
    clock.now -= 86_400_000;
    expect(await guess()).toBe(429);
  });

  it("are 401 ten times for one key, from however many addresses they come, and 429 from then on", async () => {
    const { guess } = opened();
    for (let n = 0; n < WRONG_TRIES_MAX; n++) expect(await guess("pk_test_1", `192.0.2.${n}`)).toBe(401);
    for (let n = 0; n < 20; n++) expect(await guess("pk_test_1", `198.51.100.${n}`)).toBe(429);
    expect(await guess("pk_test_2", "198.51.100.1")).toBe(401);
  });

  it("are counted before they are checked: two hundred at once are no way around, nor is the next address of a network with IPv6", async () => {
    const { guess } = opened();
    const statuses = await Promise.all(Array.from({ length: 200 }, (_, n) => guess(undefined, `2001:db8:0:1::${n.toString(16)}`)));
    expect(statuses.filter((status) => status === 401)).toHaveLength(WRONG_TRIES_MAX);
    expect(await guess(undefined, "2001:db8:0:2::1")).toBe(401);
  });

  it("are not looked up without end: a hundred above the bound, and then twenty a second", async () => {
    const { guessAll, lookUps, clock } = opened();
    expect(await guessAll(500)).toEqual(new Set([401, 429]));
    expect(lookUps).toHaveLength(WRONG_TRIES_MAX + 100);
    clock.now += 1_000;
    expect(await guessAll(100)).toEqual(new Set([429]));
    expect(lookUps).toHaveLength(WRONG_TRIES_MAX + 120);
  });

  it("lock nobody out: a key that was right before passes, and a new one as well, behind the same address and under guesses of itself", async () => {
    const { ask, guess, guessAll, keys, clock } = opened();
    expect((await ask(headers)).statusCode).toBe(200);
    keys.set("pk_test_new sk_new", { ...merchant, keyId: "key_new" });
    await guessAll(500);
    for (let n = 0; n < 20; n++) await guess("pk_test_1", `198.51.100.${n}`);
    // The entry of the cache is old by now, so the key is looked up again.
    clock.now += 2_000;
    await guessAll(20);
    expect((await ask(headers)).statusCode).toBe(200);
    expect((await ask({ "x-api-key": "pk_test_new", "x-api-secret": "sk_new" })).statusCode).toBe(200);
  });

  it("do not count if nothing was wrong: no credentials, right ones, or a database that is away", async () => {
    const { ask, guess, keys } = opened();
    for (let n = 0; n < 50; n++) expect((await ask({})).statusCode).toBe(401);
    for (let n = 0; n < 50; n++) {
      keys.set(`pk_test_${n} sk`, { ...merchant, keyId: `key_${n}` });
      expect((await ask({ "x-api-key": `pk_test_${n}`, "x-api-secret": "sk" })).statusCode).toBe(200);
    }
    expect(await guess()).toBe(401);
  });

  it("do not count if many requests with the right ones come at once to a process that has just started", async () => {
    const { ask } = opened();
    const right = { "x-api-key": headers["x-api-key"], "x-api-secret": headers["x-api-secret"] };
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask(right)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  });

  it("of the operator are no concern of a merchant whose proxy adds a bearer token of its own", async () => {
    const { app } = opened();
    for (let n = 0; n <= WRONG_TRIES_MAX; n++) {
      const answer = await app.inject({ method: "GET", url: "/v1/payments", headers: { ...headers, authorization: "Bearer of-a-proxy" } });
      expect(answer.statusCode).toBe(200);
    }
  });

  it("of the operator are bounded as well, and the right one always passes", async () => {
    const { app } = opened();
    const ask = async (key: string) =>
      (await app.inject({ method: "GET", url: "/v1/payments", headers: { authorization: `Bearer ${key}` } })).statusCode;
    for (let n = 0; n < WRONG_TRIES_MAX; n++) expect(await ask(`wrong_${n}`)).toBe(401);
    expect(await ask("wrong")).toBe(429);
    // Known, and told that this is not its route.
    expect(await ask(OPERATOR_KEY)).toBe(403);
  });
});

describe("behind a reverse proxy", () => {
  const tries = (trustedProxies?: readonly string[]) => {
    const { app } = fakeApi({ reads, deps: { ...(trustedProxies && { trustedProxies }) } });
    let guesses = 0;
    return async (forwarded: string, remoteAddress = "10.1.2.3") => {
      const secrets = { "x-api-key": `pk_test_guess_${guesses}`, "x-api-secret": `sk_${guesses++}` };
      const request = { method: "GET", url: "/v1/payments", headers: { ...secrets, "x-forwarded-for": forwarded }, remoteAddress } as const;
      return (await app.inject(request)).statusCode;
    };
  };
  const proxies = ["10.0.0.0/8", "2001:db8::1"];

  it.each([
    ["the caller that a trusted proxy names", proxies, "203.0.113.1", "10.1.2.3", 401],
    ["and in front of it a proxy of ours", proxies, "203.0.113.1, 10.9.9.9", "10.1.2.3", 401],
    ["the same proxy by an address of IPv6 that holds the other", proxies, "203.0.113.1", "::ffff:10.1.2.3", 401],
    ["a proxy that nobody named", [], "203.0.113.1", "10.1.2.3", 429],
    ["a caller who says to be a proxy", proxies, "203.0.113.1", "192.0.2.7", 429],
  ] as const)("wrong tries are counted by address: %s", async (_name, trusted, forwarded, remote, then) => {
    const guess = tries(trusted);
    for (let n = 0; n < WRONG_TRIES_MAX; n++) expect(await guess(forwarded, remote)).toBe(401);
    expect(await guess(forwarded, remote)).toBe(429);
    expect(await guess(forwarded.replace("203.0.113.1", "203.0.113.2"), remote)).toBe(then);
  });

  it("what a caller wrote into the header, before what the proxy added, makes nobody of them", async () => {
    const guess = tries(proxies);
    for (let n = 0; n < WRONG_TRIES_MAX; n++) expect(await guess(`198.51.100.${n}, 203.0.113.1`)).toBe(401);
    expect(await guess("198.51.100.77, 203.0.113.1")).toBe(429);
  });

  it("what is no address counts as the proxy itself", async () => {
    const guess = tries(proxies);
    for (let n = 0; n < WRONG_TRIES_MAX; n++) expect(await guess(`unknown${n}`)).toBe(401);
    expect(await guess("unknown")).toBe(429);
    expect(await guess("203.0.113.1")).toBe(401);
  });
});
