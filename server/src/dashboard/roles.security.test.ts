import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissions, roles, type Role } from "../core/permissions.ts";
import { openHouse, PASSWORD, type House } from "./people.testing.ts";

let house: House;
let shop: string;
beforeAll(async () => {
  house = await openHouse();
  shop = await house.merchant();
  await house.member(shop, "owner");
}, 120_000);
afterAll(() => house.close());

const MINUTE = 60_000;
const people = Object.keys(roles) as Role[];
const signedIn = (role: Role, merchantId = shop) => house.signedIn(merchantId, role);

describe("roles", () => {
  /** Requests that a guard meets before anything else does, one for each permission of people and more. */
  const routes: readonly [
    method: "GET" | "POST" | "DELETE" | "PATCH" | "PUT",
    url: string,
    permission: keyof typeof permissions,
    body?: object,
  ][] = [
    ["GET", "/v1/payments", "payments.read"],
    ["POST", "/v1/payments", "payments.write", {}],
    ["POST", "/v1/payments/x/capture", "payments.operate", {}],
    ["POST", "/v1/payments/x/cancel", "payments.operate", {}],
    ["POST", "/v1/refunds", "refunds.write", {}],
    ["GET", "/v1/cases", "cases.read"],
    ["POST", "/v1/cases/x/resolve", "cases.resolve", {}],
    ["POST", "/v1/dead-letters/x/replay", "dead_letters.write", {}],
    ["GET", "/v1/webhook-endpoints", "webhooks.read"],
    ["POST", "/v1/deliveries/x/retry", "deliveries.retry", {}],
    ["POST", "/v1/webhook-endpoints", "webhooks.write", {}],
    ["GET", "/v1/email-settings", "config.read"],
    ["PUT", "/v1/email-settings", "config.write", {}],
    ["POST", "/v1/connector-accounts", "accounts.write", {}],
    ["GET", "/v1/keys", "keys.read"],
    ["POST", "/v1/keys", "keys.write", {}],
    ["GET", "/v1/team", "team.read"],
    ["POST", "/v1/team/invitations", "team.write", {}],
    ["DELETE", "/v1/team/members/x", "team.write"],
    ["GET", "/v1/admin-actions", "audit.read"],
  ];

  it("are tried with a route for each permission, and decisions 0061 and 0070 have them as the table does", async () => {
    expect([...new Set(routes.map(([, , permission]) => permission))].toSorted()).toEqual(Object.keys(permissions).toSorted());
    const pages = ["0061-people-sign-in-at-a-listener-of-their-own", "0070-an-open-page-is-not-enough"];
    const read = (page: string) => readFile(new URL(`../../../docs/decisions/${page}.md`, import.meta.url), "utf8");
    const text = (await Promise.all(pages.map(read))).join("\n");
    const written = [...text.matchAll(/^\| `([a-z_.]+)`[^|]*\| ([a-z.]+) \|(.*)\|$/gm)].map(([, name, scope, cells]) => {
      const marks = cells!.split("|").map((cell) => cell.trim() === "x");
      return [name, scope, people.filter((_, n) => marks[n])];
    });
    expect(written.toSorted()).toEqual(
      Object.entries(permissions)
        .map(([name, { scope, roles: may }]) => [name, scope ?? "none", may])
        .toSorted(),
    );
  });

  it.each(people)("%s may what the table says, on each route", async (role) => {
    const { browser } = await signedIn(role);
    for (const [method, url, permission, body] of routes) {
      const answer = await browser.send(method, url, body);
      const code = answer.statusCode < 400 ? "" : (answer.json().error.code as string);
      const allowed = (permissions[permission].roles as readonly Role[]).includes(role);
      expect([url, permission, role, code === "permission_denied"]).toEqual([url, permission, role, !allowed]);
      expect([url, code]).not.toEqual([url, "route_not_found"]);
    }
  });

  it("count from the next request on: another role, or none any more (security row 26)", async () => {
    const { browser: owner } = await signedIn("owner");
    const { browser, id } = await signedIn("admin");
    expect(await browser.try("GET", "/v1/keys")).toBe(200);
    expect(await owner.try("PATCH", `/v1/team/members/${id}`, { role: "support" })).toBe(200);
    expect(await browser.try("GET", "/v1/keys")).toBe("permission_denied");
    expect(await owner.try("DELETE", `/v1/team/members/${id}`)).toBe(200);
    expect(await browser.try("GET", "/v1/keys")).toBe("not_found");
    expect(await browser.try("GET", "/v1/session")).toBe(200);
  });

  it("of owners are the owners' business, and the last owner stays", async () => {
    const own = await house.merchant();
    const { browser: owner, id: ownerId } = await signedIn("owner", own);
    const { browser: admin, id: adminId } = await signedIn("admin", own);
    expect(await admin.try("PATCH", `/v1/team/members/${ownerId}`, { role: "support" })).toBe("permission_denied");
    expect(await admin.try("POST", "/v1/team/invitations", { email: "o@people.example", role: "owner" })).toBe("permission_denied");
    expect(await admin.try("PATCH", `/v1/team/members/${adminId}`, { role: "owner" })).toBe("permission_denied");
    expect(await owner.try("DELETE", `/v1/team/members/${ownerId}`)).toBe("last_owner");
    expect(await owner.try("PATCH", `/v1/team/members/${ownerId}`, { role: "admin" })).toBe("last_owner");
  });

  it("two owners who remove each other at once leave one", async () => {
    const own = await house.merchant();
    const [a, b] = [await signedIn("owner", own), await signedIn("owner", own)];
    const results = await Promise.all([
      a.browser.try("DELETE", `/v1/team/members/${b.id}`),
      b.browser.try("DELETE", `/v1/team/members/${a.id}`),
    ]);
    expect((await house.storage.people.team(own)).map(({ role }) => role)).toEqual(["owner"]);
    expect(results.filter((result) => result === 200)).toHaveLength(1);
  });

  it("of another merchant show nothing of this one", async () => {
    const { browser } = await signedIn("owner", await house.merchant());
    browser.merchantId = shop;
    for (const url of ["/v1/payments", "/v1/team", "/v1/keys"]) expect(await browser.try("GET", url)).toBe("not_found");
    browser.merchantId = "mer_01KAJ0000000000000000000AB";
    expect(await browser.try("GET", "/v1/payments")).toBe("not_found");
  });
});

