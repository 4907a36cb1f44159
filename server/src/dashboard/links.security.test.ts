/** The links of invitations and resets: of two at once, to somebody in no team, and what is left of them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../../test/support/connect.ts";
import { newId } from "../core/ids.ts";
import { NO_MERCHANT } from "./letters.ts";
import { openHouse, PASSWORD, type House } from "./people.testing.ts";

let house: House;
let shop: string;
beforeAll(async () => {
  house = await openHouse();
  shop = await house.merchant();
  await house.member(shop, "owner");
}, 120_000);
afterAll(() => house.close());

const DAY = 86_400_000;
const counted = (text: string, values: unknown[] = []) =>
  connect(house.storage.databaseUrl, async (client) => (await client.query(text, values)).rows[0].n as number);

describe("two invitations to one new address that are accepted at the same moment", () => {
  const accepted = async (passwords: readonly string[]) => {
    const merchants = await Promise.all(passwords.map(() => house.merchant()));
    const email = `both${Math.random()}@people.example`;
    const tokens: string[] = [];
    for (const each of merchants) tokens.push((await house.invited(each, "support", email)).token);
    const codes = await Promise.all(
      passwords.map((password, n) => {
        const browser = house.browser();
        browser.address = `198.51.100.${n + 1}`;
        return browser.try("POST", "/v1/session/invitation/accept", { token: tokens[n], password });
      }),
    );
    return { email, tokens, codes };
  };

  it("make one person, who is in both teams", async () => {
    for (let round = 0; round < 3; round++) {
      const { email, codes } = await accepted([PASSWORD, PASSWORD]);
      expect(codes).toEqual([200, 200]);
      const person = await house.storage.people.byEmail(email);
      expect(await house.storage.people.memberships(person!.id)).toHaveLength(2);
    }
  }, 60_000);

  it("of which the later one has another password: it is refused, changes nothing, and can be accepted with the right one", async () => {
    const { codes, tokens } = await accepted([PASSWORD, "quite another sentence"]);
    expect(codes.toSorted()).toEqual([200, "wrong_credentials"]);
    const lost = codes.indexOf("wrong_credentials");
    const right = [PASSWORD, "quite another sentence"][1 - lost];
    expect(await house.browser().try("POST", "/v1/session/invitation/accept", { token: tokens[lost], password: right })).toBe(200);
  }, 60_000);
});

describe("somebody who is in no team any more", () => {
  it("signs in like everybody, and gets the e-mail of a reset, which belongs to no merchant", async () => {
    const { email, id } = await house.member(shop, "support");
    expect(await house.storage.people.removeMember(shop, id, "support")).toBe("applied");
    const answer = await house.browser().signIn(email);
    expect([answer.statusCode, answer.json().merchants]).toEqual([200, []]);
    const ask = (to: string) => house.browser().send("POST", "/v1/password-resets", { email: to });
    const [known, unknown] = [await ask(email), await ask("nobody.here@people.example")];
    expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body]);
    const jobs = () =>
      counted(
        "select count(*)::int as n from jobs j join password_resets r on r.id = j.subject where r.person_id = $1 and j.merchant_id = 'none'",
        [id],
      );
    await expect.poll(jobs).toBe(1);
  }, 60_000);

  it("has no letter kept where letters are kept: nobody could look at it", async () => {
    const kept = { merchantId: NO_MERCHANT, mode: "test", deliveryId: "dlv_1", from: "a", to: "b", replyTo: null, subject: "c" } as const;
    await house.storage.emails.keep({ ...kept, text: "d", html: "e", capturedAt: 1 });
    expect(await house.storage.emails.kept({ merchantId: NO_MERCHANT, mode: "test" }, 9)).toEqual([]);
  });
});

it("resets, invitations and sessions that are over are removed when they are old, in bounded goes, and no others", async () => {
  const { id: personId } = await house.member(shop, "support");
  const now = house.clock.now;
  const at = (age: number, n: number) => ({ createdAt: now - age, bytes: Uint8Array.from({ length: 16 }, () => n) });
  const ages: readonly (readonly [age: number, lives: number])[] = [
    [40 * DAY, DAY],
    [41 * DAY, DAY],
    [2 * DAY, DAY],
    [40 * DAY, 60 * DAY],
  ];
  for (const [n, [age, lives]] of ages.entries()) {
    const { createdAt, bytes } = at(age, n + 10);
    const span = { createdAt, expiresAt: createdAt + lives };
    await house.storage.people.startReset({ id: newId("rst", createdAt, bytes), personId, ...span }, null);
    const invited = { email: `old${n}@people.example`, role: "support", isOperator: false, invitedBy: null } as const;
    await house.storage.people.invite({ id: newId("inv", createdAt, bytes), merchantId: shop, ...invited, ...span }, null);
    await connect(house.storage.databaseUrl, (client) =>
      client.query(
        `insert into person_sessions (id, person_id, token_hash, address, user_agent, started_at, last_seen_at, expires_at)
         values ($1, $2, $1, 'a', 'b', to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000), to_timestamp($4::float8 / 1000))`,
        [newId("ses", createdAt, bytes), personId, createdAt, createdAt + lives],
      ),
    );
  }
  for (const [what, table] of [
    ["resets", "password_resets"],
    ["invitations", "invitations"],
    ["sessions", "person_sessions"],
  ] as const) {
    const before = await counted(`select count(*)::int as n from ${table}`);
    expect([what, await house.storage.store.purge(what, now - 30 * DAY, 1)]).toEqual([what, 1]);
    expect([what, await house.storage.store.purge(what, now - 30 * DAY, 100)]).toEqual([what, 1]);
    expect([what, await counted(`select count(*)::int as n from ${table}`)]).toEqual([what, before - 2]);
  }
}, 60_000);
