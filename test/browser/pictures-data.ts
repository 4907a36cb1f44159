/** A shop with something on every page of the dashboard, for its pictures: made by the API as a merchant makes it. */
import type { Page } from "playwright-core";
import { card, upi, type Json, type Merchant } from "../journeys/support/merchant.ts";
import { connect } from "../support/connect.ts";
import { waitFor } from "../support/wait-for.ts";

const EARLIER_DAYS = 12;

export interface Shop {
  readonly merchant: Merchant;
  readonly databaseUrl: string;
  /** Where its webhooks arrive. */
  readonly hooksUrl: string;
  /** The dashboard, with its owner signed in. */
  readonly owner: Page;
}

export async function fill(shop: Shop): Promise<void> {
  const { merchant, hooksUrl } = shop;
  await settings(merchant);
  await made(merchant.post("/v1/webhook-endpoints", { url: hooksUrl, description: "Orders service", retry_schedule: "one_day" }));
  await made(merchant.post("/v1/webhook-endpoints", { url: `${hooksUrl}/ledger`, events: ["refund.*", "case.*"], status: "paused" }));
  await made(merchant.post("/v1/sample-data", {}));
  await payments(merchant);
  await sales(merchant);
  await people(shop.owner);
  await upkeep(shop);
}

/** Gateways, rules, keys, e-mails, the look of the checkout. */
async function settings(merchant: Merchant): Promise<void> {
  const credentials = { api_key: "sandbox_second_shop", webhook_secret: "hooks-of-the-second-shop" };
  const wish = { connector: "sandbox", name: "Second shop", priority: 9, verify: false, credentials };
  const second = await made(merchant.post("/v1/connector-accounts", wish));
  const first = (await merchant.get("/v1/connector-accounts")).json.data.find(({ id }: Json) => id !== second.id);
  const rules = [
    { name: "Euros and dollars", when: { currencies: ["EUR", "USD"] }, accounts: [first.id] },
    {
      name: "Large cards",
      when: { currencies: ["INR"], methods: ["card"], amount_from: 500_000 },
      accounts: [first.id, second.id],
      else_others: true,
    },
    { name: "All others", accounts: [first.id] },
  ];
  await made(merchant.put("/v1/routing-rules", { rules }));
  await made(merchant.post("/v1/keys", { name: "Shop server", scopes: ["payments.read", "payments.write", "refunds.write"] }));
  await made(merchant.post("/v1/keys", { name: "Reporting", scopes: ["payments.read"], rate_limit_per_second: 20 }));
  await made(merchant.put("/v1/email-settings", { enabled: true, from_name: "Chai & Co", line: "Questions? Answer this e-mail." }));
}

/** What sample data leave out: cards, other currencies, captures, cancellations, refunds in each state. */
async function payments(merchant: Merchant): Promise<void> {
  const ben = { name: "Ben Carter", email: "ben@shopper.example" };
  const confirmed = { confirm: true, customer: ben };
  const pay = async (body: object) => made(merchant.create(body));
  await pay(card("4242424242424242", { ...confirmed, amount: 12_900, currency: "EUR", description: "Teapot" }));
  await pay(card("5555555555554444", { ...confirmed, amount: 4_500, currency: "JPY", description: "Matcha, 100 g" }));
  await pay(card("4000000000009995", { ...confirmed, amount: 8_400, currency: "USD", description: "Kettle" }));
  await pay(card("4000000000000002", { ...confirmed, amount: 640_000, description: "Samovar" }));
  await pay(card("4000002500003155", { ...confirmed, amount: 91_000, return_url: "https://shop.example/thanks" }));
  const held = await pay(
    card("4111111111111111", { ...confirmed, amount: 150_000, capture_method: "manual", description: "Tasting for four" }),
  );
  await made(merchant.post(`/v1/payments/${held.id}/capture`, { amount: 90_000 }));
  const dropped = await pay(card("4242424242424242", { ...confirmed, amount: 33_000, capture_method: "manual" }));
  await made(merchant.post(`/v1/payments/${dropped.id}/cancel`, {}));
  for (const scenario of ["refund-pending", "refund-fails-later", "success"]) {
    const { id } = await pay(upi(scenario, { ...confirmed, amount: 24_900, description: "Gift card" }));
    await made(merchant.post("/v1/refunds", { payment_id: id, amount: 9_900, reason: "One cup was broken" }));
  }
}

