/** What the API answers a dashboard in the walk of all routes, where nothing is there yet. A page that reads more than lists adds its lines. */

export const MERCHANT = "mer_000000000000000000example";

const read = ["payments.read", "cases.read", "webhooks.read", "config.read", "team.read"];
const money = ["payments.write", "payments.operate", "refunds.write", "cases.resolve", "dead_letters.write", "deliveries.retry"];
const settings = ["webhooks.write", "config.write", "keys.read", "keys.write", "team.write", "audit.read"];

const session = {
  object: "session",
  person: { id: "per_000000000000000000example", email: "owner@merchant.example", name: "Asha Rao", has_totp: false, is_operator: true },
  csrf_token: "token",
  merchants: [
    { id: MERCHANT, name: "Chai & Co", role: "owner" },
    { id: "mer_0000000000000000000other", name: "A shop whose name is longer than the menu is wide", role: "read_only" },
  ],
  expires_at: "2030-01-01T00:00:00.000Z",
  is_restoring: false,
};

const roles = [
  { role: "owner", label: "Owner", means: "May do everything.", permissions: [...read, ...money, ...settings] },
  { role: "read_only", label: "Read-only", means: "May look at everything, and change nothing.", permissions: read },
];

/** By path; what is not here is an empty list, or 404 if it ends with an id. */
export const answers: Readonly<Record<string, unknown>> = {
  "/v1/session": session,
  "/v1/session/invitation": {
    object: "invitation",
    email: "new@merchant.example",
    merchant: { id: MERCHANT, name: "Chai & Co" },
    role: "read_only",
    has_password: false,
  },
  "/v1/roles": { object: "list", data: roles },
  "/v1/checkout/settings": { object: "checkout_settings", name: null, color: null, logo: null, origins: [] },
  "/v1/email-settings": {
    object: "email_settings",
    enabled: false,
    from_name: null,
    reply_to: null,
    line: null,
    outcomes: ["succeeded", "failed", "refunded"],
    locale: "en",
    sent_by: "captured",
    updated_at: null,
  },
  "/v1/routing-rules": { object: "routing_rules", version: 0, rules: [], warnings: [], updated_at: null },
};
