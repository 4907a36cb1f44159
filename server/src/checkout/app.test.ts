import { expect, it } from "vitest";
import { fakeApi } from "../api/fakes.testing.ts";
import { createCheckoutApp } from "./app.ts";

function checkout(health?: () => Promise<{ readonly ok: boolean; readonly checks: object }>) {
  const { deps } = fakeApi({ deps: health ? { health: health as never } : {} });
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
