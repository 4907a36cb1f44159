import type { Migration } from "./migration.ts";

/** A merchant's routing rules, as a whole: they are read with each snapshot, and written by people. */
export const routing: Migration = {
  id: 15,
  name: "routing",
  why: "Payments are led to connector accounts by rules of the merchant's own, and not by priority alone.",
  sql: `
create table routing_rules (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  version int4 not null check (version >= 1),
  rules json not null,
  updated_at timestamptz(3) not null,
  primary key (merchant_id, mode)
);
`,
};
