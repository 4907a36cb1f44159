/** What callers are told while a restored database waits for its sweeps, over real PostgreSQL, API and checkout: docs/decisions/0075. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginRestore, finishRestore } from "../../server/src/flows/restore/restore.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { upi } from "./support/merchant.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

const by = { kind: "cli", id: null, label: "ann", requestId: null } as const;
const FORGOTTEN = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  shop = await stage.merchant();
});
afterAll(() => stage.close());

test("nobody is told that something does not exist, nothing is taken that would be charged later, and both end with the restore", async () => {
  const { client } = shop;
  const { deps } = stage.parts;
  const { id: order, client_secret: secret } = (await client.post("/v1/orders", { amount: 50_000, currency: "INR" })).json;
  const page = new Shopper(stage.checkoutUrl, shop.created.key, secret, "en");
  expect((await page.view()).status).toBe("open");
  await connect(stage.databaseUrl, (database) => database.query("delete from orders where id = $1", [order]));
  const kept = (await client.create(upi("success", { confirm: false }))).json.id as string;
  const asked = async () => {
    const read = await client.get(`/v1/payments/pay_${FORGOTTEN}`);
    const paid = await client.create(upi("success", { order_id: order }));
    return [read.status, paid.status, (await page.get("")).status];
  };
  expect(await asked()).toEqual([404, 404, 404]);
  await beginRestore(deps, by, { reason: "the disk was set back", since: null });
  expect(await asked()).toEqual([503, 503, 503]);
  const read = await client.get(`/v1/payments/pay_${FORGOTTEN}`);
  expect(read.json.error.code).toBe("restore_mode");
  expect(Number(read.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await client.get(`/v1/payments/${kept}`)).status).toBe(200);
  expect((await client.post(`/v1/payments/${kept}/confirm`, {})).status).toBe(503);
  expect((await client.create(upi("success", { confirm: true }))).status).toBe(503);
  await finishRestore(deps, by, "it is known what was lost");
  expect(await asked()).toEqual([404, 404, 404]);
  expect((await client.post(`/v1/payments/${kept}/confirm`, {})).json.status).toBe("succeeded");
});
