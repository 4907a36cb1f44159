/** What somebody tries who has a way in, or only an address of the network: to keep others out, to stay in, or to become more. */
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse, PASSWORD, type Browser, type House } from "./people.testing.ts";
import { passwords } from "./passwords.ts";
import { codeAt } from "./totp.ts";

let house: House;
let shop: string;
beforeAll(async () => {
  house = await openHouse();
  shop = await house.merchant();
  await house.member(shop, "owner");
}, 120_000);
afterAll(() => house.close());

const MINUTE = 60_000;

describe("one address of the network", () => {
  it("locks out one person and then only itself, however many it names (security row 14)", async () => {
    const { email: victim } = await house.member(shop, "support");
    const attacker = house.browser();
    attacker.address = "203.0.113.7";
    for (let n = 0; n < 10; n++)
      expect(await attacker.try("POST", "/v1/session", { email: `n${n}@x.example`, password: "wrong" })).toBe("wrong_credentials");
    for (let n = 0; n < 12; n++) expect((await attacker.signIn(victim, "wrong")).statusCode).toBe(429);
    const other = house.browser();
    other.address = "198.51.100.20";
    expect((await other.signIn(victim)).statusCode).toBe(200);
  }, 60_000);

  it("waits by itself for its passwords to be looked at: others come to theirs", async () => {
    const busy = passwords();
    const flood = await Promise.allSettled(Array.from({ length: 40 }, () => busy.isRight("guess", null, "203.0.113.8")));
    expect(flood.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    const again = Array.from({ length: 40 }, () => busy.isRight("guess", null, "203.0.113.8").catch(() => null));
    await expect(busy.hash(PASSWORD, "198.51.100.21")).resolves.toMatch(/^\$scrypt/);
    await Promise.all(again);
  }, 60_000);
});

describe("a session that nobody uses", () => {
  const lastSeen = async (browser: Browser): Promise<number> => {
    const { data } = (await browser.send("GET", "/v1/person/sessions", undefined, { "tillway-unattended": "1" })).json();
    return Date.parse(data[0].last_seen_at as string);
  };

  it("ends, whatever an open page asks by itself", async () => {
    const { browser } = await house.signedIn(shop, "support");
    const start = await lastSeen(browser);
    for (let minutes = 5; minutes < 15; minutes += 5) {
      house.clock.now += 5 * MINUTE;
      expect(await browser.try("GET", "/v1/payments", undefined, { "tillway-unattended": "1" })).toBe(200);
    }
    expect(await lastSeen(browser)).toBe(start);
    house.clock.now += 5 * MINUTE;
    expect(await browser.try("GET", "/v1/payments", undefined, { "tillway-unattended": "1" })).toBe("authentication_error");
  });

  it("is not kept by the looks of a long answer at whether it still may go on", async () => {
    const { browser } = await house.signedIn(shop, "support");
    const start = await lastSeen(browser);
    house.clock.now += 5 * MINUTE;
    const headers = { cookie: `__Host-tillway_session=${browser.cookie}`, "tillway-merchant": shop, "tillway-mode": "test" };
    const may = () => house.app.stillAllowed({ headers } as never, "payments.read");
    expect([await may(), await may()]).toEqual([true, true]);
    expect(await lastSeen(browser)).toBe(start);
    expect(await browser.try("GET", "/v1/payments")).toBe(200);
    await expect.poll(() => lastSeen(browser)).toBe(house.clock.now);
  });
});

describe("an invitation", () => {
  const invite = async (by: Browser, role: string): Promise<string> => {
    const answer = await by.send("POST", "/v1/team/invitations", { email: `left.${role}.${Math.random()}@people.example`, role });
    expect([answer.statusCode, answer.body]).toEqual([201, expect.stringContaining("inv_")]);
    return house.linkOf(answer.json().id as string);
  };
  const accept = (token: string) => house.browser().try("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });

  it("ends with whoever made it: a removed admin has left no way back in", async () => {
    const { browser: owner } = await house.signedIn(shop, "owner");
    const { browser: admin, id } = await house.signedIn(shop, "admin");
    const [first, second] = [await invite(admin, "admin"), await invite(admin, "admin")];
    expect(await accept(first)).toBe(200);
    expect(await owner.try("DELETE", `/v1/team/members/${id}`)).toBe(200);
    expect(await accept(second)).toBe("link_ended");
    expect((await owner.send("GET", "/v1/team")).json().invitations).toEqual([]);
  });

  it("to be an owner ends when whoever made it is an admin only", async () => {
    const { browser: owner } = await house.signedIn(shop, "owner");
    const { browser: other, id } = await house.signedIn(shop, "owner");
    const [asOwner, asSupport] = [await invite(other, "owner"), await invite(other, "support")];
    expect(await owner.try("PATCH", `/v1/team/members/${id}`, { role: "admin" })).toBe(200);
    expect([await accept(asOwner), await accept(asSupport)]).toEqual(["link_ended", 200]);
  });

  it("makes nobody less who is a member by another one: the last owner stays one", async () => {
    const own = await house.merchant();
    const email = "twice@people.example";
    const rows = [await house.invited(own, "owner", email), await house.invited(own, "read_only", email)];
    // As if both had been made at once, by two who did not see each other's.
    const client = new Client({ connectionString: house.storage.databaseUrl });
    await client.connect();
    await client.query("update invitations set revoked_at = null where merchant_id = $1", [own]);
    await client.end();
    for (const { token } of rows) expect(await accept(token)).toBe(200);
    expect((await house.storage.people.team(own)).map(({ role }) => role)).toEqual(["owner"]);
  });
});

it("a second factor is not replaced by an open page: it takes the password to turn it off first", async () => {
  const { browser, id } = await house.signedIn(shop, "owner");
  const offers = [await browser.send("POST", "/v1/person/totp", {}), await browser.send("POST", "/v1/person/totp", {})];
  const secret = offers[1]!.json().secret as string;
  const code = () => codeAt(secret, Math.floor(house.clock.now / 30_000));
  expect(await browser.try("POST", "/v1/person/totp/confirm", { code: code() })).toBe(200);
  house.clock.now += MINUTE;
  expect(await browser.try("POST", "/v1/person/totp", {})).toBe("permission_denied");
  // One that was offered in another tab before there was any.
  await house.storage.people.offerTotp(id, secret);
  expect(await browser.try("POST", "/v1/person/totp/confirm", { code: code() })).toBe("wrong_credentials");
  expect(await browser.try("POST", "/v1/person/totp/remove", { password: PASSWORD })).toBe(200);
  expect(await browser.try("POST", "/v1/person/totp", {})).toBe(200);
});