describe("an invitation", () => {
  // They go into the headers of messages: a line break there would be a header of somebody else's.
  it.each([
    ["POST", "/v1/team/invitations", { email: "abc", role: "support" }],
    ["POST", "/v1/team/invitations", { email: "<b>@people.example", role: "support" }],
    ["POST", "/v1/team/invitations", { email: "a\r\nBcc: x@people.example", role: "support" }],
    ["PATCH", "/v1/person", { name: "Ann\nBcc: x@people.example" }],
    ["PATCH", "/v1/person", { name: "   " }],
  ] as const)("and a person's name have no line breaks and are what they say: %s %s %j", async (method, url, body) => {
    const { browser } = await signedIn("owner");
    expect(await browser.try(method, url, body)).toBe("invalid_field");
  });

  it("works once, is about one address, and not after it was called off or seven days", async () => {
    const { browser: owner } = await signedIn("owner");
    const { token, email } = await house.invited(shop, "developer");
    const stranger = house.browser();
    expect((await stranger.send("POST", "/v1/session/invitation", { token })).json()).toMatchObject({
      email,
      role: "developer",
      has_password: false,
    });
    const use = { token, name: "Dev", password: PASSWORD };
    expect(await stranger.try("POST", "/v1/session/invitation/accept", use)).toBe(200);
    expect(await stranger.try("POST", "/v1/session/invitation/accept", use)).toBe("link_ended");
    expect(await owner.try("POST", "/v1/team/invitations", { email, role: "admin" })).toBe("already_member");
    const made = (await owner.send("POST", "/v1/team/invitations", { email: "later@people.example", role: "support" })).json() as {
      id: string;
    };
    expect(await owner.try("DELETE", `/v1/team/invitations/${made.id}`)).toBe(200);
    expect(await stranger.try("POST", "/v1/session/invitation", { token: house.linkOf(made.id) })).toBe("link_ended");
    const late = await house.invited(shop, "support");
    house.clock.now += 7 * 24 * 60 * MINUTE;
    expect(await stranger.try("POST", "/v1/session/invitation", { token: late.token })).toBe("link_ended");
  });
});
