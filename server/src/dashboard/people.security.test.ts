import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../core/permissions.ts";
import { COOKIE } from "./cookies.ts";
import { openHouse, PASSWORD, type House } from "./people.testing.ts";
import { passwords, SCRYPT } from "./passwords.ts";
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

const signedIn = (role: Role, merchantId = shop) => house.signedIn(merchantId, role);

describe("a session", () => {
  it("is a cookie that scripts and other sites do not get, new at each sign-in, and the one before is over (security row 10)", async () => {
    const { browser, email } = await signedIn("support");
    const first = browser.cookie!;
    const answer = await browser.signIn(email);
    expect(answer.headers["set-cookie"]).toMatch(
      /^__Host-tillway_session=[\w-]{22}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(browser.cookie).not.toBe(first);
    expect(await browser.try("GET", "/v1/session")).toBe(200);
    expect(await browser.try("GET", "/v1/session", undefined, { cookie: `${COOKIE}=${first}` })).toBe("authentication_error");
  });

  it("ends after 15 minutes without a request, and after 12 hours with them (security row 10)", async () => {
    const { browser } = await signedIn("support");
    for (let minutes = 0; minutes < 12 * 60 - 14; minutes += 14) {
      house.clock.now += 14 * MINUTE;
      expect(await browser.try("GET", "/v1/session")).toBe(200);
      // The use is noted behind the answer.
      await expect
        .poll(async () => (await browser.send("GET", "/v1/person/sessions")).json().data[0].last_seen_at)
        .toBe(new Date(house.clock.now).toISOString());
    }
    house.clock.now += 14 * MINUTE;
    expect(await browser.try("GET", "/v1/session")).toBe("authentication_error");
    const { browser: idle } = await signedIn("support");
    house.clock.now += 15 * MINUTE - 1;
    expect(await idle.try("GET", "/v1/session")).toBe(200);
    const { browser: idler } = await signedIn("support");
    house.clock.now += 15 * MINUTE;
    expect(await idler.try("GET", "/v1/session")).toBe("authentication_error");
  });

  it("ends at once by sign-out, from another browser, and by another password (security row 10)", async () => {
    const { browser, email } = await signedIn("support");
    const other = house.browser();
    await other.signIn(email);
    const [newest] = (await browser.send("GET", "/v1/person/sessions")).json().data as { id: string; is_current: boolean }[];
    expect(newest!.is_current).toBe(false);
    expect(await browser.try("DELETE", `/v1/person/sessions/${newest!.id}`)).toBe(200);
    expect(await other.try("GET", "/v1/session")).toBe("authentication_error");
    await other.signIn(email);
    const changed = { current: PASSWORD, password: "another long sentence" };
    expect(await browser.try("POST", "/v1/person/password", changed)).toBe(200);
    expect(await other.try("GET", "/v1/session")).toBe("authentication_error");
    expect(await browser.try("DELETE", "/v1/session")).toBe(200);
    expect(await browser.try("GET", "/v1/session")).toBe("authentication_error");
  });
});

describe("a forged request", () => {
  it.each([
    ["of another site", { origin: "https://evil.example" }, "cross_site_request"],
    ["of a page without an origin", { origin: "null" }, "cross_site_request"],
    ["of a sibling host", { origin: "http://evil.localhost:3000" }, "cross_site_request"],
    ["of another port", { origin: "http://localhost:3001" }, "cross_site_request"],
    ["without the token", { "x-csrf-token": "" }, "csrf_token_wrong"],
    ["with a token of another session", { "x-csrf-token": "A".repeat(43) }, "csrf_token_wrong"],
  ])("%s changes nothing (security row 11)", async (_name, headers, code) => {
    const { browser } = await signedIn("owner");
    const before = await house.storage.people.team(shop);
    const invite = { email: `forged${code}@people.example`, role: "owner" };
    expect(await browser.try("POST", "/v1/team/invitations", invite, { host: "localhost:3000", ...headers })).toBe(code);
    expect(await house.storage.people.team(shop)).toEqual(before);
    const open = await house.storage.people.openInvitations(shop, house.clock.now);
    expect(open.map(({ email }) => email)).not.toContain(invite.email);
  });

  it("of a form is refused for its type, and one by GET finds no route that changes anything (security row 11)", async () => {
    const { browser } = await signedIn("owner");
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await browser.try("POST", "/v1/team/invitations", { email: "x@people.example" }, form)).toBe("unsupported_media_type");
    for (const url of ["/v1/team/invitations", "/v1/password-resets", "/v1/session/invitation"])
      expect(await browser.try("GET", url)).toBe("method_not_allowed");
  });
});

