import type { Migration } from "./migration.ts";

/** The requests about a payment are part of its timeline. */
export const timeline: Migration = {
  id: 11,
  name: "timeline",
  why: "The timeline of a payment shows who asked for what; requests that created payments are not in this table, and do not pay for it.",
  sql: `
create index requests_payment on requests (payment_id, merchant_id, mode) where payment_id is not null;
`,
};
