import type { Migration } from "./migration.ts";

/** Who is to pay at a checkout, if the merchant knows. */
export const sessionCustomer: Migration = {
  id: 21,
  name: "session-customer",
  why: "A shopper who pays at a checkout is written to as well, in the language of the page; and some gateways ask for an address.",
  sql: `
alter table checkout_sessions add column customer json constraint checkout_sessions_customer_size check (length(customer::text) <= 65536);
`,
};