describe("a password", () => {
  let real: House;
  beforeAll(async () => void (real = await openHouse(undefined, passwords())));
  afterAll(() => real.close());

  it("is stored as scrypt with the parameters of OWASP, beside a salt of its own (security row 12)", async () => {
    const merchant = await real.merchant();
    const members = await Promise.all([real.member(merchant, "support"), real.member(merchant, "support")]);
    const hashes = await Promise.all(members.map(async ({ id }) => (await real.storage.people.byId(id))!.passwordHash!));
    expect(SCRYPT).toEqual({ N: 32_768, r: 8, p: 3 });
    for (const hash of hashes) expect(hash).toMatch(/^\$scrypt\$n=32768,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it("takes as long to be refused where there is no such person, with the same answer (security row 12)", async () => {
    const { email } = await real.member(await real.merchant(), "support");
    const took = async (address: string) => {
      const browser = real.browser();
      browser.address = `198.51.100.${address.length}`;
      const start = performance.now();
      const answer = await browser.signIn(address, "something that is wrong");
      return { ms: performance.now() - start, status: answer.statusCode, code: answer.json().error.code as string };
    };
    const [there, nowhere] = [await took(email), await took("nobody.at.all@people.example")];
    expect([there.status, there.code]).toEqual([nowhere.status, nowhere.code]);
    // The hash is all but all of it; without it the answer would take a few milliseconds.
    expect(nowhere.ms).toBeGreaterThan(50);
  });

  it.each(["short", "password1234", "P@ssw0rd1234", "aaaaaaaaaaaaaaa", "qwertyuiop123", "%EMAIL%"])(
    "like %s is refused (security row 12)",
    async (password) => {
      const { token, email } = await house.invited(shop, "support");
      const body = { token, password: password.replace("%EMAIL%", email) };
      expect(await house.browser().try("POST", "/v1/session/invitation/accept", body)).toBe("weak_password");
    },
  );

  it("is tried ten times, of a person and of an address, and then not even looked at (security row 14)", async () => {
    const { email } = await signedIn("support");
    for (const same of ["person", "address"]) {
      const sent = async (n: number, password: string) => {
        const browser = house.browser();
        browser.address = same === "address" ? "203.0.113.99" : `203.0.113.${n}`;
        return browser.signIn(same === "person" ? email : `nobody${n}@people.example`, password);
      };
      for (let n = 0; n < 10; n++) expect((await sent(n, "something wrong")).statusCode).toBe(401);
      const refused = await sent(11, PASSWORD);
      expect([refused.statusCode, refused.json().error.code]).toEqual([429, "too_many_tries"]);
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(29 * 60);
    }
    house.clock.now += 30 * MINUTE;
    expect((await house.browser().signIn(email)).statusCode).toBe(200);
  }, 60_000);

  it("is replaced by a link that works once, for an hour, and ends all sessions", async () => {
    const { browser, email, id } = await signedIn("support");
    const stranger = house.browser();
    for (const address of ["nobody@people.example", email])
      expect((await stranger.send("POST", "/v1/password-resets", { email: address })).statusCode).toBe(202);
    const rows = async () =>
      [
        ...(
          await house.storage.store.claim({
            queue: "webhook-queue",
            now: house.clock.now,
            leaseUntil: house.clock.now + 1,
            token: "t",
            limit: 99,
            perLane: 99,
            room: new Map(),
            cursor: "",
          })
        ).jobs,
      ].filter(({ subject }) => subject.startsWith("rst_"));
    const found: string[] = [];
    await expect.poll(async () => (found.push(...(await rows()).map(({ subject }) => subject)), found.length)).toBeGreaterThan(0);
    expect((await house.storage.people.reset(found[0]!))!.personId).toBe(id);
    const token = house.linkOf(found[0]!);
    const use = { token, password: "a sentence that is new" };
    expect(await stranger.try("POST", "/v1/password-resets/use", { ...use, token: `${token.slice(0, -1)}_` })).toBe("link_ended");
    expect(await stranger.try("POST", "/v1/password-resets/use", use)).toBe(200);
    expect(await stranger.try("POST", "/v1/password-resets/use", use)).toBe("link_ended");
    expect(await browser.try("GET", "/v1/session")).toBe("authentication_error");
    expect((await stranger.signIn(email, use.password)).statusCode).toBe(200);
  });
});

describe("the second factor", () => {
  async function withTotp() {
    const member = await signedIn("support");
    const { secret } = (await member.browser.send("POST", "/v1/person/totp", {})).json() as { secret: string };
    const step = () => Math.floor(house.clock.now / 30_000);
    const confirm = await member.browser.send("POST", "/v1/person/totp/confirm", { code: codeAt(secret, step()) });
    house.clock.now += 60_000;
    const challenge = async () => (await house.browser().signIn(member.email)).json().challenge as string;
    return { ...member, secret, step, challenge, codes: confirm.json().recovery_codes as string[] };
  }

  it("lets in by a code once, one step around now, and by no other (security row 13)", async () => {
    const { secret, step, challenge } = await withTotp();
    const use = async (at: number) =>
      house.browser().try("POST", "/v1/session/second-factor", { challenge: await challenge(), code: codeAt(secret, at) });
    expect(await use(step() - 2)).toBe("wrong_credentials");
    expect(await use(step() + 2)).toBe("wrong_credentials");
    expect(await use(step() - 1)).toBe(200);
    expect(await use(step() - 1)).toBe("wrong_credentials");
    expect(await use(step() + 1)).toBe(200);
    expect(await use(step())).toBe("wrong_credentials");
  });

  it("gives one session to twenty requests with one code (security row 13)", async () => {
    const { secret, step, challenge, id } = await withTotp();
    const proof = await challenge();
    const before = (await house.storage.people.sessions(id, { now: house.clock.now, idleMs: 15 * MINUTE })).length;
    const race = Array.from({ length: 20 }, (_, n) => {
      const browser = house.browser();
      browser.address = `198.51.100.${n}`;
      return browser.try("POST", "/v1/session/second-factor", { challenge: proof, code: codeAt(secret, step()) });
    });
    expect((await Promise.all(race)).filter((answer) => answer === 200)).toHaveLength(1);
    expect(await house.storage.people.sessions(id, { now: house.clock.now, idleMs: 15 * MINUTE })).toHaveLength(before + 1);
  });

  it("has recovery codes that are kept as hashes and work once (security row 13)", async () => {
    const { challenge, codes, id } = await withTotp();
    expect(codes).toHaveLength(10);
    const kept = JSON.stringify((await house.storage.people.byId(id))!.recoveryHashes);
    for (const code of codes) expect(kept).not.toContain(code.replaceAll("-", ""));
    const use = async () => house.browser().try("POST", "/v1/session/second-factor", { challenge: await challenge(), code: codes[3] });
    expect([await use(), await use()]).toEqual([200, "wrong_credentials"]);
  });
});

it("no log and no row holds a password, a token or a code", async () => {
  const { browser, email, id } = await signedIn("owner");
  const { token } = await house.invited(shop, "support");
  await house.browser().send("POST", "/v1/session/invitation", { token });
  const { secret } = (await browser.send("POST", "/v1/person/totp", {})).json() as { secret: string };
  const code = codeAt(secret, Math.floor(house.clock.now / 30_000));
  const { recovery_codes: codes } = (await browser.send("POST", "/v1/person/totp/confirm", { code })).json() as {
    recovery_codes: string[];
  };
  await house.browser().signIn(email, "canary of a wrong password");
  const canaries = [PASSWORD, "canary of a wrong password", browser.cookie!, browser.csrf!, token, secret, ...codes];
  const { Client } = await import("pg").then(({ default: pg }) => pg);
  const client = new Client({ connectionString: house.storage.databaseUrl });
  await client.connect();
  const dump: string[] = [];
  for (const table of ["people", "memberships", "person_sessions", "sign_in_tries", "invitations", "password_resets", "admin_actions"])
    dump.push(JSON.stringify((await client.query(`select * from ${table}`)).rows));
  await client.end();
  expect(dump.join("")).toContain(id);
  const places = [dump.join("\n"), JSON.stringify(house.log)];
  for (const canary of canaries) for (const place of places) expect(place).not.toContain(canary);
});
