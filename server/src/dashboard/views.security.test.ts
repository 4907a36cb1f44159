import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../core/permissions.ts";
import { openHouse, PASSWORD, type Browser, type House } from "./people.testing.ts";

let house: House;
let shop: string;
beforeAll(async () => {
  house = await openHouse();
  shop = await house.merchant();
}, 120_000);
afterAll(() => house.close());

const signedIn = (role: Role = "read_only", merchantId = shop) => house.signedIn(merchantId, role);
const failed = { page: "payments", name: "Failed", query: "status=failed&currency=INR" };
const save = async (browser: Browser, view: object = failed) => (await browser.send("POST", "/v1/views", view)).json() as { id: string };
const list = async (browser: Browser, headers?: Record<string, string>) =>
  (await browser.send("GET", "/v1/views", undefined, headers)).json().data as (typeof failed & { id: string })[];

describe("saved views", () => {
  it("are kept with page, name and query, whatever the role, and shown in both modes", async () => {
    const { browser } = await signedIn("read_only");
    const answer = await browser.send("POST", "/v1/views", failed);
    expect(answer.statusCode).toBe(201);
    const view = answer.json() as { id: string };
    expect(view).toEqual({
      id: expect.stringMatching(/^view_[0-9A-Z]{26}$/),
      object: "view",
      ...failed,
      created_at: new Date(house.clock.now).toISOString(),
    });
    const inLive = await browser.send("GET", "/v1/views", undefined, { "tillway-mode": "live" });
    expect(inLive.json()).toEqual({ object: "list", data: [view] });
    expect((await browser.send("GET", "/v1/views")).json()).toEqual({ object: "list", data: [view] });
  });

  it("of the same page and name are one, which keeps its id and has the newest query", async () => {
    const { browser } = await signedIn();
    const { id } = await save(browser);
    const again = await browser.send("POST", "/v1/views", { ...failed, query: "status=canceled" });
    expect([again.statusCode, again.json()]).toMatchObject([200, { id, query: "status=canceled" }]);
    await save(browser, { ...failed, page: "refunds" });
    await save(browser, { ...failed, name: "failed" });
    expect((await list(browser)).map(({ page, name, query }) => [page, name, query]).sort()).toEqual([
      ["payments", "Failed", "status=canceled"],
      ["payments", "failed", failed.query],
      ["refunds", "Failed", failed.query],
    ]);
  });

  it.each<[param: string, values: readonly unknown[]]>([
    ["page", ["", "Payments", "payments/", "../keys", "a".repeat(41)]],
    ["name", ["", " \u2003", "two\nlines", "x".repeat(61), "4242 4242 4242 4242"]],
    ["query", ["", "q=a b", "q=<script>", "q=1#x", "q=é", "q=".padEnd(2001, "x"), "q=4242+4242%204242-4242", 7, null]],
  ])("with a %s that can't be one are refused by name", async (param, values) => {
    const { browser } = await signedIn();
    for (const value of values) {
      const answer = await browser.send("POST", "/v1/views", { ...failed, [param]: value });
      expect([value, answer.statusCode, answer.json().error]).toMatchObject([value, 400, { code: "invalid_field", param }]);
    }
    expect(await list(browser)).toEqual([]);
  });

  it("may be as long as they may be, and hold what a page's filters make", async () => {
    const { browser } = await signedIn();
    const q = new URLSearchParams({ q: "Zoë & co. (50 %) ~ 'x' 😀", created_from: "2026-11-01T00:00:00.000Z" }).toString();
    const views = [
      { page: "a".repeat(40), name: "😀".repeat(60), query: "q=".padEnd(2000, "x") },
      { page: "dead-letters", name: "Zoë’s", query: q },
    ];
    for (const view of views) expect(await save(browser, view)).toMatchObject(view);
    expect(await browser.try("POST", "/v1/views", { ...failed, mode: "test" })).toBe("unknown_field");
    expect(await browser.try("POST", "/v1/views", { page: "payments", name: "x" })).toBe("missing_field");
  });

  it("are at most 50 of one person at one merchant, even of 60 that come at once; a name that is there may be saved again", async () => {
    const { browser } = await signedIn();
    const race = Array.from({ length: 60 }, (_, n) => browser.try("POST", "/v1/views", { ...failed, name: `View ${n}` }));
    const answers = await Promise.all(race);
    expect([...new Set(answers)].sort()).toEqual([201, "conflicting_field"]);
    expect(answers.filter((answer) => answer === 201)).toHaveLength(50);
    const rows = await list(browser);
    expect(rows).toHaveLength(50);
    const refused = await browser.send("POST", "/v1/views", failed);
    expect([refused.statusCode, refused.json().error]).toMatchObject([422, { code: "conflicting_field", param: "name" }]);
    expect(await browser.try("POST", "/v1/views", { ...failed, name: rows[7]!.name, query: "status=canceled" })).toBe(200);
    const { browser: other } = await signedIn();
    expect(await other.try("POST", "/v1/views", failed)).toBe(201);
    expect(await browser.try("DELETE", `/v1/views/${rows[7]!.id}`)).toBe(200);
    expect(await browser.try("POST", "/v1/views", failed)).toBe(201);
  });

  it("are renamed where there are 50, and keep id, filters and time; a name that another of the list has is refused", async () => {
    const { browser } = await signedIn();
    for (let n = 0; n < 50; n++) await save(browser, { ...failed, name: `View ${n}` });
    const before = await list(browser);
    const rename = (id: string, name: unknown) => browser.send("PATCH", `/v1/views/${id}`, { name });
    const { id } = before[9]!;
    const answer = await rename(id, "Zoë’s");
    expect([answer.statusCode, answer.json()]).toEqual([200, { ...before[9], name: "Zoë’s" }]);
    const taken = await rename(id, "View 3");
    expect([taken.statusCode, taken.json().error]).toMatchObject([422, { code: "conflicting_field", param: "name" }]);
    for (const name of ["", " \u2003", "x".repeat(61), "4242 4242 4242 4242", 7])
      expect((await rename(id, name)).json().error).toMatchObject({ code: "invalid_field", param: "name" });
    expect(await list(browser)).toEqual(before.map((view) => (view.id === id ? { ...view, name: "Zoë’s" } : view)));
    const { browser: owner } = await signedIn("owner");
    expect(await owner.try("PATCH", `/v1/views/${id}`, { name: "Mine" })).toBe("not_found");
    expect(await browser.try("PATCH", `/v1/views/${id}`, { name: "x" }, { "x-csrf-token": "" })).toBe("csrf_token_wrong");
  });

  it("of one name that come at once are one", async () => {
    const { browser } = await signedIn();
    const race = Array.from({ length: 12 }, (_, n) => browser.try("POST", "/v1/views", { ...failed, query: `q=${n}` }));
    expect((await Promise.all(race)).filter((answer) => answer === 201)).toHaveLength(1);
    expect(await list(browser)).toHaveLength(1);
  });
});

