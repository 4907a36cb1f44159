/** Gateway accounts over the real API, PostgreSQL and worker, at the sandbox. */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../support/connect.ts";
import { sampledServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { moneyOf } from "./support/books.ts";
import { upi, type Json, type Merchant } from "./support/merchant.ts";
import { openStage, type Stage } from "./support/stage.ts";
import "./support/patience.ts";

const SECRETS = ["hooks-of-the-second-shop", "newer-hooks-of-that-shop"] as const;
const API_KEY = "sandbox_key_of_the_second_shop";
const body = { connector: "sandbox", name: "Second", credentials: { api_key: API_KEY, webhook_secret: SECRETS[0] } };

describe.each(sampledServers())("on $name", ({ url: serverUrl }) => {
  let stage: Stage;
  let shop: Merchant;
  let second: Json;

  beforeAll(async () => {
    stage = await openStage(serverUrl);
    shop = (await stage.merchant()).client;
    second = (await shop.post("/v1/connector-accounts", body)).json;
  });
  afterAll(async () => stage?.close());

  const path = () => `/v1/connector-accounts/${second.id}`;
  const paid = async (scenario = "success"): Promise<Json> =>
    shop.until((await shop.create(upi(scenario, { confirm: true }))).json.id, "succeeded");
  /** The answer's status to an event that is signed by this secret. */
  const hook = async (secret: string): Promise<number> => {
    const seconds = Math.floor(Date.now() / 1_000);
    const event = JSON.stringify({ id: `evt_${secret.length}_${Math.random()}`, type: "payout.paid", account: second.id, data: {} });
    const signature = createHmac("sha256", secret).update(`${seconds}.${event}`).digest("hex");
    const headers = { "content-type": "application/json", "sandbox-signature": `t=${seconds},v1=${signature}` };
    return (await fetch(second.webhook_url, { method: "POST", headers, body: event })).status;
  };

  it("the account with the lowest priority takes the payments, and its own webhooks arrive at the address that it shows", async () => {
    expect(second).toMatchObject({ name: "Second", priority: 2, status: "enabled", verified_at: expect.any(String) });
    const [first] = (await shop.get("/v1/connector-accounts")).json.data;
    expect((await paid()).attempts[0].account_id).toBe(first.id);
    await shop.patch(`/v1/connector-accounts/${first.id}`, { priority: 9 });
    expect((await paid("processing")).attempts[0].account_id).toBe(second.id);
    await waitFor("the sandbox's event", () =>
      connect(stage.databaseUrl, async (client) => {
        const { rows } = await client.query("select 1 from inbox where account_id = $1 and handled_at is not null", [second.id]);
        return rows.length > 0 || null;
      }),
    );
  });

  it("a rotated webhook secret is told to the sandbox, and both are accepted until the overlap ends", async () => {
    expect([await hook(SECRETS[0]), await hook(SECRETS[1])]).toEqual([200, 400]);
    const rotated = await shop.post(`${path()}/rotate`, { credentials: { webhook_secret: SECRETS[1] }, overlap_seconds: 3_600 });
    expect(rotated.json.previous_webhook_secret_expires_at).toEqual(expect.any(String));
    expect([await hook(SECRETS[0]), await hook(SECRETS[1]), await hook("another-secret")]).toEqual([200, 200, 400]);
    expect((await paid()).attempts[0].account_id).toBe(second.id);
  });

  it("an api_key that the sandbox refuses is not saved, and payments go on with the one before", async () => {
    const refused = await shop.post(`${path()}/rotate`, { credentials: { api_key: "sandbox_key_of_nobody" } });
    expect([refused.status, refused.json.error.code]).toEqual([422, "credentials_refused"]);
    expect((await shop.post(`${path()}/test`, {})).status).toBe(200);
    expect((await paid()).attempts[0].account_id).toBe(second.id);
  });

  it("a closed account gives back what it took, and takes nothing more", async () => {
    const { id } = await paid();
    expect((await shop.delete(path())).json).toMatchObject({ status: "disabled", closed_at: expect.any(String) });
    const refund = (await shop.post("/v1/refunds", { payment_id: id })).json;
    await waitFor("the refund", async () => ((await shop.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded" ? true : null));
    expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(0);
    expect((await paid()).attempts[0].account_id).not.toBe(second.id);
  });

  it("no credential is in the log, or in the database in the clear", async () => {
    const tables = await connect(stage.databaseUrl, async (client) => {
      const texts: string[] = [];
      for (const name of ["connector_accounts", "idempotency", "exchanges", "requests", "inbox"])
        texts.push(JSON.stringify((await client.query(`select * from ${name}`)).rows));
      return texts.join("\n");
    });
    expect(tables).toContain(second.id);
    for (const secret of [...SECRETS, API_KEY]) {
      expect(tables).not.toContain(secret);
      expect(stage.log.join("\n")).not.toContain(secret);
    }
  });
});
