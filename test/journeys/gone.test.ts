/** A receiver that answers 410 Gone: for a moment, as in a deployment, and until it is switched off and set again. */
import { expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { upi, type Json, type Merchant } from "./support/merchant.ts";
import { startReceiver, eventsAt } from "./support/receiver.ts";
import { openStage } from "./support/stage.ts";
import "./support/patience.ts";

const PAYMENTS = 60;

it.each(sampledServers())("$name: a receiver that is gone for a moment under many payments misses none (R6)", async ({ url }) => {
  const stage = await openStage(url, { WEBHOOK_RETRY_INTERVALS_TEST: "true" });
  let status = 410;
  const receiver = await startReceiver((response) => response.writeHead(status).end());
  try {
    const { client } = await stage.merchant(receiver.url);
    const ids = await pay(client, PAYMENTS);
    await waitFor("each to be refused", () => receiver.received.length >= PAYMENTS);
    status = 200;
    const refused = receiver.received.splice(0).length;
    expect(refused).toBeGreaterThanOrEqual(PAYMENTS);
    await waitFor("a webhook about each", () => ids.every((id) => eventsAt(receiver, id).includes("payment.succeeded")), {
      timeoutMs: 30_000,
    });
    expect((await client.get("/v1/webhook-endpoint")).json).toMatchObject({ status: "enabled", disabled_reason: null, disabled_at: null });
    expect(stage.log.join()).not.toContain("switched off");
  } finally {
    await stage.close();
    await receiver.close();
  }
});

it.each(sampledServers())(
  "$name: one that stays gone is switched off; payments go on, and setting it again sends all (U1)",
  async ({ url }) => {
    const stage = await openStage(url, { WEBHOOK_RETRY_INTERVALS_TEST: "true" });
    let status = 410;
    const receiver = await startReceiver((response) => response.writeHead(status).end());
    try {
      const { client } = await stage.merchant(receiver.url);
      const ids = await pay(client, 1);
      await waitFor("a first 410", () => receiver.received.length > 0);
      await aMinutePasses(stage.databaseUrl);
      const endpoint = () => client.get("/v1/webhook-endpoint").then(({ json }) => json as Json);
      const off = await waitFor(
        "the endpoint to be switched off",
        async () => ((await endpoint()).status === "disabled" ? endpoint() : null),
        {
          timeoutMs: 30_000,
        },
      );
      expect(off).toMatchObject({ disabled_reason: "the receiver answered 410 Gone for a minute", disabled_at: expect.any(String) });
      expect(stage.log.filter((line) => line.includes("a webhook endpoint is switched off"))).toHaveLength(1);

      receiver.received.length = 0;
      status = 200;
      ids.push(...(await pay(client, 20)));
      const waiting = async (): Promise<Json[]> =>
        (await client.get("/v1/deliveries?status=pending&limit=100")).json.data.filter((row: Json) => row.waits_for === "webhook_endpoint");
      await waitFor("what happened meanwhile to wait", async () => (await waiting()).length === ids.length, { timeoutMs: 30_000 });
      expect(receiver.received).toEqual([]);
      const again = await client.post(`/v1/deliveries/${(await waiting())[0].id}/retry`);
      expect([again.status, again.json.error.code]).toEqual([409, "invalid_state"]);

      const set = await client.put("/v1/webhook-endpoint", { url: receiver.url });
      expect([set.status, set.json.status, set.json.disabled_at]).toEqual([200, "enabled", null]);
      await waitFor("a webhook about all", () => ids.every((id) => eventsAt(receiver, id).includes("payment.succeeded")), {
        timeoutMs: 30_000,
      });
      expect(receiver.received).toHaveLength(ids.length);
      const delivered = async () => (await client.get("/v1/deliveries?status=succeeded&limit=100")).json.data.length as number;
      await waitFor("all to be noted", async () => (await delivered()) === ids.length);
    } finally {
      await stage.close();
      await receiver.close();
    }
  },
);

/** Payments that succeeded, by id. */
function pay(client: Merchant, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { id } = (await client.create(upi("success"))).json;
      return (await client.until(id, "succeeded")).id as string;
    }),
  );
}

/** Nobody waits for it: the endpoint has been gone since a minute earlier. */
async function aMinutePasses(databaseUrl: string): Promise<void> {
  await waitFor("the 410 to be remembered", () =>
    connect(databaseUrl, async (client) => {
      const moved = await client.query(
        "update webhook_endpoints set gone_since = gone_since - interval '61 s' where gone_since is not null",
      );
      return moved.rowCount === 1;
    }),
  );
}