describe("nobody else", () => {
  it("of the same team sees, replaces or deletes them, not even an owner", async () => {
    const { browser: mine } = await signedIn("support");
    const { browser: owner } = await signedIn("owner");
    const { id } = await save(mine);
    expect(await list(owner)).toEqual([]);
    expect(await owner.try("DELETE", `/v1/views/${id}`)).toBe("not_found");
    const theirs = await save(owner, { ...failed, query: "status=canceled" });
    expect(theirs.id).not.toBe(id);
    expect(await list(mine)).toMatchObject([{ id, query: failed.query }]);
    expect(await mine.try("DELETE", `/v1/views/${id}`)).toBe(200);
    expect(await mine.try("DELETE", `/v1/views/${id}`)).toBe("not_found");
    expect(await list(owner)).toMatchObject([{ id: theirs.id }]);
  });

  it("reaches them by another merchant: the same person neither sees nor deletes them from there", async () => {
    const { browser, email } = await signedIn();
    const other = await house.merchant();
    const { id } = await save(browser);
    const { token } = await house.invited(other, "owner", email);
    const password = PASSWORD;
    expect(await browser.try("POST", "/v1/session/invitation/accept", { token, password })).toBe(200);
    browser.merchantId = other;
    expect(await list(browser)).toEqual([]);
    expect(await browser.try("DELETE", `/v1/views/${id}`)).toBe("not_found");
    browser.merchantId = shop;
    expect(await list(browser)).toMatchObject([{ id }]);
  });

  it("gets in without a sign-in, without the token, from another site, or for a merchant that is not theirs", async () => {
    const { browser } = await signedIn();
    const { id } = await save(browser);
    const stranger = house.browser();
    stranger.merchantId = shop;
    expect(await stranger.try("GET", "/v1/views")).toBe("authentication_error");
    expect(await stranger.try("POST", "/v1/views", failed)).toBe("authentication_error");
    for (const [method, url, body] of [["POST", "/v1/views", failed] as const, ["DELETE", `/v1/views/${id}`] as const]) {
      expect(await browser.try(method, url, body, { "x-csrf-token": "" })).toBe("csrf_token_wrong");
      expect(await browser.try(method, url, body, { origin: "https://evil.example" })).toBe("cross_site_request");
    }
    const { browser: outsider } = await signedIn("owner", await house.merchant());
    outsider.merchantId = shop;
    expect(await outsider.try("GET", "/v1/views")).toBe("not_found");
    expect(await outsider.try("POST", "/v1/views", failed)).toBe("not_found");
    expect(await outsider.try("DELETE", `/v1/views/${id}`)).toBe("not_found");
    expect(await list(browser)).toHaveLength(1);
    for (const wrong of ["x", "view_x", id.replace("view_", "per_"), id.toLowerCase()])
      expect(await browser.try("DELETE", `/v1/views/${wrong}`)).toBe("not_found");
  });

  it("finds those of a member who was removed, and who has none on coming back", async () => {
    const { browser: owner } = await signedIn("owner");
    const { browser, id: personId, email } = await signedIn("developer");
    await save(browser);
    expect(await owner.try("PATCH", `/v1/team/members/${personId}`, { role: "support" })).toBe(200);
    expect(await list(browser)).toHaveLength(1);
    expect(await owner.try("DELETE", `/v1/team/members/${personId}`)).toBe(200);
    expect(await browser.try("GET", "/v1/views")).toBe("not_found");
    expect(await browser.try("POST", "/v1/views", failed)).toBe("not_found");
    expect(await house.storage.people.views(shop, personId)).toEqual([]);
    const { token } = await house.invited(shop, "developer", email);
    await house.browser().send("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });
    expect(await list(browser)).toEqual([]);
  });
});
