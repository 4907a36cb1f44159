/** What one press makes on a fresh install, on real parts. On one database only: nothing of it is the database's. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json, Merchant } from "./support/merchant.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

let stage: Awaited<ReturnType<typeof openStage>>;
let shop: Merchant;
beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
  shop = (await stage.merchant()).client;
});
afterAll(() => stage.close());

const all = async (path: string): Promise<readonly Json[]> => (await shop.get(`${path}?limit=100`)).json.data;

it("makes payments with many outcomes, refunds, a paid order and a webhook that fails, once per key", async () => {
  const key = "one press";
  const made = await shop.post("/v1/sample-data", {}, key);
  expect(made.status, made.text).toBe(201);
  expect(made.json).toMatchObject({ object: "sample_data", payments: 40, refunds: 3 });
  const again = await shop.post("/v1/sample-data", {}, key);
  expect(again.json).toEqual(made.json);
  expect(await all("/v1/payments")).toHaveLength(40);
  const by = "select actor_kind from admin_actions where action = 'webhook_endpoint.created' and subject = $1";
  const noted = await connect(stage.databaseUrl, (client) => client.query(by, [made.json.endpoint_id]));
  expect(noted.rows).toEqual([{ actor_kind: "key" }]);

  await waitFor("the order to be paid", async () => (await shop.get(`/v1/orders/${made.json.order_id}`)).json.status === "paid");
  const outcomes = await waitFor("most payments to end", async () => {
    const statuses = (await all("/v1/payments")).map(({ status }) => status as string);
    return statuses.includes("pending") ? null : new Set(statuses);
  });
  expect([...outcomes].toSorted()).toEqual(expect.arrayContaining(["authorized", "failed", "processing", "requires_action", "succeeded"]));
  const refunds = await waitFor("the refunds to end", async () => {
    const statuses = (await all("/v1/refunds")).map(({ status }) => status as string);
    return statuses.every((status) => status === "succeeded" || status === "failed") ? statuses : null;
  });
  expect(refunds.toSorted()).toEqual(["failed", "succeeded", "succeeded"]);
  await waitFor("a delivery to have failed", async () => {
    const rows = await all("/v1/deliveries");
    return rows.some(({ endpoint_id: id, tries_made: tries }) => id === made.json.endpoint_id && tries > 0);
  });
});

it("leaves a delivery that has failed, to be recovered, and a dead letter that is gone once it is retried", async () => {
  const dead = async (query: string): Promise<readonly Json[]> => (await shop.get(`/v1/dead-letters?${query}`)).json.data;
  const [failed, ...others] = await dead("reason=delivery_failed");
  expect(others).toEqual([]);
  expect(failed).toMatchObject({ kind: "webhook", detail: expect.stringContaining("no server at https://sample-data.invalid") });
  expect((await shop.get(`/v1/deliveries/${failed!.id}`)).json).toMatchObject({ status: "failed", tries_made: 5 });
  const recovered = await shop.post("/v1/deliveries/recover", {});
  expect(recovered.json).toMatchObject({ matched: 1, recovered: 1 });
  expect(await dead("reason=delivery_failed")).toEqual([]);

  const [letter] = await dead("reason=job_failing&text=sample");
  expect((await shop.payment(letter!.payment_id)).status).toBe("created");
  expect((await shop.post(`/v1/dead-letters/${letter!.id}/replay`, {})).json).toMatchObject({ outcome: "replayed" });
  expect(await dead("")).toEqual([]);
  expect((await shop.payment(letter!.payment_id)).status).toBe("created");
  // Who presses again has no second set.
  expect((await shop.post("/v1/sample-data", {}, "one press")).status).toBe(201);
  expect(await dead("")).toEqual([]);
});

it("is refused where another gateway could be asked", async () => {
  const other = (await stage.merchant()).client;
  const account = {
    connector: "razorpay",
    name: "Real",
    verify: false,
    credentials: { key_id: "rzp_test_sample", key_secret: "key-secret-of-sample", webhook_secret: "webhooks-of-sample" },
  };
  const added = await other.post("/v1/connector-accounts", account);
  expect(added.status, added.text).toBe(201);
  const refused = await other.post("/v1/sample-data", {});
  expect([refused.status, refused.json.error?.code]).toEqual([409, "invalid_state"]);
  expect((await other.get("/v1/payments")).json.data).toEqual([]);
});
