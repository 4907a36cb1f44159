import type { Migration } from "./migration.ts";

/** All cases of a payment are shown, also those that an answer has resolved. */
export const cases: Migration = {
  id: 10,
  name: "cases",
  why: "The timeline of a payment and the list of its cases show those that are answered, too.",
  sql: `
create index cases_all_of_payment on cases (payment_id, merchant_id, mode) where payment_id is not null;
`,
};