async function sales(merchant: Merchant): Promise<void> {
  await made(merchant.post("/v1/orders", { amount: 249_900, currency: "INR", receipt: "order-1042", notes: { channel: "shop" } }));
  await made(merchant.post("/v1/orders", { amount: 3_600, currency: "EUR", receipt: "order-1043" }));
  await made(merchant.post("/v1/payment-links", { amount: 120_000, currency: "INR", description: "Tea tasting, Saturday", uses: 8 }));
  const open = { minimum: 10_000, suggested: 50_000 };
  await made(merchant.post("/v1/payment-links", { open_amount: open, currency: "INR", description: "Gift card of any amount" }));
  const old = await made(merchant.post("/v1/payment-links", { amount: 4_500, currency: "EUR", description: "Diwali box" }));
  await made(merchant.post(`/v1/payment-links/${old.id}/deactivate`, {}));
}

async function people(owner: Page): Promise<void> {
  const [merchant = "", mode = ""] = new URL(owner.url()).pathname.split("/").slice(1);
  const asked: readonly (readonly [path: string, body: object])[] = [
    ["/v1/team/invitations", { email: "ravi@merchant.example", role: "support" }],
    ["/v1/team/invitations", { email: "lena@merchant.example", role: "developer" }],
    ["/v1/views", { page: "payments", name: "Failed cards", query: "status=failed&method=card" }],
    ["/v1/merchants", { name: "Second shop", email: "second@merchant.example" }],
  ];
  for (const [path, body] of asked) {
    const status = await owner.evaluate(askAsThePage, { path, body, merchant, mode });
    if (status >= 300) throw new Error(`${path} was answered with ${status}`);
  }
}

async function upkeep({ merchant, databaseUrl }: Shop): Promise<void> {
  const list = async (path: string): Promise<Json[]> => (await merchant.get(path)).json.data;
  const cases = await waitFor("cases", async () => ((await list("/v1/cases")).length > 1 ? list("/v1/cases") : null), {
    timeoutMs: 60_000,
  });
  const by = "owner@merchant.example";
  await made(merchant.post(`/v1/cases/${cases.at(-1).id}/resolve`, { reason: "The gateway's support gave it back to the shopper.", by }));
  const counted = async () => ((await list("/v1/analytics?metric=volume")).length > 0 ? true : null);
  await waitFor("figures", counted, { timeoutMs: 90_000 });
  // The API makes nothing in the past; the figures of earlier days are those of today, more or less.
  await connect(databaseUrl, async (sql) => {
    await sql.query(
      `insert into analytics
         select merchant_id, mode, what, at - make_interval(days => day), currency, connector, account_id, method, outcome, reason,
           ceil(count * (1 + (day * 7) % 5) / 4.0), ceil(amount * (1 + (day * 7) % 5) / 4.0)
         from analytics, generate_series(1, $1::int) as day
       on conflict do nothing`,
      [EARLIER_DAYS],
    );
    await sql.query(
      "update deliveries set status = 'failed', finished_at = created_at where id in (select id from deliveries where status = 'pending' limit 6)",
    );
  });
}

async function made(answer: ReturnType<Merchant["get"]>): Promise<Json> {
  const { status, json, text } = await answer;
  // A bank's no is an answer too.
  if (status >= 300 && status !== 402) throw new Error(`an answer of ${status}: ${text}`);
  return json;
}

/** In the browser, with the cookie and the token of the page. */
async function askAsThePage({ path, body, merchant, mode }: { path: string; body: object; merchant: string; mode: string }) {
  const session = (await (await fetch("/v1/session")).json()) as { csrf_token: string };
  const headers = {
    "content-type": "application/json",
    "x-csrf-token": session.csrf_token,
    "tillway-merchant": merchant,
    "tillway-mode": mode,
  };
  return (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).status;
}
