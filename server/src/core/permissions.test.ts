import { describe, expect, it } from "vitest";
import { isPermitted, permissions, roles, scopesOf, whyRefused, type Permission, type Role } from "./permissions.ts";

const all = Object.keys(permissions) as Permission[];
const person = (role: Role) => ({ scopes: [], person: { role } });
const may = (role: Role) => all.filter((permission) => isPermitted(person(role), permission));

describe("roles and permissions", () => {
  it("the owner may do everything, and only owners and admins steer the team", () => {
    expect(may("owner")).toEqual(all);
    expect((Object.keys(roles) as Role[]).filter((role) => may(role).includes("team.write"))).toEqual(["owner", "admin"]);
  });

  it("read_only changes nothing", () => {
    expect(may("read_only").filter((permission) => !permission.endsWith(".read"))).toEqual([]);
  });

  it("what only people may do is opened by no key", () => {
    const key = { scopes: ["payments.read", "payments.write", "refunds.write", "webhooks", "config", "cases"] as const, person: null };
    expect(all.filter((permission) => !isPermitted(key, permission))).toEqual(["team.read", "team.write", "audit.read"]);
  });

  // A key outlives the sign-in of the person who made it: it must not do what the person may not.
  it.each(Object.keys(roles) as Role[])("no key that %s makes may do more than %s", (role) => {
    const key = { scopes: scopesOf(role), person: null };
    expect(all.filter((permission) => isPermitted(key, permission) && !isPermitted(person(role), permission))).toEqual([]);
  });

  it("a refusal names the role and who may, or the scope of the key", () => {
    expect(whyRefused(person("developer"), "refunds.write")).toBe(
      "The role developer may not refund. These roles may: owner, admin, support.",
    );
    expect(whyRefused({ person: null }, "webhooks.read")).toBe("This key lacks the scope webhooks, which the route needs.");
    expect(whyRefused({ person: null }, "team.read")).toContain("No API key may see the team.");
  });
});
