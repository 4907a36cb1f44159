import type { Migration } from "./migration.ts";

/** Counts and sums by quarters of an hour, made from events as they are committed. */
export const analytics: Migration = {
  id: 27,
  name: "analytics",
  why: "Figures over weeks must not scan payments: they are summed up once, in the order of commits, and read from there.",
  sql: `
create table analytics_marks (
  merchant_id text collate "C" not null references merchants (id),
  mode text not null check (mode in ('test', 'live')),
  turn_at timestamptz(3) not null,
  version int4 not null,
  committed xid8 not null,
  event_id text collate "C" not null,
  delivery_committed xid8 not null,
  delivery_id text collate "C" not null,
  up_to timestamptz(3),
  primary key (merchant_id, mode)
);
create index analytics_marks_turn on analytics_marks (turn_at);

-- A word that does not apply is empty.
create table analytics (
  merchant_id text collate "C" not null,
  mode text not null,
  what text collate "C" not null check (what in ('payment', 'attempt', 'latency', 'captured', 'refunded', 'webhook')),
  at timestamptz(3) not null,
  currency text collate "C" not null,
  connector text collate "C" not null,
  account_id text collate "C" not null,
  method text collate "C" not null,
  outcome text collate "C" not null,
  reason text collate "C" not null,
  count int8 not null,
  amount int8 not null,
  primary key (merchant_id, mode, what, at, currency, connector, account_id, method, outcome, reason)
);

-- Webhooks that were owed when their turn came: they are counted when they have ended.
create table analytics_owed (
  merchant_id text collate "C" not null,
  mode text not null,
  delivery_id text collate "C" not null,
  looked_at timestamptz(3) not null,
  primary key (merchant_id, mode, delivery_id)
);
create index analytics_owed_looked on analytics_owed (merchant_id, mode, looked_at);
`,
};
