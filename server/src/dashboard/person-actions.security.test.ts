import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminAction } from "../core/admin-actions.ts";
import { newId } from "../core/ids.ts";
import { openHouse, PASSWORD, type House } from "./people.testing.ts";
import { codeAt } from "./totp.ts";

let house: House;
let shop: string;
beforeAll(async () => {
  house = await openHouse();
  shop = await house.merchant();
  await house.member(shop, "owner");
}, 120_000);
afterAll(() => house.close());

const step = () => Math.floor(house.clock.now / 30_000);

async function actionsOf(subject: string, merchantId = shop): Promise<readonly AdminAction[]> {
  const page = await house.storage.reads.adminActions({ merchantId, mode: "test" }, { limit: 50, subject, action: "person." });
  return page === "unknown_cursor" ? [] : page.rows;
}
const changes = (rows: readonly AdminAction[]) => rows.map(({ action, before, after }) => ({ action, before, after }));

describe("what somebody changes about themselves", () => {
  it("leaves that it changed, by whom and in which request, and no secret", async () => {
    const { browser, id, email } = await house.signedIn(shop, "support");
    const { secret } = (await browser.send("POST", "/v1/person/totp", {})).json() as { secret: string };
    const confirmed = await browser.send("POST", "/v1/person/totp/confirm", { code: codeAt(secret, step()) });
    const { recovery_codes: codes } = confirmed.json() as { recovery_codes: string[] };
    const { challenge } = (await house.browser().signIn(email)).json() as { challenge: string };
    await house.browser().send("POST", "/v1/session/second-factor", { challenge, code: codes[0] });
    await browser.send("POST", "/v1/person/totp/remove", { password: PASSWORD });
    const last = await browser.send("POST", "/v1/person/password", { current: PASSWORD, password: "another long sentence" });
    const rows = await actionsOf(id);
    expect(changes(rows)).toEqual([
      { action: "person.password_changed", before: { password: "set" }, after: { password: "changed" } },
      { action: "person.totp_removed", before: { totp: "set" }, after: { totp: "none" } },
      { action: "person.recovery_code_used", before: { recovery_codes_left: "10" }, after: { recovery_codes_left: "9" } },
      { action: "person.totp_set", before: { totp: "none" }, after: { totp: "set" } },
    ]);
    for (const row of rows) expect(row).toMatchObject({ mode: "", actorKind: "person", actorId: id, actorLabel: email });
    expect(rows[0]!.requestId).toBe(last.headers["request-id"]);
    for (const hidden of [secret, ...codes, "scrypt"]) expect(JSON.stringify(rows)).not.toContain(hidden);
  });

  it("is noted of a password that a link set, and in the log of each of the person's merchants", async () => {
    const { id, email } = await house.member(shop, "support");
    const other = await house.merchant();
    const { token } = await house.invited(other, "support", email);
    await house.browser().send("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });
    const reset = newId("rst", house.clock.now, new Uint8Array(16).fill(9));
    const now = house.clock.now;
    await house.storage.people.startReset({ id: reset, personId: id, createdAt: now, expiresAt: now + 60_000 }, null);
    const use = { token: house.linkOf(reset), password: "another long sentence" };
    expect(await house.browser().try("POST", "/v1/password-resets/use", use)).toBe(200);
    for (const merchantId of [shop, other])
      expect(await actionsOf(id, merchantId)).toEqual([expect.objectContaining({ action: "person.password_changed", actorId: id })]);
  });

  it("is noted as new ones where a person's codes or secret are replaced by another hand", async () => {
    const { id } = await house.member(shop, "support");
    const { default: pg } = await import("pg");
    const client = new pg.Client({ connectionString: house.storage.databaseUrl });
    await client.connect();
    await client.query("update people set totp = 'one', recovery_hashes = '{a}' where id = $1", [id]);
    await client.query("update people set totp = 'two' where id = $1", [id]);
    await client.query("update people set recovery_hashes = '{b}' where id = $1", [id]);
    await client.end();
    const rows = await actionsOf(id);
    expect(rows.map(({ action }) => action).toSorted()).toEqual([
      "person.recovery_codes_renewed",
      "person.totp_replaced",
      "person.totp_set",
    ]);
    expect(rows[0]).toMatchObject({ actorKind: "system", actorId: null });
  });
});

it("an operator who is a person is named in what they do", async () => {
  const row = {
    id: newId("inv", house.clock.now, new Uint8Array(16).fill(8)),
    merchantId: shop,
    email: "root@people.example",
    role: "owner" as const,
    isOperator: true,
    invitedBy: null,
    createdAt: house.clock.now,
    expiresAt: house.clock.now + 60_000,
  };
  await house.storage.people.invite(row, null);
  const browser = house.browser();
  const accepted = await browser.send("POST", "/v1/session/invitation/accept", { token: house.linkOf(row.id), password: PASSWORD });
  const made = await browser.send("POST", "/v1/merchants", { name: "New shop", email: "new@shop.example" });
  expect([made.statusCode, made.body]).toEqual([201, expect.any(String)]);
  const page = await house.storage.reads.adminActions({ merchantId: made.json().id as string, mode: "test" }, { limit: 9 });
  expect(page).toMatchObject({
    rows: expect.arrayContaining([
      expect.objectContaining({
        action: "merchant.created",
        actorKind: "operator",
        actorId: accepted.json().person.id,
        actorLabel: row.email,
      }),
    ]),
  });
});

it("the log is found by who, by kind of actor and by time", async () => {
  const { browser } = await house.signedIn(shop, "owner");
  const { browser: other, email, id } = await house.signedIn(shop, "admin");
  house.clock.now += 60_000;
  const from = new Date(house.clock.now).toISOString();
  await other.send("POST", "/v1/person/password", { current: PASSWORD, password: "another long sentence" });
  const listed = async (query: string) => {
    const answer = await browser.send("GET", `/v1/admin-actions?limit=100&${query}`);
    return (answer.json().data as { action: string; actor: { id: string | null; kind: string } }[]) ?? answer.body;
  };
  const theirs = await listed(`actor=${encodeURIComponent(email.toUpperCase())}`);
  expect(theirs.map(({ actor }) => actor.id)).toEqual(theirs.map(() => id));
  expect(theirs[0]).toMatchObject({ action: "person.password_changed" });
  expect((await listed("actor_kind=system")).every(({ actor }) => actor.kind === "system")).toBe(true);
  expect(await listed(`actor_kind=key&actor=${id}`)).toEqual([]);
  // The database's clock gives these actions their time, which is beyond this world's.
  expect(await listed(`actor=${id}&created_before=2020-01-01T00:00:00Z`)).toEqual([]);
  expect((await listed(`actor=${id}&created_from=${from}`)).length).toBeGreaterThan(0);
});
