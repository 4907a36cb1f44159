/**
 * All pages of the dashboard: one line each. A page is a file `routes/<noun>/<page>.tsx` that exports `Page`; it is loaded when it is shown.
 * The test of all routes walks this table, so a page that is not in it is not there.
 */
import type { ComponentType } from "react";
import type { Call } from "./kit/api.ts";
import type { Permission } from "./kit/session.tsx";
import { homeReads } from "./routes/home/reads.ts";

export type Group = "Money" | "Webhooks" | "Gateways" | "Operations" | "Figures" | "Administration";

export interface PageRoute {
  /** Below `/{merchant}/{mode}/`; `$id` is a part that `useParam("id")` gives. */
  readonly path: string;
  readonly title: string;
  /** In the navigation, under this heading; left out: reached from another page. */
  readonly group?: Group;
  /** Without it the page says who may see it, and the navigation shows it as off. */
  readonly permission?: Permission;
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
  /** What it asks for at once, in the same words: whoever opens it by its address waits less. */
  readonly reads?: readonly Pick<Call, "path" | "query">[];
}

/** In the order of the navigation. */
export const pages: readonly PageRoute[] = [
  {
    path: "home",
    title: "Home",
    group: "Money",
    permission: "payments.read",
    load: () => import("./routes/home/home.tsx"),
    reads: Object.values(homeReads),
  },
  {
    path: "invariants",
    title: "Invariants",
    group: "Operations",
    permission: "cases.read",
    load: () => import("./routes/invariants/invariants.tsx"),
  },
  {
    path: "analytics",
    title: "Analytics",
    group: "Figures",
    permission: "payments.read",
    load: () => import("./routes/analytics/analytics.tsx"),
  },
  { path: "keys", title: "API keys", group: "Administration", permission: "keys.read", load: () => import("./routes/keys/keys.tsx") },
  {
    path: "settings",
    title: "Settings",
    group: "Administration",
    permission: "config.read",
    load: () => import("./routes/settings/settings.tsx"),
  },
  { path: "payments", title: "Payments", group: "Money", permission: "payments.read", load: () => import("./routes/payments/list.tsx") },
  { path: "payments/$id", title: "Payment", permission: "payments.read", load: () => import("./routes/payments/payment.tsx") },
  {
    path: "webhooks",
    title: "Endpoints",
    group: "Webhooks",
    permission: "webhooks.read",
    load: () => import("./routes/webhooks/list.tsx"),
  },
  { path: "webhooks/$id", title: "Webhook endpoint", permission: "webhooks.read", load: () => import("./routes/webhooks/page.tsx") },
  {
    path: "deliveries",
    title: "Deliveries",
    group: "Webhooks",
    permission: "webhooks.read",
    load: () => import("./routes/deliveries/list.tsx"),
  },
  { path: "deliveries/$id", title: "Delivery", permission: "webhooks.read", load: () => import("./routes/deliveries/page.tsx") },
  { path: "events", title: "Events", group: "Webhooks", permission: "payments.read", load: () => import("./routes/events/list.tsx") },
  { path: "events/$id", title: "Event", permission: "payments.read", load: () => import("./routes/events/page.tsx") },
  { path: "queues", title: "Queues", group: "Operations", permission: "cases.read", load: () => import("./routes/queues/list.tsx") },
  {
    path: "requests",
    title: "Requests",
    group: "Operations",
    permission: "payments.read",
    load: () => import("./routes/requests/find.tsx"),
  },
  {
    path: "dead-letters",
    title: "Dead letters",
    group: "Operations",
    permission: "cases.read",
    load: () => import("./routes/dead-letters/list.tsx"),
  },
  { path: "emails", title: "Kept e-mails", group: "Webhooks", permission: "config.read", load: () => import("./routes/emails/list.tsx") },
  {
    path: "connectors",
    title: "Accounts",
    group: "Gateways",
    permission: "config.read",
    load: () => import("./routes/connectors/list.tsx"),
  },
  { path: "connectors/$id", title: "Connector account", permission: "config.read", load: () => import("./routes/connectors/page.tsx") },
  { path: "routing", title: "Routing", group: "Gateways", permission: "config.read", load: () => import("./routes/routing/rules.tsx") },
  { path: "requests/$id", title: "Request", permission: "payments.read", load: () => import("./routes/requests/page.tsx") },
  { path: "orders", title: "Orders", group: "Money", permission: "payments.read", load: () => import("./routes/orders/list.tsx") },
  { path: "orders/$id", title: "Order", permission: "payments.read", load: () => import("./routes/orders/order.tsx") },
  { path: "refunds", title: "Refunds", group: "Money", permission: "payments.read", load: () => import("./routes/refunds/list.tsx") },
  { path: "refunds/$id", title: "Refund", permission: "payments.read", load: () => import("./routes/refunds/refund.tsx") },
  {
    path: "payment-links",
    title: "Payment links",
    group: "Money",
    permission: "payments.read",
    load: () => import("./routes/links/list.tsx"),
  },
  { path: "payment-links/$id", title: "Payment link", permission: "payments.read", load: () => import("./routes/links/payment-link.tsx") },
  { path: "cases", title: "Cases", group: "Money", permission: "cases.read", load: () => import("./routes/cases/list.tsx") },
  { path: "cases/$id", title: "Case", permission: "cases.read", load: () => import("./routes/cases/case.tsx") },
  { path: "search", title: "Search", permission: "payments.read", load: () => import("./routes/search/results.tsx") },
  { path: "team", title: "Team", group: "Administration", permission: "team.read", load: () => import("./routes/team/team.tsx") },
  { path: "audit", title: "Audit log", group: "Administration", permission: "audit.read", load: () => import("./routes/audit/audit.tsx") },
  { path: "operator/merchants", title: "Merchants", load: () => import("./routes/operator/merchants.tsx") },
  { path: "operator/merchants/$id", title: "Merchant", load: () => import("./routes/operator/merchant.tsx") },
];

export interface PlainRoute {
  readonly path: string;
  readonly title: string;
  /** Whether it is for somebody who is signed in. */
  readonly signedIn: boolean;
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
}

/** Pages that are of no merchant. */
export const plainPages: readonly PlainRoute[] = [
  { path: "/sign-in", title: "Sign in", signedIn: false, load: () => import("./routes/signed-out/sign-in.tsx") },
  { path: "/invitation", title: "Invitation", signedIn: false, load: () => import("./routes/signed-out/invitation.tsx") },
  { path: "/forgot", title: "Forgot your password?", signedIn: false, load: () => import("./routes/signed-out/forgot.tsx") },
  { path: "/reset", title: "New password", signedIn: false, load: () => import("./routes/signed-out/reset.tsx") },
  { path: "/account", title: "Account", signedIn: true, load: () => import("./routes/account/account.tsx") },
];
