/** Fifteen faults that were found by running public payment gateways. Each is a test here, by its number. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MONEY_LEASE_MS } from "../../server/src/core/constants.ts";
import { startEmbeddedPostgres } from "../../server/src/embedded/launcher.ts";
import { moneyOf } from "../journeys/support/books.ts";
import { closedAfterEach } from "../journeys/support/closing.ts";
import { card, type Merchant, patiently, upi, type Answer, type Json } from "../journeys/support/merchant.ts";
import { startParts } from "../journeys/support/parts.ts";
import "../journeys/support/patience.ts";
import { eventOf, startReceiver, verified } from "../journeys/support/receiver.ts";
import { openStage, type Stage, type StageMerchant } from "../journeys/support/stage.ts";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { temporaryPlace } from "../support/embedded.ts";
import { waitFor } from "../support/wait-for.ts";

const serverUrl = databaseServers()[0]!.url;
const closes = closedAfterEach();
let stage: Stage;
let shop: Merchant;

beforeAll(async () => {
  stage = await openStage(serverUrl);
  shop = (await stage.merchant()).client;
});
afterAll(() => stage?.close());

const atOnce = <Result>(times: number, act: () => Promise<Result>): Promise<Result[]> => Promise.all(Array.from({ length: times }, act));
const paid = async (more: object = {}): Promise<Json> => (await shop.create(upi("success", { confirm: true, ...more }))).json;
const sql = (text: string, values: unknown[] = []): Promise<Json[]> =>
  connect(stage.databaseUrl, async (client) => (await client.query(text, values)).rows);

async function withReceiver(
  answer: Parameters<typeof startReceiver>[0],
): Promise<{ receiver: Awaited<ReturnType<typeof startReceiver>>; merchant: StageMerchant }> {
  const receiver = await startReceiver(answer);
  closes.push(() => receiver.close());
  return { receiver, merchant: await stage.merchant(receiver.url) };
}

it("fault 1: the queue's engine stops during POST, and the request is refused in time and can be sent again", async () => {
  const place = temporaryPlace();
  closes.push(place.remove);
  const options = { homeDir: join(place.path, "home"), log: () => undefined, syncFirstStart: false };
  let postgres = await startEmbeddedPostgres(options);
  closes.push(() => postgres.stop());
  const other = await openStage(postgres.databaseUrl);
  closes.push(() => other.close());
  const { client } = await other.merchant();
  process.kill(postgres.pid, "SIGKILL");
  await postgres.stop();
  const began = performance.now();
  const refused = await client.create(upi("success"), "order 1");
  expect([refused.status, refused.json.error.code]).toEqual([503, "overloaded"]);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect((await fetch(`${other.url}/health/ready`)).status).toBe(503);
  postgres = await startEmbeddedPostgres(options);
  const accepted = await patiently(() => client.create(upi("success"), "order 1"));
  await client.until(accepted.json.id, "succeeded");
  await expect.poll(async () => (await client.get("/v1/payments")).json.data).toHaveLength(1);
});

it("fault 2: ten requests at once with one idempotency key make one payment, and all get its answer", async () => {
  const answers = await atOnce(10, () => patiently(() => shop.create(upi("success"), "fault 2")));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
});

it("fault 3: the same key with another body is refused, and shows nothing of the first payment", async () => {
  await shop.create(upi("success"), "fault 3");
  const answer = await shop.create(upi("success", { amount: 1 }), "fault 3");
  expect([answer.status, answer.json.error.code, answer.text.includes("pay_")]).toEqual([422, "idempotency_mismatch", false]);
});

it("fault 4: of ten full refunds at once one is accepted, and a negative one never", async () => {
  const { id } = await paid();
  const answers = await atOnce(10, () => patiently(() => shop.post("/v1/refunds", { payment_id: id })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  for (const amount of [-1, 0, 1.5]) expect((await shop.post("/v1/refunds", { payment_id: id, amount })).status).toBe(400);
});

it("fault 5: an order becomes paid, and is not paid again", async () => {
  const order = (await shop.post("/v1/orders", { amount: 50_000, currency: "INR" })).json;
  await paid({ order_id: order.id });
  await waitFor("the order to be paid", async () => (await shop.get(`/v1/orders/${order.id}`)).json.status === "paid");
  const again = await shop.create(upi("success", { order_id: order.id, confirm: true }));
  expect([again.status, again.json.error.type]).toEqual([409, "conflict_error"]);
});

it("fault 6: a job that is delivered again draws no new outcome and changes nothing", async () => {
  const { id } = await paid();
  const before = await shop.payment(id);
  const [row] = await sql("select merchant_id, mode from payments where id = $1", [id]);
  await sql(
    `insert into jobs (id, merchant_id, mode, queue, kind, subject, lane, run_at, tries, created_at)
     values ('job_' || lpad('6', 26, '0'), $2, $3, 'payment-queue', 'charge', $1, $2, now(), 0, now())`,
    [id, row.merchant_id, row.mode],
  );
  await waitFor("the job to be gone", async () => (await sql("select from jobs where subject = $1", [id])).length === 0);
  expect(await shop.payment(id)).toEqual(before);
  expect((await moneyOf(stage.sandboxUrl, id)).net).toBe(50_000);
});

it("fault 8: a request writes all of its rows or none", async () => {
  const { client } = await stage.merchant();
  await sql("create function planted_refusal() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$");
  await sql("create trigger planted before insert on jobs for each row when (new.kind = 'charge') execute function planted_refusal()");
  const refused = await client.create(upi("success"), "fault 8");
  await sql("drop function planted_refusal cascade");
  expect(refused.status).toBeGreaterThanOrEqual(500);
  expect((await client.get("/v1/payments")).json.data).toEqual([]);
  expect((await client.create(upi("success"), "fault 8")).status).toBe(201);
});

it("fault 9: a delivery that is retried by hand has the same bytes, signed with time and id; a rotated secret overlaps", async () => {
  const { receiver, merchant } = await withReceiver((response) => response.writeHead(200).end());
  const { client } = merchant;
  await client.create(upi("success", { confirm: true, metadata: { zebra: "1", apple: "2" } }));
  const delivered = await waitFor("a delivery", async () => (await client.get("/v1/deliveries?status=succeeded")).json.data.at(-1) ?? null);
  const [endpoint] = (await client.get("/v1/webhook-endpoints")).json.data;
  const rotated = (await client.post(`/v1/webhook-endpoints/${endpoint.id}/rotate-secret`, {})).json;
  await client.post(`/v1/deliveries/${delivered.id}/retry`);
  const sent = await waitFor("both tries", () => {
    const all = receiver.received.filter((each) => eventOf(each).id === delivered.event_id);
    return all.length >= 2 ? all : null;
  });
  expect(sent[1]!.body.equals(sent[0]!.body)).toBe(true);
  expect(sent[0]!.headers["webhook-id"]).toBe(sent[1]!.headers["webhook-id"]);
  expect(verified(sent[0]!, merchant.webhookSecret)).toEqual({ plain: true, standard: true });
  for (const secret of [merchant.webhookSecret, rotated.secret]) expect(verified(sent[1]!, secret).standard).toBe(true);
});

it("fault 10: webhooks reach no private address, and follow no redirect", async () => {
  for (const host of ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "[fd00::1]", "[::ffff:10.0.0.1]", "0x0a.1"])
    expect([host, (await shop.put("/v1/webhook-endpoint", { url: `http://${host}/` })).json.error?.code]).toEqual([host, "invalid_url"]);
  const target = await startReceiver((response) => response.writeHead(200).end());
  closes.push(() => target.close());
  const { receiver, merchant } = await withReceiver((response) => response.writeHead(302, { location: target.url }).end());
  await merchant.client.create(upi("success", { confirm: true }));
  await waitFor("a try", async () => (await merchant.client.get("/v1/deliveries")).json.data.some((each: Json) => each.tries_made > 0));
  expect([receiver.received.length > 0, target.received.length]).toEqual([true, 0]);
});

it("fault 11: no secret, card number or CVV is in the database, the log or an answer", async () => {
  const { merchant } = await withReceiver((response) => response.writeHead(200).end());
  const number = "4000056655665556";
  const made = await merchant.client.create(card("4242424242424242", { confirm: true }));
  await merchant.client.create(card(number, { metadata: { note: number } }));
  const tables = await sql(
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const dump = (await Promise.all(tables.map(({ name }) => sql(`select to_json(t)::text as row from "${name}" t`))))
    .flat()
    .map(({ row }) => row);
  expect(dump.length).toBeGreaterThan(10);
  const places = [...dump, ...stage.log, made.text].join("\n");
  const { secret } = merchant.client.keys;
  for (const hidden of [secret, merchant.webhookSecret, "4242424242424242", number, '"cvv"']) expect(places.includes(hidden)).toBe(false);
});

it("fault 12: a payment is shown to its merchant, and to nobody else", async () => {
  const { id } = await paid();
  const stranger = (await stage.merchant()).client;
  expect((await fetch(`${stage.url}/v1/payments/${id}`)).status).toBe(401);
  expect((await stranger.get(`/v1/payments/${id}`)).status).toBe(404);
  expect((await stranger.get("/v1/payments")).json.data).toEqual([]);
});

it("fault 13: bad limits are refused, lists have pages, bodies a limit, and no other origin may read", async () => {
  for (const limit of ["-1", "abc", "0", "1e3", ""]) expect((await shop.get(`/v1/payments?limit=${limit}`)).status).toBe(400);
  await paid();
  await paid();
  const first = async () => (await shop.get("/v1/payments?limit=1")).json;
  await expect.poll(async () => [(await first()).data.length, (await first()).has_more]).toEqual([1, true]);
  expect((await shop.create(upi("success", { description: "x".repeat(70_000) }))).status).toBe(413);
  const { headers } = await fetch(`${stage.url}/v1/payments`, { headers: { origin: "https://elsewhere.example" } });
  expect(headers.get("access-control-allow-origin")).toBeNull();
});

it("fault 14: an endpoint that hangs delays nobody else, and payments do not wait for each other", async () => {
  const slow = await openStage(serverUrl, { SANDBOX_DELAY_MS: "1000" });
  closes.push(() => slow.close());
  const hanging = await startReceiver(() => undefined);
  const healthy = await startReceiver((response) => response.writeHead(200).end());
  closes.push(() => Promise.all([hanging.close(), healthy.close()]));
  const unlucky = (await slow.merchant(hanging.url)).client;
  const lucky = (await slow.merchant(healthy.url)).client;
  await unlucky.create(upi("success"));
  await waitFor("a call that hangs", () => hanging.openSockets() > 0);
  const began = performance.now();
  const made: Answer[] = await atOnce(24, () => patiently(() => lucky.create(upi("success"))));
  const succeeded = (): number =>
    new Set(
      healthy.received
        .map(eventOf)
        .filter(({ type }) => type === "payment.succeeded")
        .map(({ data }) => data.id),
    ).size;
  await waitFor("all webhooks", () => succeeded() === made.length, { timeoutMs: 60_000 });
  // One after the other they would take 24 s for the bank alone.
  expect(performance.now() - began).toBeLessThan(20_000);
});

// These two wait for a lease to end, beside each other.
it.concurrent("fault 7: the job of a killed worker is done by the next one, within its lease", async ({ onTestFinished }) => {
  const parts = await startParts(serverUrl, "https://shop.example/webhooks", { SANDBOX_DELAY_MS: "1000" });
  onTestFinished(() => parts.close());
  const { id } = (await parts.shop.create(upi("success"))).json;
  await parts.shop.until(id, "processing");
  await parts.worker.stop("SIGKILL");
  await parts.startWorker();
  await parts.shop.until(id, "succeeded", { timeoutMs: MONEY_LEASE_MS + 30_000 });
  expect((await moneyOf(parts.sandboxUrl, id)).net).toBe(50_000);
}, 240_000);

it.concurrent("fault 15: health shows whether a worker works", async ({ onTestFinished }) => {
  const parts = await startParts(serverUrl, "https://shop.example/webhooks");
  onTestFinished(() => parts.close());
  const workerIs = (status: string): Promise<unknown> =>
    waitFor(
      `a worker that is ${status}`,
      async () => ((await (await fetch(`${parts.url}/health/ready`)).json()) as Json).checks.worker.status === status,
      { timeoutMs: 60_000 },
    );
  await workerIs("ok");
  await parts.worker.stop("SIGKILL");
  await workerIs("down");
  await parts.startWorker();
  await workerIs("ok");
}, 180_000);
