/** Payment links: a merchant makes one, shoppers pay by it, over real PostgreSQL, worker and sandbox. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../support/connect.ts";
import { databaseServers } from "../support/databases.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Json } from "./support/merchant.ts";
import { linkDesk, type LinkDesk } from "./support/payment-links.ts";
import { openStage, type Stage, type StageMerchant } from "./support/stage.ts";

const [server] = databaseServers();
let stage: Stage;
let shop: StageMerchant;
let desk: LinkDesk;

beforeAll(async () => {
  stage = await openStage(server!.url);
  shop = await stage.merchant();
  desk = linkDesk(stage, shop);
});
afterAll(() => stage.close());

test("a shopper opens a link, pays an order of their own, and the link is used up", async () => {
  const made = await desk.link({
    uses: 1,
    description: "Pottery class",
    metadata: { class: "12" },
    return_url: "https://shop.example/thanks",
  });
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
  const seen = await (await fetch(desk.at(made))).json();
  expect(seen).toMatchObject({
    object: "payment_link",
    status: "active",
    mode: "test",
    merchant: { name: "Shop" },
    description: "Pottery class",
    amount: 50_000,
    currency: "INR",
  });
  const page = await desk.newShopper(made);
  expect(await page.view()).toMatchObject({
    status: "open",
    description: "Pottery class",
    order: { amount: 50_000 },
    return_url: "https://shop.example/thanks",
    cancel_url: made.url,
  });
  const paid = await page.payByCard("4242424242424242");
  await page.until(paid.json.id, "succeeded");
  expect(await desk.shown(made.id)).toMatchObject({ status: "used_up", times_paid: 1 });
  const orders: Json[] = (await shop.client.get(`/v1/orders?payment_link_id=${made.id}`)).json.data;
  expect(orders).toMatchObject([{ status: "paid", payment_link_id: made.id, notes: { class: "12" } }]);
  const [payment]: Json[] = (await shop.client.get(`/v1/payments?order_id=${orders[0]!.id}`)).json.data;
  expect(payment).toMatchObject({ status: "succeeded", description: "Pottery class", metadata: { class: "12" } });
  expect(await desk.begin(made)).toMatchObject({ status: 409, json: { error: { code: "payment_link_used_up" } } });
  expect(await (await fetch(desk.at(made))).json()).toMatchObject({ status: "used_up" });
});

test("opening a link, as a preview or a prefetch does, writes nothing, however often", async () => {
  const made = await desk.link({ uses: 1 });
  const path = made.url.slice(stage.checkoutUrl.length);
  for (const url of [path, path, `/v1/checkout/links/${path.slice(3)}`, `${path}/qr.svg`])
    for (const method of ["GET", "HEAD"]) expect((await fetch(`${stage.checkoutUrl}${url}`, { method })).status).toBe(200);
  expect([await desk.rowsOf(made.id), (await desk.shown(made.id)).status]).toEqual([{ orders: 0, taken: 0 }, "active"]);
});

test("a link without a bound is paid by all, and counts them", async () => {
  const made = await desk.link();
  for (let n = 0; n < 2; n++) {
    const page = await desk.newShopper(made);
    await page.until((await page.payByCard("4242424242424242")).json.id, "succeeded");
  }
  expect(await desk.shown(made.id)).toMatchObject({ status: "active", uses: null, times_paid: 2 });
});

test("an open amount is the shopper's, within the bounds, whatever the page has checked", async () => {
  const made = await desk.link({ amount: undefined, open_amount: { minimum: 10_000, maximum: 90_000, suggested: 50_000 } });
  expect(made).toMatchObject({ amount: null, open_amount: { minimum: 10_000, maximum: 90_000, suggested: 50_000 } });
  expect(await (await fetch(desk.at(made))).json()).toMatchObject({ amount: null, minimum: 10_000, maximum: 90_000, suggested: 50_000 });
  for (const [body, code] of [
    [{}, "missing_field"],
    [{ amount: 9_999 }, "invalid_amount"],
    [{ amount: 90_001 }, "invalid_amount"],
    [{ amount: 0 }, "invalid_amount"],
    [{ amount: "20000" }, "invalid_amount"],
    [{ amount: 20_000, currency: "USD" }, "unknown_field"],
  ] as const)
    expect([await desk.begin(made, body)]).toMatchObject([{ status: 400, json: { error: { code } } }]);
  const page = await desk.newShopper(made, { amount: 12_345 });
  expect(await page.view()).toMatchObject({ order: { amount: 12_345, currency: "INR" } });
  expect(await desk.begin(await desk.link(), { amount: 49_999 })).toMatchObject({
    status: 400,
    json: { error: { code: "invalid_amount", param: "amount" } },
  });
});

test("the same press is the same order; after it is paid, the answer says that it is over", async () => {
  const made = await desk.link();
  const [first, again] = [await desk.begin(made, {}, "press"), await desk.begin(made, {}, "press")];
  expect([again.json, again.replayed]).toEqual([first.json, true]);
  expect(first.json).toMatchObject({ object: "payment_link_checkout", status: "open" });
  expect(await desk.begin(made, { amount: 50_000 }, "press")).toMatchObject({
    status: 422,
    json: { error: { code: "idempotency_mismatch" } },
  });
  const page = desk.shopperAt(first.json.url);
  await page.until((await page.payByCard("4242424242424242")).json.id, "succeeded");
  expect((await desk.begin(made, {}, "press")).json).toMatchObject({ status: "complete", url: first.json.url });
  expect((await desk.begin(made, {}, "another press")).json.url).not.toBe(first.json.url);
  const other = await desk.link();
  expect((await desk.begin(other, {}, "press")).replayed).toBe(false);
});

test("a link that was deactivated begins nothing, and ends what was begun and not sent", async () => {
  const made = await desk.link();
  const page = await desk.newShopper(made);
  const off = await shop.client.post(`/v1/payment-links/${made.id}/deactivate`, {});
  expect([off.status, off.json]).toMatchObject([200, { status: "deactivated", deactivated_at: expect.any(String) }]);
  expect((await shop.client.post(`/v1/payment-links/${made.id}/deactivate`, {})).json).toEqual(off.json);
  expect(await desk.begin(made)).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
  expect((await page.view()).status).toBe("canceled");
  expect(await page.payByCard("4242424242424242")).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
});

test("a link expires, and what was begun before ends with it", async () => {
  const expires = new Date(Date.now() + 600_000).toISOString();
  const made = await desk.link({ expires_at: expires });
  expect(made.expires_at).toBe(expires);
  const begun = await desk.begin(made);
  expect(begun.json.expires_at).toBe(expires);
  await connect(stage.databaseUrl, (client) =>
    client.query("update payment_links set expires_at = now() - interval '1 minute' where id = $1", [made.id]),
  );
  expect(await desk.shown(made.id)).toMatchObject({ status: "expired" });
  expect(await desk.begin(made)).toMatchObject({ status: 409, json: { error: { code: "invalid_state" } } });
  expect(await desk.shopperAt(begun.json.url).view()).toMatchObject({ status: "expired" });
});

test("the QR code is the same for who has the key and for who has the address", async () => {
  const made = await desk.link();
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

test("at an order of a link ten cards are tried, and then a stranger waits; another shopper pays", async () => {
  const made = await desk.link({});
  const [stranger, shopper] = [await desk.newShopper(made), await desk.newShopper(made)];
  for (let n = 0; n < 10; n++) {
    const tried = await stranger.post("/payments", { method: "upi", upi: { vpa: "failure@sandbox" } });
    await stranger.until(tried.json.id, "failed");
  }
  const more = await stranger.post("/payments", { method: "upi", upi: { vpa: "success@sandbox" } });
  expect([more.status, more.json.error.code, Number(more.headers.get("retry-after")) > 60]).toEqual([429, "rate_limited", true]);
  const paid = await shopper.payByCard("4242424242424242");
  await shopper.until(paid.json.id, "succeeded");
});

test("what visitors do fills no merchant's record of requests, and no log has an address", async () => {
  const made = await desk.link();
  const token: string = made.url.split("/").at(-1);
  for (const amount of [50_000, 1]) await desk.begin(made, { amount });
  await fetch(desk.at(made));
  await waitFor("the merchant's own request is kept", () =>
    connect(stage.databaseUrl, async (client) => {
      const { rows } = await client.query("select route from requests where merchant_id = $1", [shop.created.merchantId]);
      const routes = rows.map((row) => (row as { route: string }).route);
      expect(routes.filter((route) => route.includes("/checkout/links/"))).toEqual([]);
      return routes.includes("/v1/payment-links");
    }),
  );
  expect(stage.log.filter((line) => line.includes(token))).toEqual([]);
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
  const [made, busy] = [await desk.link(), await desk.link()];
  expect((await fetch(desk.at(busy))).status).toBe(200);
  const seen: number[] = [];
  for (let n = 0; n < 150; n++) seen.push(await wrong());
  expect([seen[0], seen.at(-1)]).toEqual([404, 429]);
  // Nobody waits for them at a link that was opened before: not many at once behind one address either.
  const visits = await Promise.all(Array.from({ length: 30 }, async () => (await fetch(desk.at(busy))).status));
  expect(new Set(visits)).toEqual(new Set([200]));
  // Who has a right one is let in all the same.
  await waitFor("a right one is let in", async () => (await fetch(desk.at(made))).status === 200);
});
