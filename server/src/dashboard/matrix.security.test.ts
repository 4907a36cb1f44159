/** Who may do what, over the listener that people use: every route that it serves, times every role, times whose merchant it is. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs as ofTheApi } from "../api/access.testing.ts";
import type { Document } from "../api/documented.testing.ts";
import { permissions, roles, type Permission, type Role } from "../core/permissions.ts";
import { openHouse, PASSWORD, type Browser, type House } from "./people.testing.ts";

/** `signed in`: whoever is, about themselves; null: nobody need be. */
type Need = Permission | "operator" | "signed in" | null;

/** What this listener serves beside the API's routes. */
const ofThePage: Readonly<Record<string, Need>> = {
  "get /v1/session": "signed in",
  "post /v1/session": null,
  "post /v1/session/second-factor": null,
  "post /v1/session/confirm": "signed in",
  "delete /v1/session": "signed in",
  "post /v1/session/invitation": null,
  "post /v1/session/invitation/accept": null,
  "post /v1/password-resets": null,
  "post /v1/password-resets/use": null,
  "patch /v1/person": "signed in",
  "post /v1/person/password": "signed in",
  "post /v1/person/totp": "signed in",
  "post /v1/person/totp/confirm": "signed in",
  "post /v1/person/totp/remove": "signed in",
  "get /v1/person/sessions": "signed in",
  "delete /v1/person/sessions/{id}": "signed in",
  "get /v1/roles": "signed in",
  "get /v1/team": "team.read",
  "post /v1/team/invitations": "team.write",
  "delete /v1/team/invitations/{id}": "team.write",
  "patch /v1/team/members/{id}": "team.write",
  "delete /v1/team/members/{id}": "team.write",
  "get /v1/views": "team.read",
  "post /v1/views": "team.read",
  "patch /v1/views/{id}": "team.read",
  "delete /v1/views/{id}": "team.read",
  // In no document: a button of the page.
  "post /v1/sample-data": "payments.write",
};
const HIDDEN = ["post /v1/sample-data"];
const needs: Readonly<Record<string, Need>> = { ...ofTheApi, ...ofThePage };

let house: House;
let shop: string;
let foreign: string;
let served: readonly string[];
/** By role; the operator is an owner elsewhere. */
const people = new Map<Role | "operator", Browser>();

beforeAll(async () => {
  house = await openHouse();
  [shop, foreign] = [await house.merchant(), await house.merchant()];
  await house.member(foreign, "owner");
  for (const role of Object.keys(roles) as Role[]) people.set(role, (await house.signedIn(shop, role)).browser);
  people.set("operator", await operator());
  const { paths } = (await people.get("owner")!.send("GET", "/v1/openapi.json")).json<Document>();
  const documented = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  // Signing out comes last: what is asked after it would be refused for that.
  served = [...documented, ...HIDDEN].filter((one) => one !== "delete /v1/session");
}, 120_000);
afterAll(() => house.close());

async function operator(): Promise<Browser> {
  const elsewhere = await house.merchant();
  const { token } = await house.invited(elsewhere, "owner", "operator@people.example", true);
  const browser = house.browser();
  await browser.send("POST", "/v1/session/invitation/accept", { token, password: PASSWORD });
  await browser.signIn("operator@people.example");
  return browser;
}

/** A request that a guard meets before anything is looked at, and that means nothing to what is behind it. */
async function ask(browser: Browser, operation: string, merchantId: string): Promise<{ status: number; code: string; message: string }> {
  const [method, path] = operation.split(" ") as ["get" | "post" | "put" | "patch" | "delete", string];
  browser.merchantId = merchantId;
  const body = method === "get" || method === "delete" ? undefined : {};
  // Refused behind the guard: a stream would not end.
  const more: Record<string, string> = path.endsWith("/stream") ? { "last-event-id": "none" } : {};
  const url = path.replaceAll(/\{\w+\}/g, "x");
  const answer = await browser.send(method.toUpperCase() as Uppercase<typeof method>, url, body, more);
  const { code = "", message = "" } = answer.statusCode < 400 ? {} : (answer.json().error as { code: string; message: string });
  return { status: answer.statusCode, code, message };
}

const admitted = ({ status }: { readonly status: number }) => status !== 401 && status !== 403;
const isOfMerchant = (needed: Need): needed is Permission => needed !== null && needed in permissions;

/** The words of the table, as decision 0061 has them. */
function reason(role: Role, needed: Permission): string {
  const { means, roles: may } = permissions[needed];
  return `The role ${role} may not ${means}. These roles may: ${may.join(", ")}.`;
}

describe("the dashboard's listener", () => {
  it("serves no route that is not in these tables, and all of its own (security row 16)", () => {
    expect(served.filter((operation) => !(operation in needs))).toEqual([]);
    expect(Object.keys(ofThePage).filter((operation) => !served.includes(operation))).toEqual(["delete /v1/session"]);
    expect(served.length).toBeGreaterThan(100);
  });

  it.each(Object.keys(roles) as Role[])("admits %s where the table says so, and says elsewhere who may (security row 16)", async (role) => {
    const wrong: unknown[] = [];
    for (const operation of served) {
      const needed = needs[operation]!;
      const answer = await ask(people.get(role)!, operation, shop);
      const may = !isOfMerchant(needed) ? needed !== "operator" : (permissions[needed].roles as readonly Role[]).includes(role);
      const words = isOfMerchant(needed) ? reason(role, needed) : "Only the operator of this installation may do this.";
      const isRight = may
        ? admitted(answer) && answer.code !== "route_not_found"
        : answer.status === 403 && answer.code === "permission_denied" && answer.message === words;
      if (!isRight) wrong.push([operation, needed, answer]);
    }
    expect(wrong).toEqual([]);
  });

  it.each([...(Object.keys(roles) as Role[]), "operator" as const])(
    "shows %s nothing of a merchant that is not theirs (security row 1)",
    async (role) => {
      const wrong: unknown[] = [];
      for (const operation of served.filter((one) => isOfMerchant(needs[one]!))) {
        const answer = await ask(people.get(role)!, operation, foreign);
        const isUnknown = answer.status === 404 && answer.message === "There is no such merchant for you.";
        if (!isUnknown) wrong.push([operation, answer]);
      }
      expect(wrong).toEqual([]);
    },
  );

  it("admits the operator to the routes of the operator, whichever merchant is named, and to no merchant's rows", async () => {
    const own = served.filter((one) => needs[one] === "operator");
    expect(own.length).toBeGreaterThan(5);
    for (const operation of own)
      expect([operation, admitted(await ask(people.get("operator")!, operation, shop))]).toEqual([operation, true]);
  });

  it("admits nobody who is not signed in, but to what leads in (security row 16)", async () => {
    const stranger = house.browser();
    const wrong: unknown[] = [];
    for (const operation of [...served, "delete /v1/session"]) {
      const { status, code } = await ask(stranger, operation, shop);
      const isOpen = needs[operation] === null;
      if (isOpen ? code === "authentication_error" : status !== 401) wrong.push([operation, status, code]);
    }
    expect(wrong).toEqual([]);
  });
});
