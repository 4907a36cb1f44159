/** What is asked: the nine kinds of search, and each list with each of its filters, usual values and rare ones. */

import { seededId } from "./lists-seed.mjs";

const SEARCH_MS = 200;
const LIST_MS = 100;

/** @param payments how many there are, from which time on @param accountId of nearly all of them @returns each with its budget, and a path that differs each time */
export function cases({ payments, startMs, accountId }) {
  // Spread over the whole of it, old and new alike.
  const nth = (n, of) => Math.floor(((n + 0.5) / (of + 1)) * payments);
  const search = (name, text) => ({
    name: `search: ${name}`,
    mostMs: SEARCH_MS,
    path: (n, of) => `/v1/search?q=${encodeURIComponent(text(nth(n, of)))}`,
  });
  const ids = (prefix, n) => seededId(prefix, startMs, n);
  return [
    search("payment id", (n) => ids("pay", n)),
    search("order id", (n) => ids("ord", n - (n % 3))),
    search("refund id", (n) => ids("rfnd", n - (n % 20))),
    search("event id", (n) => ids("evt", n)),
    search("attempt id", (n) => ids("att", n)),
    search("delivery id", (n) => ids("dlv", n)),
    search("e-mail", (n) => `shopper${(n * 13) % 300000}@example.com`),
    search("last digits", (n) => String((n * 31) % 10000).padStart(4, "0")),
    search("last digits that many have", () => "4242"),
    search("amount", (n) => `₹${((100 + ((n * 7919) % 1000000)) / 100).toFixed(2)}`),
    search("amount that many have", () => "499.00"),
    search("amount that many have, in a rare currency", () => "KWD 49.900"),
    search("receipt", (n) => `R-${n - (n % 3)}`),
    search("order of the merchant", (n) => `shop-${n - (n % 3) + 1}`),
    search("gateway's reference", (n) => `ch_${n}`),
    search("nothing", (n) => `nothing ${n}`),
    // As the rollup begins, all is behind it: the most that it costs.
    overview,
    ...lists(accountId),
  ];
}

/** Asked for again and again by the page that is opened first. */
const overview = { name: "/v1/overview", mostMs: LIST_MS, path: () => "/v1/overview" };

const list = (route, query = "") => ({
  name: `/v1/${route}${query === "" ? "" : `?${query}`}`,
  mostMs: LIST_MS,
  path: () => `/v1/${route}?limit=100&${query}`,
});

const lists = (accountId) => [...paymentLists(accountId), ...otherLists];

const paymentLists = (accountId) => [
  list("payments"),
  ...["succeeded", "failed", "requires_action", "processing", "failed,canceled", "succeeded,failed", "requires_action,processing"].map(
    (status) => list("payments", `status=${status}`),
  ),
  ...["card", "upi", "netbanking"].map((method) => list("payments", `method=${method}`)),
  ...["INR", "JPY", "KWD", "CHF"].map((currency) => list("payments", `currency=${currency}`)),
  ...[
    "amount_min=1000",
    "amount_min=999000",
    "amount_min=1000099",
    "amount_min=49900&amount_max=49900",
    "amount_min=500&amount_max=510",
  ].map((query) => list("payments", query)),
  list("payments", "customer_email=shopper13@example.com"),
  list("payments", "customer_email=nobody@example.com"),
  list("payments", "last4=4242"),
  list("payments", "last4=0031"),
  list("payments", `connector_account=${accountId}`),
  list("payments", `connector_account=${accountId.slice(0, 26)}RARE`),
  list("payments", `connector_account=acc_${"0".repeat(26)}`),
  list("payments", "status=failed&currency=KWD"),
  list("payments", "status=requires_action&method=card"),
  list("payments", "currency=EUR&method=netbanking&status=failed"),
];

const otherLists = [
  list("orders"),
  ...["status=paid", "status=created", "currency=INR", "receipt=R-300"].map((query) => list("orders", query)),
  list("refunds"),
  ...["status=succeeded", "status=failed", "status=failed,pending", "currency=INR"].map((query) => list("refunds", query)),
  list("events"),
  ...["type=payment.succeeded", "type=refund.failed", "type=refund.*"].map((query) => list("events", query)),
  list("deliveries"),
  ...[
    "status=succeeded",
    "status=failed",
    "status=canceled,failed",
    "status=pending",
    "event_type=payment.failed",
    "endpoint_id=whe_SEED",
  ].map((query) => list("deliveries", query)),
  list("cases"),
  ...["status=open", "status=resolved", "kind=overdue"].map((query) => list("cases", query)),
];
