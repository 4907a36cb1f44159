import { expect, it } from "vitest";
import { fakeApi } from "../api/fakes.testing.ts";
import { createCheckoutApp } from "./app.ts";

function checkout(health?: () => Promise<{ readonly ok: boolean; readonly checks: object }>) {
  const settings = { paymentLinkAt: async () => null, publicKey: async () => null };
  const { deps } = fakeApi({ deps: health ? { health: health as never } : {}, flows: { settings: settings as never } });
  return createCheckoutApp(deps, { ...deps, pageFolder: "no-page", testInputs: { connector: "sandbox", cards: [], vpas: [] } });
}

it("says without any key that it lives, and whether it can work", async () => {
  const app = checkout();
  const [live, ready] = [await app.inject("/health/live"), await app.inject("/health/ready")];
  expect([live.statusCode, live.json()]).toEqual([200, { status: "ok", version: "0.0.0" }]);
  expect([ready.statusCode, ready.json()]).toEqual([200, { status: "ready", version: "0.0.0", checks: { database: { ok: true } } }]);
});

it("takes itself out of a load balancer's list when its database is away, and lives on", async () => {
  const app = checkout(async () => ({ ok: false, checks: { database: { ok: false } } }));
  const [live, ready] = [await app.inject("/health/live"), await app.inject("/health/ready")];
  expect([live.statusCode, ready.statusCode, ready.json().status]).toEqual([200, 503, "not_ready"]);
});

it("tells whoever asks it for the API, or opens its bare address, what it is and where to go", async () => {
  for (const path of ["/", "/v1/payments"]) {
    const { statusCode, json } = await checkout().inject(path);
    expect([statusCode, json().error.code]).toEqual([404, "route_not_found"]);
    expect(json().error.message).toMatch(/tillway sessions create.*\/checkout\.js.*API is at another port/);
    expect(json().error.message).not.toContain("openapi.json");
  }
});

it("counts wrong addresses of payment links together with wrong secrets: guessing both ways is no second set of tries", async () => {
  const app = checkout();
  const link = async (n: number) => (await app.inject(`/v1/checkout/links/${"0".repeat(18)}${n}a`)).statusCode;
  const secret = async () => {
    const headers = { "x-api-key": "pk_test_wrong", "x-client-secret": `ord_${"0".repeat(26)}_secret_${"A".repeat(32)}` };
    return (await app.inject({ url: "/v1/checkout", headers })).statusCode;
  };
  expect([await link(0), await secret()]).toEqual([404, 401]);
  for (let n = 1; n < 9; n++) expect(await link(n)).toBe(404);
  expect([await secret(), await link(9)]).toEqual([429, 429]);
});
