/** An open page is not enough for what would give its finder lasting power, or much money. See docs/decisions/0070. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIRMED_MS } from "../core/permissions.ts";
import { openHouse, PASSWORD, type Browser, type House } from "./people.testing.ts";
import { codeAt } from "./totp.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse(2 * CONFIRMED_MS);
});
afterAll(() => house.close());

/** Somebody who signed in so long ago that it is to be shown again. */
async function signedInLongAgo(before: (browser: Browser) => Promise<unknown> = async () => undefined) {
  const merchantId = await house.merchant();
  const { browser, email } = await house.signedIn(merchantId, "owner");
  await before(browser);
  house.clock.now += CONFIRMED_MS;
  return { browser, email, merchantId };
}

const newKey = (browser: Browser) =>
  browser.try("POST", "/v1/keys", { name: "till", scopes: ["payments.read"] }, { "idempotency-key": `key-${house.clock.now}` });

describe("step-up (security row 13)", () => {
  it.each<[string, "POST" | "PATCH" | "DELETE", string, object | undefined]>([
    ["make a key", "POST", "/v1/keys", { name: "till" }],
    ["revoke a key", "DELETE", "/v1/keys/key_01KAJ7Q2XKZ3V9M4T8RBN5CHWE", undefined],
    ["send payments to another account", "POST", "/v1/connector-accounts", { connector: "sandbox", name: "mine", credentials: {} }],
    ["send events elsewhere", "POST", "/v1/webhook-endpoints", { url: "https://other.example/hook" }],
    ["see a new secret", "POST", "/v1/webhook-endpoints/we_01KAJ7Q2XKZ3V9M4T8RBN5CHWE/rotate-secret", {}],
    ["put a phone of one's own in the place of the password", "POST", "/v1/person/totp", {}],
    ["turn a second factor on that was begun before", "POST", "/v1/person/totp/confirm", { code: "123456" }],
    ["invite somebody", "POST", "/v1/team/invitations", { email: "friend@people.example", role: "owner" }],
  ])("is needed to %s", async (_what, method, url, body) => {
    const { browser } = await signedInLongAgo();
    expect(await browser.try(method, url, body)).toBe("confirmation_required");
    expect(await browser.try("POST", "/v1/session/confirm", { password: PASSWORD })).toBe(200);
    expect(await browser.try(method, url, body)).not.toBe("confirmation_required");
  });

  it("is needed by the operator for whatever changes something, and not to look", async () => {
    const { token, email } = await house.invited(await house.merchant(), "owner", undefined, true);
    const operator = house.browser();
    await operator.send("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });
    await operator.signIn(email);
    const merchant = () => operator.try("POST", "/v1/merchants", { name: "Mine", email: `m${house.clock.now}@shop.example` });
    house.clock.now += CONFIRMED_MS;
    expect([await operator.try("GET", "/v1/merchants"), await merchant()]).toEqual([200, "confirmation_required"]);
    await operator.send("POST", "/v1/session/confirm", { password: PASSWORD });
    expect(await merchant()).toBe(201);
  });

  it("is not needed to look, or for routing and what is near", async () => {
    const { browser } = await signedInLongAgo();
    for (const url of ["/v1/keys", "/v1/connector-accounts", "/v1/webhook-endpoints", "/v1/team", "/v1/settings"])
      expect([url, await browser.try("GET", url)]).toEqual([url, 200]);
    expect(await browser.try("PUT", "/v1/settings", { time_zone: "Asia/Kolkata" })).toBe(200);
  });

  it("holds for 15 minutes, in the session where it was done and in no other", async () => {
    const { browser, email, merchantId } = await signedInLongAgo();
    const other = house.browser();
    await other.signIn(email);
    other.merchantId = merchantId;
    house.clock.now += CONFIRMED_MS - 1;
    expect([await newKey(browser), await newKey(other)]).toEqual(["confirmation_required", 201]);
    await browser.send("POST", "/v1/session/confirm", { password: PASSWORD });
    house.clock.now += 1;
    expect([await newKey(browser), await newKey(other)]).toEqual([201, "confirmation_required"]);
  });

  it("takes no wrong password, and not as many tries as somebody likes", async () => {
    const { browser } = await signedInLongAgo();
    browser.address = "192.0.2.77";
    const guesses: (string | number)[] = [];
    for (let n = 0; n < 11; n++) guesses.push(await browser.try("POST", "/v1/session/confirm", { password: `a wrong guess ${n}` }));
    expect(guesses).toEqual([...Array<string>(10).fill("wrong_credentials"), "too_many_tries"]);
    expect(await newKey(browser)).toBe("confirmation_required");
  });

  it("takes a code where there is a second factor, each once, and the password no more", async () => {
    let secret = "";
    const { browser } = await signedInLongAgo(async (own) => {
      secret = (await own.send("POST", "/v1/person/totp")).json().secret as string;
      await own.send("POST", "/v1/person/totp/confirm", { code: codeAt(secret, Math.floor(house.clock.now / 30_000)) });
    });
    const code = codeAt(secret, Math.floor(house.clock.now / 30_000));
    expect(await browser.try("POST", "/v1/session/confirm", { password: PASSWORD })).toBe("missing_field");
    expect(await newKey(browser)).toBe("confirmation_required");
    const both = [1, 2].map(() => browser.try("POST", "/v1/session/confirm", { code }));
    expect((await Promise.all(both)).sort()).toEqual([200, "wrong_credentials"]);
    expect(await newKey(browser)).toBe(201);
  });

  it("is nobody's who is not signed in, and needs the token of the page", async () => {
    expect(await house.browser().try("POST", "/v1/session/confirm", { password: PASSWORD })).toBe("authentication_error");
    const { browser } = await signedInLongAgo();
    browser.csrf = null;
    expect(await browser.try("POST", "/v1/session/confirm", { password: PASSWORD })).toBe("csrf_token_wrong");
  });

  it("guards the limit of refunds: it may be lowered from an open page, never lifted", async () => {
    const { browser } = await signedInLongAgo((own) =>
      own.send("PUT", "/v1/settings", { time_zone: "UTC", refund_limits: { INR: 5_000 } }),
    );
    const set = (refund_limits: object) => browser.try("PUT", "/v1/settings", { time_zone: "UTC", refund_limits });
    expect(await set({ INR: 5_001 })).toBe("confirmation_required");
    expect(await set({})).toBe("confirmation_required");
    expect(await set({ INR: 4_000, USD: 100 })).toBe(200);
    expect((await browser.send("GET", "/v1/settings")).json().refund_limits).toEqual({ INR: 4_000, USD: 100 });
  });
});
