/** Payment links: a merchant makes one, shoppers pay by it, over real PostgreSQL, worker and sandbox. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json } from "./support/merchant.ts";
import { Shopper } from "./support/shopper.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

const [server] = databaseServers();
let stage: Stage;
let shop: StageMerchant;

beforeAll(async () => {
  stage = await openStage(server!.url);
  shop = await stage.merchant();
});
afterAll(() => stage.close());

async function link(more: object = {}): Promise<Json> {
  const { status, json } = await shop.client.post("/v1/payment-links", { amount: 50_000, currency: "INR", ...more });
  expect([status, json.error]).toEqual([201, undefined]);
  return json;
}

const shown = async (id: string): Promise<Json> => (await shop.client.get(`/v1/payment-links/${id}`)).json;
const at = (made: Json): string => `${stage.checkoutUrl}/v1/checkout/links/${made.url.split("/").at(-1)}`;

interface Begun {
  readonly status: number;
  readonly json: Json;
  readonly replayed: boolean;
}

/** What the page of the link does when its button is pressed. */
async function begin(made: Json, body: object = {}, key: string | null = null): Promise<Begun> {
  const headers = { "content-type": "application/json", ...(key !== null && { "idempotency-key": key }) };
  const answer = await fetch(at(made), { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, json: await answer.json(), replayed: answer.headers.has("idempotent-replayed") };
}

/** The browser that was sent on to the checkout. */
function shopperAt(url: string): Shopper {
  const [, secret, key] = /#([\w-]+)&key=(\w+)$/.exec(url)!;
  return new Shopper(stage.checkoutUrl, key!, secret!);
}

async function newShopper(made: Json, body: object = {}): Promise<Shopper> {
  const { status, json } = await begin(made, body);
  expect([status, json.error]).toEqual([201, undefined]);
  return shopperAt(json.url);
}

async function rowsOf(id: string): Promise<{ readonly orders: number; readonly taken: number }> {
  return connect(stage.databaseUrl, async (client) => {
    const { rows } = await client.query(
      "select (select count(*)::int from orders where payment_link_id = l.id) as orders, l.uses_taken as taken from payment_links l where id = $1",
      [id],
    );
    return rows[0] as { orders: number; taken: number };
  });
}

test("a shopper opens a link, pays an order of their own, and the link is used up", async () => {
  const made = await link({ uses: 1, description: "Pottery class", metadata: { class: "12" }, return_url: "https://shop.example/thanks" });
  expect(made).toMatchObject({
    object: "payment_link",
    status: "active",
    url: expect.stringMatching(new RegExp(`^${stage.checkoutUrl}/l/[0-9a-z]{20}$`)),
    qr_url: `${made.url}/qr.svg`,
    amount: 50_000,
    open_amount: null,
    uses: 1,
    times_paid: 0,
    expires_at: null,
    deactivated_at: null,
  });
  const seen = await (await fetch(at(made))).json();
  expect(seen).toMatchObject({
    object: "payment_link",
    status: "active",
    mode: "test",
    merchant: { name: "Shop" },
    description: "Pottery class",
    amount: 50_000,
    currency: "INR",
  });
  const page = await newShopper(made);
  expect(await page.view()).toMatchObject({
    status: "open",
    description: "Pottery class",
    order: { amount: 50_000 },
    return_url: "https://shop.example/thanks",
    cancel_url: made.url,
  });
  const paid = await page.payByCard("4242424242424242");
  await page.until(paid.json.id, "succeeded");
  expect(await shown(made.id)).toMatchObject({ status: "used_up", times_paid: 1 });
  const orders: Json[] = (await shop.client.get(`/v1/orders?payment_link_id=${made.id}`)).json.data;
  expect(orders).toMatchObject([{ status: "paid", payment_link_id: made.id, notes: { class: "12" } }]);
  const [payment]: Json[] = (await shop.client.get(`/v1/payments?order_id=${orders[0]!.id}`)).json.data;
  expect(payment).toMatchObject({ status: "succeeded", description: "Pottery class", metadata: { class: "12" } });
  expect(await begin(made)).toMatchObject({ status: 409, json: { error: { code: "payment_link_used_up" } } });
  expect(await (await fetch(at(made))).json()).toMatchObject({ status: "used_up" });
});

test("opening a link, as a preview or a prefetch does, writes nothing, however often", async () => {
  const made = await link({ uses: 1 });
  const path = made.url.slice(stage.checkoutUrl.length);
  for (const url of [path, path, `/v1/checkout/links/${path.slice(3)}`, `${path}/qr.svg`])
    for (const method of ["GET", "HEAD"]) expect((await fetch(`${stage.checkoutUrl}${url}`, { method })).status).toBe(200);
  expect([await rowsOf(made.id), (await shown(made.id)).status]).toEqual([{ orders: 0, taken: 0 }, "active"]);
});

describe("of a link that one may pay", () => {
  test("ten shoppers at once are one charge; each other is told so, and no use is left over", async () => {
    const made = await link({ uses: 1 });
    const pages = await Promise.all(Array.from({ length: 10 }, () => newShopper(made)));
    const token = await pages[0]!.token("4242424242424242");
    const answers = await Promise.all(pages.map((page) => page.post("/payments", { method: "card", card: { token } })));
    const won = answers.filter(({ status }) => status === 201);
    expect(won).toHaveLength(1);
    for (const { status, json } of answers.filter((answer) => !won.includes(answer)))
      expect([status, json.error.code]).toEqual([409, expect.stringMatching(/^payment_link_(busy|used_up)$/)]);
    await waitFor("the link is used up", async () => (await shown(made.id)).status === "used_up");
    expect(await rowsOf(made.id)).toEqual({ orders: 10, taken: 1 });
    for (const page of pages.filter((_, n) => answers[n]!.status !== 201)) {
      expect((await page.view()).status).toBe("used_up");
      expect((await page.post("/payments", { method: "card", card: { token } })).json.error.code).toBe("payment_link_used_up");
    }
    const all: Json[] = (await shop.client.get("/v1/payments?limit=100")).json.data;
    const mine: Json[] = (await shop.client.get(`/v1/orders?limit=100&payment_link_id=${made.id}`)).json.data;
    expect(all.filter((payment) => mine.some(({ id }) => id === payment.order_id))).toHaveLength(1);
  });

  test("a decline gives the use back, and another shopper pays", async () => {
    const made = await link({ uses: 1 });
    const [one, two] = [await newShopper(made), await newShopper(made)];
    const declined = await one.payByCard("4000000000000002");
    await one.until(declined.json.id, "failed");
    expect((await rowsOf(made.id)).taken).toBe(0);
    const paid = await two.payByCard("4242424242424242");
    await two.until(paid.json.id, "succeeded");
    expect((await one.payByCard("4242424242424242")).json.error.code).toBe("payment_link_used_up");
  });

  test("somebody at the bank's page holds the use until that is over, and who cancels gives it back", async () => {
    const made = await link({ uses: 1 });
    const [one, two] = [await newShopper(made), await newShopper(made)];
    const waiting = await one.payByCard("4000002500003155");
    await one.until(waiting.json.id, "requires_action");
    expect((await two.payByCard("4242424242424242")).json.error.code).toBe("payment_link_busy");
    expect(await two.view()).toMatchObject({ status: "open" });
    await one.post(`/payments/${waiting.json.id}/cancel`, {});
    await one.until(waiting.json.id, "canceled");
    const paid = await two.payByCard("4242424242424242");
    await two.until(paid.json.id, "succeeded");
  });

  test("a payment by the merchant's own API is held to the bound as well", async () => {
    const made = await link({ uses: 1 });
    const [one] = [await newShopper(made), await newShopper(made)];
    const paid = await one.payByCard("4242424242424242");
    await one.until(paid.json.id, "succeeded");
    const orders: Json[] = (await shop.client.get(`/v1/orders?payment_link_id=${made.id}`)).json.data;
    const order = orders.find(({ status }) => status !== "paid")!;
    const body = { amount: 50_000, currency: "INR", order_id: order.id, method: "upi", upi: { vpa: "success@sandbox" } };
    expect((await shop.client.post("/v1/payments", body)).json.error.code).toBe("payment_link_used_up");
    const { json: created } = await shop.client.post("/v1/payments", { ...body, confirm: false });
    expect((await shop.client.post(`/v1/payments/${created.id}/confirm`, {})).json.error.code).toBe("payment_link_used_up");
  });

  test("all of it given back does not make the link fresh: who paid has paid", async () => {
    const made = await link({ uses: 1 });
    const page = await newShopper(made);
    const paid = await page.payByCard("4242424242424242");
    await page.until(paid.json.id, "succeeded");
    const { json: refund } = await shop.client.post("/v1/refunds", { payment_id: paid.json.id });
    await waitFor("it is given back", async () => (await shop.client.get(`/v1/refunds/${refund.id}`)).json.status === "succeeded");
    expect([await rowsOf(made.id), (await shown(made.id)).status]).toEqual([{ orders: 1, taken: 1 }, "used_up"]);
  });
});

test("of three uses three are paid, in batches of whatever size", async () => {
  const made = await link({ uses: 3 });
  const pages = await Promise.all(Array.from({ length: 8 }, () => newShopper(made)));
  const token = await pages[0]!.token("4242424242424242");
  const answers = await Promise.all(pages.map((page) => page.post("/payments", { method: "card", card: { token } })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  await waitFor("the link is used up", async () => (await shown(made.id)).status === "used_up");
  expect(await shown(made.id)).toMatchObject({ times_paid: 3 });
});

test("a link without a bound is paid by all, and counts them", async () => {
  const made = await link();
  for (let n = 0; n < 2; n++) {
    const page = await newShopper(made);
    await page.until((await page.payByCard("4242424242424242")).json.id, "succeeded");
  }
  expect(await shown(made.id)).toMatchObject({ status: "active", uses: null, times_paid: 2 });
});

test("an open amount is the shopper's, within the bounds, whatever the page has checked", async () => {
  const made = await link({ amount: undefined, open_amount: { minimum: 10_000, maximum: 90_000, suggested: 50_000 } });
  expect(made).toMatchObject({ amount: null, open_amount: { minimum: 10_000, maximum: 90_000, suggested: 50_000 } });
  expect(await (await fetch(at(made))).json()).toMatchObject({ amount: null, minimum: 10_000, maximum: 90_000, suggested: 50_000 });
  for (const [body, code] of [
    [{}, "missing_field"],
    [{ amount: 9_999 }, "invalid_amount"],
    [{ amount: 90_001 }, "invalid_amount"],
    [{ amount: 0 }, "invalid_amount"],
    [{ amount: "20000" }, "invalid_amount"],
    [{ amount: 20_000, currency: "USD" }, "unknown_field"],
  ] as const)
    expect([await begin(made, body)]).toMatchObject([{ status: 400, json: { error: { code } } }]);
  const page = await newShopper(made, { amount: 12_345 });
  expect(await page.view()).toMatchObject({ order: { amount: 12_345, currency: "INR" } });
  expect(await begin(await link(), { amount: 49_999 })).toMatchObject({
    status: 400,
    json: { error: { code: "invalid_amount", param: "amount" } },
  });
});

test("the same press is the same order; after it is paid, the answer says that it is over", async () => {
  const made = await link();
  const [first, again] = [await begin(made, {}, "press"), await begin(made, {}, "press")];
  expect([again.json, again.replayed]).toEqual([first.json, true]);
  expect(first.json).toMatchObject({ object: "payment_link_checkout", status: "open" });
  expect(await begin(made, { amount: 50_000 }, "press")).toMatchObject({ status: 422, json: { error: { code: "idempotency_mismatch" } } });
  const page = shopperAt(first.json.url);
  await page.until((await page.payByCard("4242424242424242")).json.id, "succeeded");
  expect((await begin(made, {}, "press")).json).toMatchObject({ status: "complete", url: first.json.url });
  expect((await begin(made, {}, "another press")).json.url).not.toBe(first.json.url);
  const other = await link();
  expect((await begin(other, {}, "press")).replayed).toBe(false);
});

test("a link that was deactivated begins nothing, and ends what was begun and not sent", async () => {
  const made = await link();
  const page = await newShopper(made);
  const off = await shop.client.post(`/v1/payment-links/${made.id}/deactivate`, {});
  expect([off.status, off.json]).toMatchObject([200, { status: "deactivated", deactivated_at: expect.any(String) }]);
  expect((await shop.client.post(`/v1/payment-links/${made.id}/deactivate`, {})).json).toEqual(off.json);
  expect(await begin(made)).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
  expect((await page.view()).status).toBe("canceled");
  expect(await page.payByCard("4242424242424242")).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
});

test("a link expires, and what was begun before ends with it", async () => {
  const expires = new Date(Date.now() + 600_000).toISOString();
  const made = await link({ expires_at: expires });
  expect(made.expires_at).toBe(expires);
  const begun = await begin(made);
  expect(begun.json.expires_at).toBe(expires);
  await connect(stage.databaseUrl, (client) =>
    client.query("update payment_links set expires_at = now() - interval '1 minute' where id = $1", [made.id]),
  );
  expect(await shown(made.id)).toMatchObject({ status: "expired" });
  expect(await begin(made)).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
  expect(await shopperAt(begun.json.url).view()).toMatchObject({ status: "expired" });
});

test("the QR code is the same for who has the key and for who has the address", async () => {
  const made = await link();
  const open = await fetch(made.qr_url);
  expect([open.status, open.headers.get("content-type")]).toEqual([200, "image/svg+xml; charset=utf-8"]);
  expect(open.headers.get("content-security-policy")).toBe("default-src 'none'");
  const headers = { "x-api-key": shop.created.key, "x-api-secret": shop.created.secret };
  const mine = await fetch(`${stage.url}/v1/payment-links/${made.id}/qr`, { headers });
  expect([mine.status, await mine.text()]).toEqual([200, await open.text()]);
});

test("links are listed newest first, by status, page by page", async () => {
  const other = (await stage.merchant()).client;
  const made: Json[] = [];
  for (let n = 0; n < 3; n++) made.push((await other.post("/v1/payment-links", { amount: 100 + n, currency: "INR", uses: 1 })).json);
  await other.post(`/v1/payment-links/${made[1]!.id}/deactivate`, {});
  const list = async (query: string): Promise<[string[], boolean]> => {
    const { json } = await other.get(`/v1/payment-links${query}`);
    return [json.data.map(({ id }: Json) => id), json.has_more];
  };
  const [a, b, c] = made.map(({ id }): string => id);
  expect(await list("")).toEqual([[c, b, a], false]);
  expect(await list("?limit=1")).toEqual([[c], true]);
  expect(await list(`?starting_after=${c}&limit=1`)).toEqual([[b], true]);
  expect(await list(`?ending_before=${a}`)).toEqual([[c, b], false]);
  expect(await list("?status=active")).toEqual([[c, a], false]);
  expect(await list("?status=deactivated")).toEqual([[b], false]);
  expect(await list("?status=used_up")).toEqual([[], false]);
  expect((await shop.client.get(`/v1/payment-links/${a}`)).status).toBe(404);
  expect((await shop.client.post(`/v1/payment-links/${a}/deactivate`, {})).status).toBe(404);
  expect((await shop.client.get(`/v1/payment-links/${a}/qr`)).status).toBe(404);
});

test("no address is found by trying: a wrong one is 404, and soon 429", async () => {
  const wrong = async (): Promise<number> =>
    (
      await fetch(
        `${stage.checkoutUrl}/v1/checkout/links/${"0123456789abcdefghjk"
          .split("")
          .toSorted(() => Math.random() - 0.5)
          .join("")}`,
      )
    ).status;
  const made = await link();
  const seen: number[] = [];
  for (let n = 0; n < 150; n++) seen.push(await wrong());
  expect([seen[0], seen.at(-1)]).toEqual([404, 429]);
  // Who has a right one is let in all the same.
  await waitFor("a right one is let in", async () => (await fetch(at(made))).status === 200);
});
