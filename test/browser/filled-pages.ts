/** Where each page is in a shop that was filled; that of one thing is of the one that has most on it. */
import type { Json, Merchant } from "../journeys/support/merchant.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Installation } from "./support/installation.ts";

const QUERIES: Readonly<Record<string, string>> = { search: "?q=asha.rao@shopper.example" };

/** `$id` is that of the dashboard's table; other names are of one in a state of its own. */
const finders: Readonly<Record<string, (merchant: Merchant) => Promise<string>>> = {
  // Given back in part: a page with all that a page of a payment may have.
  "payments/$id": async (merchant) => (await firstOf(merchant, "/v1/refunds?status=succeeded")).payment_id,
  "payments/$held": async (merchant) => (await firstOf(merchant, "/v1/payments?status=authorized")).id,
  "payments/$created": async (merchant) => (await merchant.create({ amount: 8_800, currency: "INR", confirm: false })).json.id,
  "payments/$troubled": async (merchant) => (await firstOf(merchant, "/v1/cases?status=open")).payment_id,
  "orders/$id": async (merchant) => (await firstOf(merchant, "/v1/orders?status=paid")).id,
  "refunds/$id": async (merchant) => (await firstOf(merchant, "/v1/refunds")).id,
  "payment-links/$id": async (merchant) => (await firstOf(merchant, "/v1/payment-links?status=active")).id,
  "cases/$id": async (merchant) => (await firstOf(merchant, "/v1/cases?status=open")).id,
  "webhooks/$id": async (merchant) =>
    (await all(merchant, "/v1/webhook-endpoints")).find(({ description }) => description === "Orders service").id,
  "deliveries/$id": async (merchant) => (await firstOf(merchant, "/v1/deliveries?status=succeeded")).id,
  "events/$id": async (merchant) => (await firstOf(merchant, "/v1/events?type=payment.succeeded")).id,
  "connectors/$id": async (merchant) => (await firstOf(merchant, "/v1/connector-accounts")).id,
  "requests/$id": requestId,
};

/** @param at a path of the dashboard's table, with a query or without */
export async function addressOf({ base, merchant }: Installation, at: string): Promise<string> {
  const [path = "", query = QUERIES[at] ?? ""] = at.split(/(?=\?)/);
  if (!/\$\w+$/.test(path)) return new URL(path + query, base).href;
  const list = path.replace(/\$\w+$/, "");
  if (list === "operator/merchants/") return base + list + new URL(base).pathname.split("/")[1];
  const find = finders[path];
  if (find === undefined) throw new Error(`filled-pages.ts does not say which one is shown as ${path}`);
  return `${base}${list}${await find(merchant)}${query}`;
}

async function all(merchant: Merchant, path: string): Promise<Json[]> {
  return (await merchant.get(path)).json.data;
}

async function firstOf(merchant: Merchant, path: string): Promise<Json> {
  const [first] = await all(merchant, path);
  if (first === undefined) throw new Error(`${path} has nothing`);
  return first;
}

/** Of one that the pages show: it changed something. */
async function requestId(merchant: Merchant): Promise<string> {
  const { headers } = await merchant.post("/v1/orders", { amount: 8_800, currency: "INR", receipt: "order-1044" });
  const id = headers.get("request-id")!;
  // Requests are written down a moment after their answer.
  await waitFor("the request to be kept", async () => (await merchant.get(`/v1/requests/${id}`)).status === 200);
  return id;
}
