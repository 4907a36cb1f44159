import { expect, it } from "vitest";
import type { AccountRow } from "../core/model.ts";
import type { Settings } from "../core/ports/settings.ts";
import { KEY_CACHE_MS } from "../core/constants.ts";
import { FakeClock } from "../../../test/support/flows/fake-clock.ts";
import { withCachedAccounts, withCachedRoutes } from "./cached-accounts.ts";

function counting() {
  const asked: string[] = [];
  const names = ["sandbox"];
  const routesOf: Settings["routesOf"] = async ({ merchantId, mode }) => {
    asked.push(`${merchantId} ${mode}`);
    if (names.length === 0) throw new Error("the database is away");
    return { accounts: names.map((connector, n) => ({ id: `acc_${n}`, connector, priority: n })), rules: [] };
  };
  const clock = new FakeClock();
  const settings = withCachedRoutes({ routesOf } as Settings, clock);
  const connectorsOf = async (...scope: Parameters<Settings["routesOf"]>) =>
    (await settings.routesOf(...scope)).accounts.map(({ connector }) => connector);
  return { asked, names, clock, settings: { routesOf: connectorsOf } };
}

it("accounts that are not there take no place of those that are, however many are asked for", async () => {
  const asked: string[] = [];
  const account: Settings["account"] = async (id) => {
    asked.push(id);
    return id === "acc_mine" ? ({ id } as AccountRow) : null;
  };
  const settings = withCachedAccounts({ account } as Settings, new FakeClock());
  expect(await settings.account("acc_mine")).toEqual({ id: "acc_mine" });
  for (let n = 0; n < 10_500; n++) expect(await settings.account(`acc_made_up_${n}`)).toBeNull();
  expect(await settings.account("acc_mine")).toEqual({ id: "acc_mine" });
  expect(asked.filter((id) => id === "acc_mine")).toHaveLength(1);
});

const scope = { merchantId: "mer_1", mode: "test" } as const;

it("the accounts and rules of a merchant and mode are asked for once a second, and at once if they are to be fresh", async () => {
  const { asked, names, clock, settings } = counting();
  for (let n = 0; n < 3; n++) expect(await settings.routesOf(scope)).toEqual(["sandbox"]);
  expect(asked).toHaveLength(1);
  names.push("stripe");
  expect(await settings.routesOf(scope)).toEqual(["sandbox"]);
  expect(await settings.routesOf(scope, true)).toEqual(["sandbox", "stripe"]);
  expect(await settings.routesOf(scope)).toEqual(["sandbox", "stripe"]);
  await clock.advance(KEY_CACHE_MS);
  await settings.routesOf(scope);
  await settings.routesOf({ ...scope, mode: "live" });
  expect(asked).toEqual(["mer_1 test", "mer_1 test", "mer_1 test", "mer_1 live"]);
});

it("a failure is not remembered", async () => {
  const { names, settings } = counting();
  names.length = 0;
  await expect(settings.routesOf(scope)).rejects.toThrow("away");
  names.push("sandbox");
  expect(await settings.routesOf(scope)).toEqual(["sandbox"]);
});
