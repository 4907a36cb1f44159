/** A client secret is in no log line, no row, no event and no webhook, whatever a shop and its shoppers do. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage } from "./support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(databaseServers()[0]!.url);
});
afterAll(() => stage.close());

/** All rows of all tables, as text. */
async function everyRow(): Promise<string> {
  return connect(stage.databaseUrl, async (client) => {
    const { rows: tables } = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(`select row_to_json(t)::text as text from ${name} t`);
      texts.push(...rows.map(({ text }) => `${name} ${text}`));
    }
    return texts.join("\n");
  });
}

/** A page that has the order's id alone: its opening, and the secret of the payment that it begins. */
async function withoutSecret(key: string, orderId: string): Promise<string[]> {
  const answer = await fetch(`${stage.checkoutUrl}/v1/checkout/openings`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": key, "sec-fetch-site": "same-origin" },
    body: JSON.stringify({ order_id: orderId }),
  });
  const { client_secret: opening } = (await answer.json()) as { client_secret: string };
  const paid = await new Shopper(stage.checkoutUrl, key, opening).post(
    "/payments",
    { method: "upi", upi: { vpa: "success@sandbox" } },
    "1",
  );
  await new Shopper(stage.checkoutUrl, key, paid.json.client_secret).until(paid.json.id, "succeeded");
  return [opening, paid.json.client_secret];
}

test("no log line, row, event or webhook holds a client secret", async () => {
  const { client, created } = await stage.merchant("http://127.0.0.1:9/hook");
  await client.put("/v1/checkout/settings", { origins: ["https://shop.example"] });
  const order = (await client.post("/v1/orders", { amount: 100, currency: "INR" }, "order-1")).json;
  const repeated = await client.post("/v1/orders", { amount: 100, currency: "INR" }, "order-1");
  expect([repeated.headers.get("idempotent-replayed"), repeated.json.client_secret]).toEqual(["true", order.client_secret]);
  const wanted = { order_id: order.id, return_url: "https://shop.example/thanks" };
  const session = (await client.post("/v1/checkout/sessions", wanted, "session-1")).json;
  const again = await client.post("/v1/checkout/sessions", wanted, "session-1");
  expect([again.headers.get("idempotent-replayed"), again.json]).toEqual(["true", session]);
  const secrets = [order.client_secret, session.client_secret] as string[];
  // A shop that mistakes it for something else.
  await client.post("/v1/payments", { amount: 1, currency: "INR", nonsense: secrets[0] });
  await client.get(`/v1/orders/${secrets[0]}`);
  for (const secret of secrets) {
    const page = new Shopper(stage.checkoutUrl, created.key, secret);
    await page.view();
    await page.post("/payments", { method: "upi", upi: { vpa: "nonsense" }, secret });
    await page.get(`/payments/${secret}`);
    await fetch(`${stage.checkoutUrl}/c/${secret}?secret=${secret}`);
    await fetch(`${stage.checkoutUrl}/v1/checkout`, { headers: { ...page.headers, "x-api-key": "pk_test_wrong", "x-request-id": "mine" } });
  }
  const page = new Shopper(stage.checkoutUrl, created.key, secrets[1]!);
  const paid = await page.payByCard("4242424242424242");
  await page.until(paid.json.id, "succeeded");
  secrets.push(...(await withoutSecret(created.key, (await client.post("/v1/orders", { amount: 100, currency: "INR" })).json.id)));
  await waitFor("the delivery and the record of requests", async () => {
    const [deliveries, { rows }] = [
      (await client.get("/v1/deliveries")).json.data,
      await connect(stage.databaseUrl, (db) => db.query("select count(*)::int as n from requests")),
    ];
    return deliveries.length > 0 && rows[0].n > 3 ? true : null;
  });
  const [rows, log] = [await everyRow(), stage.log.join("\n")];
  // What is looked through holds what this is about.
  for (const place of [rows, log]) expect(place).toContain(session.id);
  expect(rows).toContain(order.id);
  expect(secrets).toHaveLength(4);
  for (const secret of secrets) {
    const random = secret.split("_secret_")[1]!;
    expect(rows).not.toContain(random);
    expect(log).not.toContain(random);
  }
});
